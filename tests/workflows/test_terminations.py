"""解约: who may ask, answer, cancel, turn to the school; what becomes of the signing; and that it may be done anew."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, insert, select, text
from sqlalchemy.exc import IntegrityError

from app.access import CLOCK, Actor, Role
from app.models import Claim, Termination, Verdict
from app.problems import LaneHeld, NotFound, NotNow, Stale
from app.workflows import filing, termination
from app.workflows.filing_machine import DESKS
from app.workflows.kinds import KINDS
from tests import factories, filed
from tests.factories import World, ask_to_end, make_employer, make_graduate, make_staff, make_world, sign
from tests.support import assert_invariants, attempt, refusal


@dataclass(frozen=True)
class Case:
    """A termination in some situation, with everyone around it."""

    id: uuid.UUID
    graduate: Actor
    employer: Actor
    claim: uuid.UUID


def stored(world: World, termination_id: uuid.UUID) -> Row[Any]:
    with world.services.db.reading() as connection:
        return connection.execute(select(Termination).where(Termination.id == termination_id)).one()


def claim_state(world: World, claim: uuid.UUID) -> str:
    with world.services.db.reading() as connection:
        return str(connection.scalar(select(Claim.state).where(Claim.id == claim)))


def let_days_pass(world: World, days: int) -> None:
    """Every termination was asked for so many days ago."""
    with world.services.db.transaction() as connection:
        connection.execute(
            text("UPDATE termination SET created_at = created_at - :span"), {"span": timedelta(days=days)}
        )


def step(world: World, actor: Actor, case: Case, action: str, **said: Any) -> None:
    with world.services.db.transaction() as connection:
        carry_out(connection, actor, case.id, action, stored(world, case.id).version, **said)


def carry_out(connection: Connection, actor: Actor, which: uuid.UUID, action: str, seen: int, **said: Any) -> None:
    match action:
        case "accept":
            termination.accept(connection, actor, which, seen=seen)
        case "refuse":
            termination.refuse(connection, actor, which, seen=seen, **said)
        case "cancel":
            termination.cancel(connection, actor, which, seen=seen)
        case "ask_help":
            termination.ask_help(connection, actor, which, seen=seen)
        case "settle" | "settle_refused":
            note = "已电话联系双方"
            termination.settle(connection, actor, which, seen=seen, agreed=action == "settle", note=note)


def pending(world: World, started_by: Role = Role.GRADUATE) -> Case:
    graduate = make_graduate(world)
    sign(world, graduate)
    starter = graduate if started_by is Role.GRADUATE else world.employer
    made = ask_to_end(world, starter, graduate)
    return Case(made, graduate, world.employer, factories.claim_of(world, graduate).id)


def parties(case: Case, started_by: Role) -> tuple[Actor, Actor]:
    """Who started it, who answers."""
    both = (case.graduate, case.employer)
    return both if started_by is Role.GRADUATE else both[::-1]


# Every state, action and role. `again`: a second click, answered as success. `-`: not_now, `x`: not_allowed.
ACTIONS = ("accept", "refuse", "cancel", "ask_help", "settle", "settle_refused")
TABLE = """
                 starter                        other                        school
pending        | - - done - x x               | done done - - x x          | x x x x - -
waited         | - - done done x x            | done done - - x x          | x x x x - -
asked_help     | - - done again x x           | done done - - x x          | x x x x done done
accepted       | - - - - - -                  | again - - - - -            | - - - - - -
refused        | - - - - - -                  | - again - - - -            | - - - - - -
cancelled      | - - again - - -              | - - - - - -                | - - - - - -
settled        | - - - - - -                  | - - - - - -                | - - - - again -
dismissed      | - - - - - -                  | - - - - - -                | - - - - - again
"""
CODES = {"-": "not_now", "x": "not_allowed"}


def wanted() -> dict[tuple[str, str, str], str]:
    found = {}
    for line in TABLE.strip("\n").splitlines()[1:]:
        situation, *cells = line.split("|")
        for who, cell in zip(("starter", "other", "school"), cells, strict=True):
            for action, code in zip(ACTIONS, cell.split(), strict=True):
                found[situation.strip(), who, action] = CODES.get(code, code)
    return found


def _in_situation(world: World, situation: str, started_by: Role) -> Case:
    case = pending(world, started_by)
    starter, other = parties(case, started_by)
    if situation in ("waited", "asked_help", "settled", "dismissed"):
        let_days_pass(world, 15)
    if situation in ("asked_help", "settled", "dismissed"):
        step(world, starter, case, "ask_help")
    by: dict[str, tuple[Actor, str]] = {
        "accepted": (other, "accept"),
        "refused": (other, "refuse"),
        "cancelled": (starter, "cancel"),
        "settled": (world.school_office, "settle"),
        "dismissed": (world.school_office, "settle_refused"),
    }
    if situation in by:
        step(world, by[situation][0], case, by[situation][1])
    return case


def try_on(world: World, case: Case, actor: Actor, action: str) -> str:
    seen = stored(world, case.id).version
    changed = False

    def act(connection: Connection) -> None:
        nonlocal changed
        carry_out(connection, actor, case.id, action, seen)
        version = connection.scalar(select(Termination.version).where(Termination.id == case.id))
        changed = version != seen

    outcome = attempt(world.services, act)
    return "again" if outcome == "done" and not changed else outcome


@pytest.mark.parametrize("started_by", [Role.GRADUATE, Role.EMPLOYER], ids=lambda role: role.value)
@pytest.mark.parametrize("situation", [line.split("|")[0].strip() for line in TABLE.strip("\n").splitlines()[1:]])
def test_each_does_what_is_theirs_and_nothing_else(world: World, situation: str, started_by: Role) -> None:
    case = _in_situation(world, situation, started_by)
    starter, other = parties(case, started_by)
    actors = {"starter": starter, "other": other, "school": world.school_office}
    found = {
        (situation, who, action): try_on(world, case, actor, action)
        for who, actor in actors.items()
        for action in ACTIONS
    }
    assert found == {key: value for key, value in wanted().items() if key[0] == situation}
    assert_invariants(world.services)


def test_strangers_find_no_termination(world: World) -> None:
    case = pending(world)
    foreign = make_world(world.services, code="18888")
    others = (
        make_graduate(world),
        make_employer(world),
        make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        world.college_office,
        foreign.school_office,
        CLOCK,
    )
    assert {try_on(world, case, actor, action) for actor in others for action in ACTIONS} == {"not_found"}


# Asking --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("started_by", [Role.GRADUATE, Role.EMPLOYER], ids=lambda role: role.value)
def test_asking_marks_the_signing_and_is_asked_once(world: World, started_by: Role) -> None:
    case = pending(world, started_by)
    assert claim_state(world, case.claim) == "terminating"
    for actor in (case.graduate, case.employer):
        with pytest.raises(NotNow, match="正在解约"):
            ask_to_end(world, actor, case.graduate)
    assert_invariants(world.services)


def test_only_the_parties_of_an_effective_signing_may_ask(world: World) -> None:
    graduate = make_graduate(world)
    factories.accept(world, graduate, factories.send(world, graduate))
    for actor in (graduate, world.employer):
        with pytest.raises(NotNow, match="还在审核"):
            ask_to_end(world, actor, graduate)
    for actor in (make_employer(world), make_graduate(world), world.school_office):
        with pytest.raises(NotFound):
            ask_to_end(world, actor, graduate)
    assert_invariants(world.services)


def test_a_graduate_whose_data_were_corrected_confirms_them_first(world: World) -> None:
    graduate = make_graduate(world)
    sign(world, graduate)
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE graduate SET base_state = 'changed'"))
    with pytest.raises(NotNow, match="重新核对"):
        ask_to_end(world, graduate, graduate)


@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_nor_does_such_a_graduate_answer_before_that(world: World, answer: str) -> None:
    case = pending(world, Role.EMPLOYER)
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE graduate SET base_state = 'changed'"))
    with pytest.raises(NotNow, match="重新核对"):
        step(world, case.graduate, case, answer)
    assert claim_state(world, case.claim) == "terminating"


def test_the_school_is_asked_for_help_once_whichever_colleague_asks(world: World) -> None:
    case = _in_situation(world, "asked_help", Role.EMPLOYER)
    colleague = replace(case.employer, id=uuid.uuid4(), name="李芳")
    with pytest.raises(NotNow, match="已经请学校协助"):
        step(world, colleague, case, "ask_help")


def test_an_answer_to_another_version_than_the_one_seen_is_refused(world: World) -> None:
    case = pending(world)
    problem = refusal(world.services, lambda c: termination.accept(c, case.employer, case.id, seen=2))
    assert isinstance(problem, Stale)


def test_what_does_not_stand_is_not_asked_to_end_nor_looked_at_twice(world: World) -> None:
    graduate = make_graduate(world)
    factories.accept(world, graduate, factories.send(world, graduate))
    claim = factories.claim_of(world, graduate)
    problem = refusal(world.services, lambda c: termination.request(c, graduate, claim.id, reason="study", note=None))
    assert "还在审核" in problem.detail and not problem.overtaken


def test_a_second_open_termination_is_refused_by_the_database_itself(world: World) -> None:
    there = stored(world, pending(world).id)
    with pytest.raises(IntegrityError, match="termination_one_open"), world.services.db.transaction() as connection:
        connection.execute(insert(Termination).values({**there._mapping, "id": uuid.uuid4()}))


# What comes of it ----------------------------------------------------------------------------------------------------


def _end(world: World) -> Case:
    case = pending(world)
    step(world, case.employer, case, "accept")
    filed.approve(world, stored(world, case.id).filing_id)
    return case


def test_agreed_and_approved_the_signing_is_over_and_both_are_free(world: World) -> None:
    case = _end(world)
    assert claim_state(world, case.claim) == "terminated"
    again = sign(world, case.graduate)  # the same employer
    assert factories.row(world, again).state == "accepted"
    assert factories.claim_of(world, case.graduate).state == "effective"
    assert_invariants(world.services)


def test_agreed_but_rejected_the_signing_stays(world: World) -> None:
    case = pending(world)
    step(world, case.employer, case, "accept")
    paper = stored(world, case.id).filing_id
    with pytest.raises(LaneHeld):
        factories.accept(world, case.graduate, factories.send(world, case.graduate, employer=make_employer(world)))
    with pytest.raises(NotNow, match="已接受贵单位"):
        factories.send(world, case.graduate)
    filed.decide(world, world.college_office, paper, Verdict.REJECT, reason="违约责任还有争议")
    assert claim_state(world, case.claim) == "effective"
    assert ask_to_end(world, case.employer, case.graduate) != case.id
    assert_invariants(world.services)


def test_neither_party_takes_back_what_both_agreed_on(world: World) -> None:
    case = pending(world)
    step(world, case.employer, case, "accept")
    with pytest.raises(NotNow, match="不能由一方撤回"):
        filed.withdraw(world, case.graduate, stored(world, case.id).filing_id)
    assert claim_state(world, case.claim) == "terminating"


@pytest.mark.parametrize(
    ("school_sets", "levels"),
    [
        ({"*": ["college", "school"]}, ["college", "school"]),
        ({"*": ["college"]}, ["college", "school"]),
        ({"*": ["counsellor"]}, ["counsellor", "school"]),
        ({"*": ["college"], "online_termination": ["school"]}, ["school"]),
    ],
)
def test_the_school_has_the_last_word(school_sets: dict[str, list[str]], levels: list[str]) -> None:
    assert filing.levels_for(KINDS["online_termination"], school_sets) == tuple(levels)
    assert set(levels) <= set(DESKS)


def test_the_school_takes_nothing_to_review_for_whom_it_has_deleted(world: World) -> None:
    case = _in_situation(world, "asked_help", Role.GRADUATE)
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE graduate SET base_state = 'deleted'"))
    with pytest.raises(NotNow, match="已被删除"):
        step(world, world.school_office, case, "settle")


@pytest.mark.parametrize("answer", ["refuse", "cancel"])
def test_refused_or_cancelled_the_signing_stays_and_may_be_asked_about_again(world: World, answer: str) -> None:
    case = pending(world)
    step(world, case.employer if answer == "refuse" else case.graduate, case, answer)
    assert claim_state(world, case.claim) == "effective"
    ask_to_end(world, case.graduate, case.graduate)
    assert_invariants(world.services)


def test_whoever_settles_for_the_school_does_not_decide_as_well(world: World) -> None:
    case = _in_situation(world, "settled", Role.GRADUATE)
    paper = stored(world, case.id).filing_id
    filed.decide(world, world.college_office, paper)
    with pytest.raises(NotNow, match="另一位老师"):
        filed.decide(world, world.school_office, paper)
    filed.decide(world, make_staff(world, Role.SCHOOL, "吴老师"), paper)
    assert claim_state(world, case.claim) == "terminated"
    assert_invariants(world.services)


def test_the_school_may_limit_how_often(world: World) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE school SET terminations_max = 1"))
    case = _end(world)
    sign(world, case.graduate)
    with pytest.raises(NotNow, match="你已经解约 1 次"):
        ask_to_end(world, case.graduate, case.graduate)
    with pytest.raises(NotNow, match="学校限制了解约"):
        ask_to_end(world, case.employer, case.graduate)
    assert claim_state(world, factories.claim_of(world, case.graduate).id) == "effective"
