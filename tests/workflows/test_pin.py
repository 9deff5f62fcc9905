"""操作码 at the acts that bind (docs/decisions/0002-pin.md)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.access import Actor
from app.identity import pins
from app.models import Graduate
from app.problems import BaseDataUnconfirmed, PinPaused, Problem, TooLate, WrongPin
from app.workflows import invitation
from tests import factories
from tests.factories import PIN, World, make_graduate, row, send
from tests.support import refusal


def accept_with(world: World, graduate: Actor, sent: uuid.UUID, pin: str) -> None:
    """What the route does: the PIN first, then the act, in one transaction."""
    seen = row(world, sent)
    with world.services.db.transaction() as connection:
        pins.check_pin(connection, graduate.graduate_id, world.sealer, pin)  # type: ignore[arg-type]
        invitation.accept(connection, graduate, sent, seen=seen.version, terms_hash=seen.terms_hash, factor="pin")


def counted(world: World, graduate: Actor) -> tuple[int, bool]:
    """Failures and whether it is paused."""
    query = select(Graduate.pin_failures, Graduate.pin_paused_until > func.clock_timestamp())
    with world.services.db.reading() as connection:
        failures, paused = connection.execute(query.where(Graduate.id == graduate.graduate_id)).one()
    return failures, bool(paused)


def wrong(world: World, graduate: Actor, sent: uuid.UUID, pin: str = "000000") -> Problem:
    with pytest.raises(Problem) as caught:
        accept_with(world, graduate, sent, pin)
    return caught.value


def test_a_wrong_pin_is_counted_although_the_act_is_refused(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    problem = wrong(world, graduate, sent)
    assert isinstance(problem, WrongPin) and problem.extra == {"tries_left": 4}
    assert counted(world, graduate) == (1, False)
    assert row(world, sent).state == "pending"


def test_five_wrong_pins_pause_even_the_right_one(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    left = [wrong(world, graduate, sent).extra.get("tries_left") for _ in range(4)]
    assert left == [4, 3, 2, 1]
    assert isinstance(wrong(world, graduate, sent), PinPaused)
    problem = wrong(world, graduate, sent, PIN)
    assert isinstance(problem, PinPaused) and 890 < int(problem.headers["Retry-After"]) <= 900
    assert counted(world, graduate)[1]
    assert row(world, sent).state == "pending"


def end_pause(world: World, graduate: Actor) -> None:
    with world.services.db.transaction() as connection:
        ended = func.clock_timestamp() - timedelta(seconds=1)
        connection.execute(update(Graduate).where(Graduate.id == graduate.graduate_id).values(pin_paused_until=ended))


def test_after_the_pause_there_are_five_new_tries(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    for _ in range(5):
        wrong(world, graduate, sent)
    end_pause(world, graduate)
    assert wrong(world, graduate, sent).extra == {"tries_left": 4}
    accept_with(world, graduate, sent, PIN)
    assert counted(world, graduate) == (0, False)


def test_the_right_pin_clears_the_count(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    wrong(world, graduate, sent)
    accept_with(world, graduate, sent, PIN)
    assert counted(world, graduate) == (0, False)


def test_a_wrong_pin_is_counted_even_where_the_act_could_not_have_happened(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    factories.let_deadline_pass(world, sent)
    assert isinstance(wrong(world, graduate, sent), WrongPin)
    assert isinstance(wrong(world, graduate, sent, PIN), TooLate)
    assert counted(world, graduate)[0] == 1


def test_tries_are_counted_per_graduate_over_all_invitations(world: World) -> None:
    graduate, other = make_graduate(world), make_graduate(world)
    first = send(world, graduate)
    second = send(world, graduate, employer=factories.make_employer(world))
    for sent in (first, second, first, second):
        wrong(world, graduate, sent)
    assert counted(world, graduate) == (4, False)
    assert counted(world, other) == (0, False)


def test_without_a_pin_nothing_binding_is_done(world: World) -> None:
    graduate = make_graduate(world, confirmed=False)
    sent = send(world, graduate)
    problem = refusal(
        world.services,
        lambda c: pins.check_pin(c, graduate.graduate_id, world.sealer, PIN),  # type: ignore[arg-type]
    )
    assert isinstance(problem, BaseDataUnconfirmed)
    assert row(world, sent).state == "pending"


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", " 123456"])
def test_a_pin_is_six_ascii_digits(world: World, pin: str) -> None:
    graduate = make_graduate(world, confirmed=False)
    graduate_id: Any = graduate.graduate_id
    problem = refusal(world.services, lambda c: pins.set_pin(c, graduate_id, world.sealer, pin))
    assert problem.code == "invalid"


def test_a_pin_is_set_once(world: World) -> None:
    graduate = make_graduate(world, confirmed=False)
    graduate_id: Any = graduate.graduate_id
    with world.services.db.transaction() as connection:
        pins.set_pin(connection, graduate_id, world.sealer, "246810")
    problem = refusal(world.services, lambda c: pins.set_pin(c, graduate_id, world.sealer, "111111"))
    assert problem.detail == "操作码已经设置过。"
