from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.access import CLOCK, Actor, Role
from app.cli.drawing import diagram
from app.clock import now
from app.models import Verdict
from app.problems import NotAllowed, NotNow
from app.services import Services
from app.workflows.filing_machine import filing_machine
from app.workflows.machine import NOTHING, BrokenMachine, Guard, Machine, Situation, Step
from app.workflows.machines import ALL, INVITATION
from tests.factories import World, accept, decide, make_graduate, send

A, B = (Role.GRADUATE,), (Role.EMPLOYER,)
BEGIN = Step("begin", NOTHING, "open", A, "x.begun", "开始")
END = Step("end", "open", "shut", B, "x.ended", "结束")


def machine(*steps: Step, ends: tuple[str, ...] = ("shut",)) -> Machine:
    return Machine("x", start="open", ends=ends, steps=steps)


def test_a_whole_machine_is_accepted() -> None:
    assert machine(BEGIN, END).states == ("open", "shut")


def test_two_steps_for_one_state_and_action_are_refused() -> None:
    with pytest.raises(BrokenMachine, match="two steps"):
        machine(BEGIN, END, Step("end", "open", "open", A, "x.other", "结束"))


def test_a_state_nothing_leads_to_is_refused() -> None:
    with pytest.raises(BrokenMachine, match="cannot be reached"):
        machine(BEGIN, END, Step("end", "lost", "shut", B, "x.ended", "结束"))


def test_a_state_that_leads_nowhere_and_is_no_end_is_refused() -> None:
    with pytest.raises(BrokenMachine, match="dead end"):
        machine(BEGIN, END, Step("park", "open", "parked", B, "x.parked", "搁置"))


def test_an_end_that_is_no_state_is_refused() -> None:
    with pytest.raises(BrokenMachine, match="no states"):
        machine(BEGIN, END, ends=("shut", "gone"))


def test_an_action_unknown_in_this_state_names_the_state() -> None:
    with pytest.raises(NotNow) as caught:
        machine(BEGIN, END).step("shut", "end")
    assert caught.value.extra == {"state": "shut"}


def situation(role: Role, **around: Any) -> Situation:
    return Situation(SimpleNamespace(state="open"), Actor(role), now(), around)


def test_another_role_is_not_permitted_whatever_the_guards_say() -> None:
    with pytest.raises(NotAllowed):
        machine(BEGIN, END).permit("end", situation(Role.GRADUATE))


def test_guards_are_asked_in_their_order_and_the_first_refusal_stands() -> None:
    first = Guard("first", lambda s: NotNow("一") if s.around["first"] else None)
    second = Guard("second", lambda s: NotNow("二") if s.around["second"] else None)
    step = Step("end", "open", "shut", B, "x.ended", "结束", (first, second))
    guarded = machine(BEGIN, step)
    with pytest.raises(NotNow, match="一"):
        guarded.permit("end", situation(Role.EMPLOYER, first=True, second=True))
    with pytest.raises(NotNow, match="二"):
        guarded.permit("end", situation(Role.EMPLOYER, first=False, second=True))
    assert guarded.permit("end", situation(Role.EMPLOYER, first=False, second=False)) is step


def test_possibilities_say_why_not_and_leave_out_what_is_another_s_to_do() -> None:
    guard = Guard("never", lambda s: NotNow("现在不行。"))
    guarded = machine(BEGIN, Step("end", "open", "shut", B, "x.ended", "结束", (guard,)))
    (found,) = guarded.allowed(situation(Role.EMPLOYER))
    assert (found.action, found.possible, found.reason) == ("end", False, "现在不行。")
    assert guarded.allowed(situation(Role.GRADUATE)) == []


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_a_drawing_shows_every_state_step_and_end_in_words(each: Machine) -> None:
    drawn = diagram(each)
    for state in each.states:
        assert re.search(rf'state "[\u4e00-\u9fff，]+" as {state}$', drawn, re.MULTILINE), state
    for step in each.steps:
        assert f"--> {step.target}: {step.label}（" in drawn
    for end in each.ends:
        assert f"{end} --> [*]" in drawn


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_every_step_of_ours_has_a_label_an_event_and_a_role(each: Machine) -> None:
    for step in each.steps:
        assert step.label and step.by and step.event.count(".") == 1


def test_no_two_machines_share_a_name() -> None:
    assert len({each.name for each in ALL}) == len(ALL)


@pytest.mark.parametrize("each", [each for each in ALL if each.name.startswith("filing.")], ids=lambda each: each.name)
def test_a_filing_finds_its_machine_by_the_name_it_carries(each: Machine) -> None:
    assert filing_machine(each.name) is each


# The database knows the same machines ---------------------------------------------------------------------------------


def test_the_legal_steps_in_the_database_are_those_of_the_code(services: Services) -> None:
    with services.db.reading() as connection:
        rows = connection.execute(text("SELECT machine, action, source, target FROM legal_step")).mappings()
        stored = {tuple(row.values()) for row in rows}
    assert stored == {tuple(step.values()) for each in ALL for step in each.legal_steps()}


def psql(world: World) -> psycopg.Connection[Any]:
    """The database as its owner reaches it, around the product."""
    url = world.services.settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(url, autocommit=True)


INSERT = """INSERT INTO event (name, machine, subject, version, action, source, target, actor_role, school_id,
graduate_id, request_id) SELECT name, machine, subject, version + 1, %s, %s, %s, 'employer', school_id, graduate_id,
'psql' FROM event WHERE subject = %s ORDER BY version DESC LIMIT 1"""


@pytest.mark.parametrize(
    ("action", "source", "target"),
    [
        ("withdraw", "accepted", "withdrawn"),
        ("accept", "expired", "accepted"),
        ("accept", "pending", "expired"),
        ("sign", "pending", "accepted"),
        ("extend", "refused", "pending"),
    ],
)
def test_a_step_outside_the_table_cannot_be_recorded_even_by_psql(
    world: World, action: str, source: str, target: str
) -> None:
    invitation = send(world, make_graduate(world))
    with psql(world) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation, match="event_legal_step_fkey"):
        connection.execute(INSERT, (action, source, target, invitation))


def test_a_legal_step_is_recorded_once_per_version(world: World) -> None:
    invitation = send(world, make_graduate(world))
    with psql(world) as connection:
        connection.execute(INSERT, ("withdraw", "pending", "withdrawn", invitation))  # what the table allows, it allows
        twice = INSERT.replace("version + 1", "version")
        with pytest.raises(psycopg.errors.UniqueViolation, match="event_subject_version_key"):
            connection.execute(twice, ("withdraw", "pending", "withdrawn", invitation))


HISTORY = ("name", "machine", "version", "action", "source", "target", "actor_id", "facts", "at", "request_id")


@pytest.mark.parametrize("column", HISTORY)
def test_events_cannot_be_changed(world: World, column: str) -> None:
    send(world, make_graduate(world))
    with psql(world) as connection, pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="history"):
        connection.execute(f"UPDATE event SET {column} = {column}")


def test_events_cannot_be_deleted(world: World) -> None:
    send(world, make_graduate(world))
    with psql(world) as connection, pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="history"):
        connection.execute("DELETE FROM event")


def test_telling_of_an_event_may_be_noted_on_it(world: World) -> None:
    send(world, make_graduate(world))
    with psql(world) as connection:
        assert connection.execute("UPDATE event SET fanned_out_at = now()").rowcount == 1


def test_a_second_holder_of_the_lane_is_refused_by_the_database_itself(world: World) -> None:
    graduate = make_graduate(world)
    accept(world, graduate, send(world, graduate))
    copy = """INSERT INTO claim (id, school_id, class_year, graduate_id, kind, state, title)
        SELECT gen_random_uuid(), school_id, class_year, graduate_id, kind, %s, title FROM claim"""
    with psql(world) as connection:
        for state in ("in_review", "agreement_generated", "effective", "terminating", "suspended"):
            with pytest.raises(psycopg.errors.UniqueViolation, match="claim_lane"):
                connection.execute(copy, (state,))
        for state in ("failed", "terminated", "voided"):
            assert connection.execute(f"{copy} LIMIT 1", (state,)).rowcount == 1


def test_a_second_open_invitation_of_an_employer_is_refused_by_the_database_itself(world: World) -> None:
    send(world, make_graduate(world))
    columns = "school_id, class_year, graduate_id, employer_id, terms, party, clauses, terms_hash, respond_by, sent_by"
    copy = f"INSERT INTO invitation (id, state, {columns}) SELECT gen_random_uuid(), %s, {columns} FROM invitation"
    with psql(world) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation, match="invitation_one_open"):
            connection.execute(copy, ("pending",))
        assert connection.execute(copy, ("refused",)).rowcount == 1


def test_a_second_decision_of_a_desk_in_a_round_is_refused_by_the_database_itself(world: World) -> None:
    graduate = make_graduate(world)
    accept(world, graduate, send(world, graduate))
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    copy = """INSERT INTO review (filing_id, round, stage, verdict, account_id)
        SELECT filing_id, round + %s, stage, 'reject', account_id FROM review"""
    with psql(world) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation, match="review_filing_id_round_stage_key"):
            connection.execute(copy, (0,))
        assert connection.execute(copy, (1,)).rowcount == 1


@pytest.mark.parametrize(
    ("action", "state", "role"), [("lapse", "accepted", Role.GRADUATE), ("expire", "pending", Role.CLOCK)]
)
def test_nothing_expires_while_there_is_time(action: str, state: str, role: Role) -> None:
    def at(seconds: int) -> Situation:
        row = SimpleNamespace(state=state, respond_by=now() + timedelta(seconds=seconds))
        return Situation(row, Actor(role), now())

    with pytest.raises(NotNow, match="还没有到应约截止时间"):
        INVITATION.permit(action, at(60))
    assert INVITATION.permit(action, at(-60)).target == "expired"


def test_the_clock_is_nobody() -> None:
    assert CLOCK.id is None and CLOCK.role is Role.CLOCK
