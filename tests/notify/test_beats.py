"""Any process sees whether a sweeper lives, what its steps cost, how late they are, and which of them fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import text

from app import beats, jobs
from app.db import count_statements
from app.services import Services
from app.workflows import deadlines
from tests import factories
from tests.factories import World


def beat(services: Services, step: str) -> Any:
    query = text("SELECT *, extract(epoch FROM now() - at) AS age FROM clock_beat WHERE step = :step")
    with services.db.reading() as connection:
        return connection.execute(query, {"step": step}).one_or_none()


def let_pass(clockwork: jobs.Clockwork) -> None:
    """The seconds between two writings are over, and each step's turn has come."""
    clockwork._beats._write_at = 0.0
    clockwork._next.clear()


def test_a_tick_leaves_a_beat_of_every_step_in_one_statement(services: Services) -> None:
    sent: list[str] = []
    stop = count_statements(services.db.engine, sent)
    clockwork = jobs.Clockwork(services)
    clockwork.tick()
    stop()
    assert sum("clock_beat" in statement for statement in sent) == 1
    for step in jobs.STEPS:
        row = beat(services, step.name)
        assert (row.fault, 0 <= row.age < 60, row.milliseconds >= 0) == (None, True, True), step.name


def test_ticks_of_the_next_seconds_write_nothing_and_lose_nothing(services: Services) -> None:
    taken: list[Services] = []
    clockwork = jobs.Clockwork(services, (jobs.Step("each", taken.append, every=0.0),))
    clockwork.tick()
    first = beat(services, "each").at
    clockwork.tick()
    assert (beat(services, "each").at, len(taken)) == (first, 2)
    let_pass(clockwork)
    clockwork.tick()
    assert beat(services, "each").at > first


def test_a_step_that_throws_is_seen_until_it_succeeds(services: Services) -> None:
    faults: list[Exception] = [RedisAway("no"), ValueError("号码 330108200401010014")]

    def act(services: Services) -> None:
        if faults:
            raise faults.pop()

    clockwork = jobs.Clockwork(services, (jobs.Step("shaky", act),))
    seen = []
    for _ in range(3):
        let_pass(clockwork)
        clockwork.tick()
        seen.append(beat(services, "shaky").fault)
    assert seen == ["ValueError", "ConnectionError", None], "the kind only: words may name a person"


def test_a_statement_that_fails_is_seen_by_what_the_database_called_it(services: Services) -> None:
    def act(services: Services) -> None:
        with services.db.transaction() as connection:
            connection.execute(text("SELECT 1 / 0"))

    jobs.Clockwork(services, (jobs.Step("divides", act),)).tick()
    assert beat(services, "divides").fault == "DivisionByZero"


def test_a_step_that_takes_too_long_is_its_own_fault_and_the_others_go_on(services: Services) -> None:
    taken: list[Services] = []

    def dawdle(services: Services) -> None:
        with services.db.transaction() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 1"))
            connection.execute(text("SELECT pg_sleep(5)"))

    jobs.Clockwork(services, (jobs.Step("slow", dawdle), jobs.Step("next", taken.append))).tick()
    assert (beat(services, "slow").fault, len(taken)) == ("QueryCanceled", 1)


def test_how_late_the_clock_was_is_told_by_the_step_and_its_beat(world: World, services: Services) -> None:
    for seconds in (-5, -90, -30):
        factories.move_deadline(world, factories.send(world, factories.make_graduate(world)), seconds)
    put_off = factories.send(world, factories.make_graduate(world))
    factories.move_deadline(world, put_off, -4000)
    with services.db.transaction() as connection:
        connection.execute(
            text("UPDATE invitation SET put_off_until = now() - interval '1 second' WHERE id = :id"), {"id": put_off}
        )
    jobs.Clockwork(services).tick()
    late = beat(services, "expire").late_milliseconds
    assert 90_000 <= late < 300_000, "what was put off is late on purpose"
    assert deadlines.expire_due(services.db) == 0
    assert deadlines.expire_due(services.db).late == 0


def test_the_worst_lateness_is_told_for_a_minute(services: Services) -> None:
    kept = beats.Beats()
    for late in (0.5, 3.0, 0.0):
        kept.note("expire", 0.01, late=late)
    kept.write(services.db)
    assert beat(services, "expire").late_milliseconds == 3000
    kept._late["expire"], kept._write_at = (3.0, 0.0), 0.0  # a minute has passed
    kept.note("expire", 0.01)
    kept.write(services.db)
    assert beat(services, "expire").late_milliseconds == 0


def test_beats_that_could_not_be_written_are_written_later(services: Services) -> None:
    away = Services.build(replace(services.settings, database_url="postgresql+psycopg://nobody@127.0.0.1:9/x"))
    taken: list[Services] = []
    clockwork = jobs.Clockwork(away, (jobs.Step("kept", taken.append),))
    clockwork.tick()
    away.close()
    clockwork.services = services
    clockwork.tick()
    assert (len(taken), beat(services, "kept").fault) == (1, None)


def test_two_sweepers_keep_the_younger_beat(services: Services) -> None:
    one, other = beats.Beats(), beats.Beats()
    one.note("expire", 0.2)
    other.note("expire", 0.1)
    other.write(services.db)
    younger = beat(services, "expire").at
    one.write(services.db)
    row = beat(services, "expire")
    assert (row.at >= younger, row.milliseconds) == (True, 200)
