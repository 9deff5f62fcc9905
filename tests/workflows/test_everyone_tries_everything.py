"""Every state, action and role of every machine, through the functions that walk it; the outcomes are written down.

Each try runs in a transaction of its own that is rolled back, so one situation serves them all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.access import CLOCK, Actor, Role
from app.clock import now
from app.db import table
from app.models import Claim, Filing, Verdict
from app.problems import NotAllowed, NotNow
from app.workflows import decision, invitation
from app.workflows.advance import Move, advance
from app.workflows.claim_machine import CLAIM
from app.workflows.filing_machine import DESKS
from app.workflows.machine import Situation
from app.workflows.machines import ALL
from tests import factories
from tests.factories import World, days_from_now, decide, make_employer, make_graduate, make_staff, make_world, send
from tests.support import assert_invariants, attempt

# Invitations ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """An invitation in some situation, with its two parties."""

    id: uuid.UUID
    graduate: Actor
    employer: Actor


def _sent(world: World) -> Case:
    graduate = make_graduate(world)
    return Case(send(world, graduate), graduate, world.employer)


def _late(world: World) -> Case:
    case = _sent(world)
    factories.let_deadline_pass(world, case.id)
    return case


def _held(world: World) -> Case:
    case = _sent(world)
    factories.accept(world, case.graduate, send(world, case.graduate, employer=make_employer(world)))
    return case


def _accepted(world: World) -> Case:
    case = _sent(world)
    factories.accept(world, case.graduate, case.id)
    return case


def _accepted_late(world: World) -> Case:
    case = _accepted(world)
    factories.let_deadline_pass(world, case.id)
    return case


def _passed(world: World) -> Case:
    case = _accepted(world)
    decide(world, world.college_office, case.graduate, Verdict.APPROVE)
    return case


def _signed(world: World) -> Case:
    case = _passed(world)
    decide(world, world.school_office, case.graduate, Verdict.APPROVE)
    return case


def _failed(world: World) -> Case:
    case = _accepted(world)
    decide(world, world.college_office, case.graduate, Verdict.REJECT, "单位信息不符")
    return case


def _refused(world: World) -> Case:
    case = _sent(world)
    factories.refuse(world, case.graduate, case.id)
    return case


def _withdrawn(world: World) -> Case:
    case = _sent(world)
    factories.withdraw(world, case.employer, case.id)
    return case


def _expired(world: World) -> Case:
    case = _late(world)
    assert factories.expire(world, case.id)
    return case


def _lapsed(world: World) -> Case:
    case = _accepted_late(world)
    factories.take_back(world, case.graduate, case.id)
    return case


SITUATIONS: Mapping[str, Callable[[World], Case]] = {
    "pending": _sent,
    "pending, late": _late,
    "pending, held": _held,
    "accepted": _accepted,
    "accepted, late": _accepted_late,
    "college passed": _passed,
    "signed": _signed,
    "failed": _failed,
    "refused": _refused,
    "withdrawn": _withdrawn,
    "expired": _expired,
    "lapsed": _lapsed,
}
# `again`: the same person's second click, answered as success and changing nothing.
# `-`: not_now. `x`: not_allowed, the role never does this. Everything else is a code or `done`.
GRADUATE = """
                   accept     refuse     take_back  withdraw  extend
pending          | done       done       -          x         x
pending, late    | too_late   too_late   -          x         x
pending, held    | lane_held  lane_held  -          x         x
accepted         | again      -          done       -         -
accepted, late   | again      -          done       -         -
college passed   | again      -          -          -         -
signed           | again      -          -          -         -
failed           | again      -          -          -         -
refused          | -          again      -          -         -
withdrawn        | -          -          -          -         -
expired          | -          -          -          -         -
lapsed           | -          -          again      -         -
"""
EMPLOYER = """
                   accept     refuse     take_back  withdraw  extend
pending          | x          x          -          done      done
pending, late    | x          x          -          too_late  too_late
pending, held    | x          x          -          done      done
accepted         | -          -          x          -         -
accepted, late   | -          -          x          -         -
college passed   | -          -          x          -         -
signed           | -          -          x          -         -
failed           | -          -          x          -         -
refused          | -          -          -          -         -
withdrawn        | -          -          -          again     -
expired          | -          -          -          -         -
lapsed           | -          -          -          -         -
"""
WORDS = {"-": "not_now", "x": "not_allowed"}


def read_table(written: str) -> dict[tuple[str, str], str]:
    """``(situation, action) → outcome`` from a table above."""
    head, *lines = written.strip("\n").splitlines()
    actions = head.split()
    found = {}
    for line in lines:
        situation, _, cells = line.partition("|")
        for action, cell in zip(actions, cells.split(), strict=True):
            found[situation.strip(), action] = WORDS.get(cell, cell)
    return found


def try_on(world: World, case: Case, action: str, actor: Actor) -> str:
    """What comes of it; `again` where it succeeds and leaves the version as it was."""
    seen = factories.row(world, case.id)
    acts: dict[str, Callable[[Connection], Any]] = {
        "accept": lambda c: invitation.accept(
            c, actor, case.id, seen=seen.version, terms_hash=seen.terms_hash, factor="pin"
        ),
        "refuse": lambda c: invitation.refuse(c, actor, case.id, seen=seen.version, reason=None),
        "take_back": lambda c: invitation.take_back(c, actor, case.id, seen=seen.version),
        "withdraw": lambda c: invitation.withdraw(c, actor, case.id, seen=seen.version, reason=None),
        "extend": lambda c: invitation.extend(c, actor, case.id, seen=seen.version, respond_on=days_from_now(20)),
    }
    changed = False

    def act(connection: Connection) -> None:
        nonlocal changed
        acts[action](connection)
        changed = invitation.load(connection, actor, case.id).version != seen.version

    outcome = attempt(world.services, act)
    return "again" if outcome == "done" and not changed else outcome


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_party_gets_from_an_invitation_what_the_table_says(world: World, situation: str) -> None:
    case = SITUATIONS[situation](world)
    for written, actor in ((GRADUATE, case.graduate), (EMPLOYER, case.employer)):
        wanted = {action: outcome for (row, action), outcome in read_table(written).items() if row == situation}
        assert {action: try_on(world, case, action, actor) for action in wanted} == wanted, actor.role
    assert_invariants(world.services)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_to_everyone_else_an_invitation_does_not_exist(world: World, situation: str) -> None:
    case = SITUATIONS[situation](world)
    others = (
        make_graduate(world),
        make_employer(world),
        make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        world.college_office,
        world.school_office,
        CLOCK,
    )
    actions = {action for _, action in read_table(GRADUATE)}
    found = {(actor.role.value, action): try_on(world, case, action, actor) for actor in others for action in actions}
    assert set(found.values()) == {"not_found"}, found


CAN_EXPIRE = {"pending, late"}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_clock_ends_only_what_is_open_and_late(world: World, situation: str) -> None:
    case = SITUATIONS[situation](world)
    assert factories.expire(world, case.id) is (situation in CAN_EXPIRE)
    assert_invariants(world.services)


# Filings -------------------------------------------------------------------------------------------------------------

ORDERS = [stages for count in (1, 2, 3) for stages in combinations(DESKS, count)]
ROLE_OF = {stage: role for stage, (_, role) in DESKS.items()}


@dataclass(frozen=True)
class Paper:
    """A filing on some desk, and everyone who might lay hands on it."""

    id: uuid.UUID
    invitation: uuid.UUID
    graduate: Actor
    actors: Mapping[Role, Actor]


def _offices(world: World) -> dict[Role, Actor]:
    counsellor = make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0])
    return {
        Role.COUNSELLOR: counsellor,
        Role.COLLEGE: world.college_office,
        Role.SCHOOL: world.school_office,
        Role.EMPLOYER: world.employer,
    }


def _paper(world: World, stages: tuple[str, ...], standing: str) -> Paper:
    """A filing of these levels that waits at a desk, or has ended."""
    offices = _offices(world)
    graduate = make_graduate(world)
    sent = send(world, graduate)
    factories.accept(world, graduate, sent)
    if standing == "withdrawn":
        factories.take_back(world, graduate, sent)
    for stage in stages:
        if standing == "withdrawn" or DESKS[stage][0] == standing:
            break
        if standing == "rejected":
            decide(world, offices[ROLE_OF[stage]], graduate, Verdict.REJECT, "不符")
            break
        decide(world, offices[ROLE_OF[stage]], graduate, Verdict.APPROVE)
    found = factories.filing_of(world, graduate)
    assert found.state == standing
    return Paper(found.id, sent, graduate, {**offices, Role.GRADUATE: graduate})


def standings(stages: tuple[str, ...]) -> list[str]:
    """Where a filing of these levels can stand."""
    return [*(DESKS[stage][0].value for stage in stages), "approved", "rejected", "withdrawn"]


def wanted_of(stages: tuple[str, ...], standing: str, role: Role, verdict: str) -> str:
    """docs/rules.md, 审核: a desk decides in its turn; it decided once; nobody decides for another."""
    if role is Role.EMPLOYER:
        return "not_found"
    if role not in [ROLE_OF[stage] for stage in stages]:
        return "not_allowed"
    mine = next(stage for stage in stages if ROLE_OF[stage] is role)
    if standing == DESKS[mine][0]:
        return "done"
    if standing == "withdrawn":
        return "not_now"
    if standing == "rejected":  # by the first desk
        first = mine == stages[0]
        return "again" if first and verdict == "reject" else "decided_by_other"
    waiting = [state for stage in stages if (state := DESKS[stage][0].value)]
    position = waiting.index(standing) if standing in waiting else len(waiting)
    if stages.index(mine) > position:
        return "not_now"  # an earlier desk has it still
    return "again" if verdict == "approve" else "decided_by_other"


def try_verdict(world: World, paper: Paper, actor: Actor, verdict: Verdict) -> str:
    before = factories.filing_of(world, paper.graduate)
    changed = False

    def act(connection: Connection) -> None:
        nonlocal changed
        decision.decide(connection, actor, paper.id, verdict, seen=before.version, reason="不符")
        after = connection.scalar(select(Filing.version).where(Filing.id == paper.id))
        changed = after != before.version

    outcome = attempt(world.services, act)
    return "again" if outcome == "done" and not changed else outcome


@pytest.mark.parametrize("stages", ORDERS, ids="-".join)
def test_a_desk_decides_in_its_turn_and_nobody_else_does(world: World, stages: tuple[str, ...]) -> None:
    own = make_world(world.services, code="18888", stages={"*": list(stages)})
    for standing in standings(stages):
        paper = _paper(own, stages, standing)
        for role, actor in paper.actors.items():
            for verdict in (Verdict.APPROVE, Verdict.REJECT):
                wanted = wanted_of(stages, standing, role, verdict.value)
                assert try_verdict(own, paper, actor, verdict) == wanted, (standing, role.value, verdict.value)
        case = Case(paper.invitation, paper.graduate, own.employer)
        wanted = {DESKS[stages[0]][0].value: "done", "withdrawn": "again"}.get(standing, "not_now")
        assert try_on(own, case, "take_back", paper.graduate) == wanted, standing
    assert_invariants(own.services)


@pytest.mark.parametrize("role", [Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL])
def test_a_desk_of_another_college_or_school_finds_nothing(world: World, role: Role) -> None:
    stages = ("counsellor", "college", "school")
    own = make_world(world.services, code="18888", stages={"*": list(stages)})
    paper = _paper(own, stages, f"{role.value}_review")
    neighbour = make_staff(own, role, "邻院老师", college_id=own.colleges[1])
    foreign = make_staff(world, role, "外校老师", college_id=world.colleges[0])
    strangers = [foreign] if role is Role.SCHOOL else [neighbour, foreign]
    for verdict in (Verdict.APPROVE, Verdict.REJECT):
        assert {try_verdict(own, paper, actor, verdict) for actor in strangers} == {"not_found"}


# Claims --------------------------------------------------------------------------------------------------------------

CLAIM_TABLE = {
    ("in_review", "take_effect"): {Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL},
    ("in_review", "fail"): {Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL},
    ("in_review", "release"): {Role.GRADUATE, Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL},
}


@pytest.mark.parametrize("state", ["in_review", "effective", "failed"])
def test_a_claim_ends_by_an_office_or_is_released_by_its_graduate(world: World, state: str) -> None:
    case = {"in_review": _accepted, "effective": _signed, "failed": _failed}[state](world)
    row = factories.claim_of(world, case.graduate)
    assert row.state == state
    for action in ("open", "take_effect", "fail", "release"):
        for role in Role:
            situation = Situation(row, replace(case.graduate, role=role), now())
            outcome = attempt(world.services, lambda c: advance(c, Move(CLAIM, table(Claim), action, situation)))  # noqa: B023
            allowed = CLAIM_TABLE.get((state, action))
            wanted = "not_now" if allowed is None else "done" if role in allowed else "not_allowed"
            assert outcome == wanted, (action, role)


@pytest.mark.parametrize("machine", ALL, ids=lambda machine: machine.name)
def test_what_the_table_does_not_declare_is_refused_for_every_state_action_and_role(machine: Any) -> None:
    declared = {(step.source, step.action): step.by for step in machine.steps}
    actions = sorted({step.action for step in machine.steps})
    for state in machine.states:
        row = SimpleNamespace(**{machine.column: state})
        for action in actions:
            for role in Role:
                by = declared.get((state, action))
                if by is not None and role in by:
                    continue
                with pytest.raises(NotNow if by is None else NotAllowed):
                    machine.permit(action, Situation(row, Actor(role), now()))
