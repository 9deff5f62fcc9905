from __future__ import annotations

import threading
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.db import count_statements
from app.identity import pins
from app.models import Graduate
from app.problems import BaseDataUnconfirmed, Invalid, PinPaused, Problem, WrongPin
from app.services import Services
from tests.factories import PIN, World, make_graduate


def attempt(services: Services, graduate: UUID, pin: str) -> Problem | None:
    """One try in a transaction of its own; what it is refused with, or None."""
    try:
        with services.db.transaction() as connection:
            pins.check_pin(connection, graduate, services.sealer, pin)
    except Problem as problem:
        return problem
    return None


@pytest.fixture
def graduate(world: World) -> UUID:
    found = make_graduate(world).graduate_id
    assert found is not None
    return found


def test_the_right_one_costs_one_statement(services: Services, graduate: UUID) -> None:
    statements: list[str] = []
    stop = count_statements(services.db.engine, statements)
    assert attempt(services, graduate, PIN) is None
    stop()
    assert len(statements) == 1


def test_five_tries_then_a_pause_that_holds_for_the_right_one_too(services: Services, graduate: UUID) -> None:
    left = []
    for _ in range(4):
        problem = attempt(services, graduate, "000000")
        assert isinstance(problem, WrongPin)
        left.append(problem.extra["tries_left"])
    assert left == [4, 3, 2, 1]
    for pin in ("000000", PIN, "111111", PIN):
        problem = attempt(services, graduate, pin)
        assert isinstance(problem, PinPaused)
        assert (problem.status, problem.code) == (429, "pin_paused")
        assert 890 <= int(problem.headers["Retry-After"]) <= 900


def test_the_right_one_gives_all_tries_back(services: Services, graduate: UUID) -> None:
    for _ in range(3):
        for _ in range(4):
            assert isinstance(attempt(services, graduate, "000000"), WrongPin)
        assert attempt(services, graduate, PIN) is None


def test_after_the_pause_there_are_five_new_tries(services: Services, graduate: UUID) -> None:
    for _ in range(5):
        attempt(services, graduate, "000000")
    with services.db.transaction() as connection:
        connection.execute(update(Graduate).values(pin_paused_until=text("now() - interval '1 second'")))
    problem = attempt(services, graduate, "000000")
    assert isinstance(problem, WrongPin)
    assert problem.extra["tries_left"] == 4
    assert attempt(services, graduate, PIN) is None


def test_tries_at_the_same_moment_are_counted_one_after_the_other(crowded: Services, graduate: UUID) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(24)

    def guess(number: int) -> None:
        start.wait()
        problem = attempt(crowded, graduate, f"{number:06d}")
        outcomes.append(problem.code if problem else "right")

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"wrong_pin": 4, "pin_paused": 20}
    assert isinstance(attempt(crowded, graduate, PIN), PinPaused)


def test_a_refused_try_is_counted_though_all_else_is_undone(services: Services, graduate: UUID) -> None:
    attempt(services, graduate, "000000")
    with services.db.reading() as connection:
        assert connection.scalar(select(Graduate.pin_failures).where(Graduate.id == graduate)) == 1


def test_a_wrong_try_does_not_touch_the_version_others_have_seen(services: Services, graduate: UUID) -> None:
    attempt(services, graduate, "000000")
    with services.db.reading() as connection:
        assert connection.scalar(select(Graduate.version).where(Graduate.id == graduate)) == 1


def test_without_a_pin_there_is_nothing_to_try(services: Services, world: World) -> None:
    graduate = make_graduate(world, confirmed=False).graduate_id
    assert graduate is not None
    assert isinstance(attempt(services, graduate, "000000"), BaseDataUnconfirmed)


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", "123456\n", " 123456"])
def test_a_pin_is_six_plain_digits(services: Services, world: World, pin: str) -> None:
    graduate = make_graduate(world, confirmed=False).graduate_id
    assert graduate is not None
    with services.db.transaction() as connection, pytest.raises(Invalid):
        pins.set_pin(connection, graduate, services.sealer, pin)


def test_a_pin_is_set_once_and_kept_unreadable(services: Services, world: World) -> None:
    one, other = make_graduate(world, confirmed=False), make_graduate(world, confirmed=False)
    for graduate in (one, other):
        assert graduate.graduate_id is not None
        with services.db.transaction() as connection:
            assert not pins.has_pin(connection, graduate.graduate_id)
            pins.set_pin(connection, graduate.graduate_id, services.sealer, "864209")
            assert pins.has_pin(connection, graduate.graduate_id)
            with pytest.raises(Invalid):
                pins.set_pin(connection, graduate.graduate_id, services.sealer, "123321")
        assert attempt(services, graduate.graduate_id, "864209") is None
    with services.db.reading() as connection:
        kept = connection.execute(select(Graduate.pin).where(Graduate.pin.is_not(None))).scalars().all()
    assert len({bytes(pin) for pin in kept if pin}) == 2  # the same digits of two people do not look the same
    assert not any(b"864209" in bytes(pin) for pin in kept if pin)
