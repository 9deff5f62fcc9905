"""Every declared step is executed, and every undeclared (state, action, role) tried, over HTTP.

What is declared is read from the machines; that the machines are right is shown by tables of their own in
tests/workflows. Here it is shown that the API does what they declare, nothing else, and says so beforehand.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.access import Actor, Role
from app.models import Verdict
from app.services import Services
from app.workflows.deadlines import expire_due
from app.workflows.filing_machine import DESKS, Way, review_machine
from app.workflows.machine import NOTHING
from app.workflows.machines import ALL, INVITATION
from tests import factories
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import PIN, World, days_from_now, decide, filing_of, make_graduate, make_staff, make_world, send
from tests.support import assert_invariants

ORDERS = [stages for count in (1, 2, 3) for stages in combinations(DESKS, count)]
ROLE_OF = {stage: role for stage, (_, role) in DESKS.items()}


@dataclass(frozen=True)
class Case:
    """One signing somewhere on its way, and everyone around it."""

    world: World
    invitation: uuid.UUID
    filing: uuid.UUID | None
    actors: dict[Role, Actor]
    stages: tuple[str, ...]

    @property
    def services(self) -> Services:
        return self.world.services

    def state(self) -> tuple[str, str | None]:
        """Where invitation and filing stand."""
        query = text("SELECT i.state, (SELECT state FROM filing WHERE id = :filing) FROM invitation i WHERE id = :id")
        with self.services.db.reading() as connection:
            found = connection.execute(query, {"id": self.invitation, "filing": self.filing}).one()
        return found[0], found[1]

    def versions(self) -> list[Any]:
        """Whatever an act would change: versions, states and the number of events of this graduate."""
        query = text("""
            SELECT 'i', id::text, state, version FROM invitation WHERE graduate_id = :g
            UNION ALL SELECT 'c', id::text, state, version FROM claim WHERE graduate_id = :g
            UNION ALL SELECT 'f', id::text, state, version FROM filing WHERE graduate_id = :g
            UNION ALL SELECT 'e', '', '', count(*) FROM event WHERE graduate_id = :g ORDER BY 1, 2
        """)
        with self.services.db.reading() as connection:
            return list(connection.execute(query, {"g": self.actors[Role.GRADUATE].graduate_id}).all())


PLACES = ("pending", "late", "accepted", "refused", "withdrawn", "expired", "approved", "rejected")


def places(stages: tuple[str, ...]) -> list[str]:
    """Where a signing of these levels can stand; ``passed N`` is after the Nth desk."""
    return [*PLACES, *(f"passed {count}" for count in range(1, len(stages))), "accepted late"]


def make_case(world: World, stages: tuple[str, ...], offices: dict[Role, Actor], place: str) -> Case:
    """A signing brought there through the workflows."""
    graduate = make_graduate(world)
    sent = send(world, graduate)
    actors = {**offices, Role.GRADUATE: graduate, Role.EMPLOYER: world.employer}
    if place == "refused":
        factories.refuse(world, graduate, sent)
    elif place == "withdrawn":
        factories.withdraw(world, world.employer, sent)
    elif place in ("late", "expired"):
        factories.let_deadline_pass(world, sent)
        if place == "expired":
            factories.expire(world, sent)
    elif place != "pending":
        factories.accept(world, graduate, sent)
        _bring_on(world, stages, offices, graduate, place)
        if place == "accepted late":
            factories.let_deadline_pass(world, sent)
        return Case(world, sent, filing_of(world, graduate).id, actors, stages)
    return Case(world, sent, None, actors, stages)


def _bring_on(world: World, stages: tuple[str, ...], offices: dict[Role, Actor], graduate: Actor, place: str) -> None:
    passing = {"approved": len(stages), "accepted": 0, "accepted late": 0, "rejected": 0}.get(place)
    for stage in stages[: int(place.split()[1]) if passing is None else passing]:
        decide(world, offices[ROLE_OF[stage]], graduate, Verdict.APPROVE)
    if place == "rejected":
        decide(world, offices[ROLE_OF[stages[0]]], graduate, Verdict.REJECT, "不符")


@dataclass(frozen=True)
class Try:
    """An action by a role, as one request; ``declared`` is the state it leads to, or None where there is none."""

    role: Role
    action: str
    declared: str | None


IN_TIME = {"accept", "refuse", "withdraw", "extend"}


def tries(case: Case, place: str) -> Iterator[Try]:
    """Every action of invitation and filing by every role that can sign in."""
    invitation, paper = case.state()
    late = "late" in place
    roles = [role for role in Role if role not in (Role.CLOCK, Role.LINK)]
    for role in roles:
        for action in ("accept", "refuse", "withdraw", "extend", "take-back"):
            name = {"take-back": "lapse" if late else "take_back"}.get(action, action)
            step = next((s for s in INVITATION.steps if (s.source, s.action) == (invitation, name)), None)
            allowed = step is not None and role in step.by and not (late and action in IN_TIME)
            if action == "take-back" and paper != DESKS[case.stages[0]][0]:
                allowed = False  # a desk has decided
            yield Try(role, action, step.target if step is not None and allowed else None)
        if paper is not None:
            machine = review_machine(Way.CONSENT, case.stages)
            for action in ("approve", "reject"):
                step = next((s for s in machine.steps if (s.source, s.action) == (paper, action)), None)
                yield Try(role, action, step.target if step is not None and role in step.by else None)


def carry_out(case: Case, one: Try, caller: Caller) -> TestResponse:
    """The request a client of that role would send, with the version as it is: nothing but the step is judged."""
    if one.action in ("approve", "reject"):
        body: dict[str, Any] = {"reason": "不符"} if one.action == "reject" else {}
        return caller.act(f"/filings/{case.filing}/{one.action}", body, etag=f'"{filing_version(case)}"')
    row = factories.row(case.world, case.invitation)
    bodies: dict[str, dict[str, Any]] = {
        "accept": {"pin": PIN, "terms_hash": row.terms_hash},
        "take-back": {"pin": PIN},
        "extend": {"respond_on": days_from_now(20).isoformat()},
    }
    path = f"/invitations/{case.invitation}/{one.action}"
    return caller.act(path, bodies.get(one.action, {}), etag=f'"{row.version}"')


def filing_version(case: Case) -> int:
    with case.services.db.reading() as connection:
        found = connection.execute(text("SELECT version FROM filing WHERE id = :id"), {"id": case.filing})
        return int(found.scalar_one())


@pytest.fixture
def offices(services: Services) -> Callable[[World], dict[Role, Actor]]:
    """One person at every desk of a school."""

    def make(world: World) -> dict[Role, Actor]:
        return {
            Role.COUNSELLOR: make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
            Role.COLLEGE: world.college_office,
            Role.SCHOOL: world.school_office,
        }

    return make


@pytest.mark.parametrize("stages", ORDERS, ids="-".join)
def test_what_is_declared_happens_and_nothing_else_does(
    services: Services, calling: Calling, offices: Callable[[World], dict[Role, Actor]], stages: tuple[str, ...]
) -> None:
    world = make_world(services, code="18888", stages={"*": list(stages)})
    people = offices(world)
    callers: dict[Any, Caller] = {}

    def caller(actor: Actor) -> Caller:
        return callers.setdefault(actor.id, calling(actor))

    for place in places(stages):
        case = make_case(world, stages, people, place)
        before, declared = case.versions(), []
        for one in tries(case, place):
            if one.declared is not None:
                declared.append(one)
                continue
            answer = carry_out(case, one, caller(case.actors[one.role]))
            second_click = answer.status_code == 200
            assert second_click or 400 <= answer.status_code < 500, (place, one, answer.get_json())
            assert case.versions() == before, (place, one)
        for one in declared:
            fresh = make_case(world, stages, people, place)
            answer = carry_out(fresh, one, caller(fresh.actors[one.role]))
            assert answer.status_code == 200, (place, one, answer.get_json())
            assert one.declared in fresh.state(), (place, one, fresh.state())
    with services.db.reading() as connection:
        rows = connection.execute(text("SELECT DISTINCT machine, action, source FROM event")).all()
    machine = review_machine(Way.CONSENT, stages)
    steps = [step for step in machine.steps if step.action != "take_up"]  # past the time limit only: test_escalation
    missing = {(machine.name, step.action, step.source) for step in steps} - {tuple(row) for row in rows}
    assert not missing, "every declared step of these levels has been executed"
    assert_invariants(services)


@pytest.mark.parametrize("stages", ORDERS, ids="-".join)
def test_the_actions_an_answer_offers_are_those_that_work_and_the_others_say_why_not(
    services: Services, calling: Calling, offices: Callable[[World], dict[Role, Actor]], stages: tuple[str, ...]
) -> None:
    world = make_world(services, code="18888", stages={"*": list(stages)})
    people = offices(world)
    for place in places(stages):
        shown = make_case(world, stages, people, place)
        possible = {(one.role, one.action.replace("-", "_")) for one in tries(shown, place) if one.declared is not None}
        pages = [(role, f"/invitations/{shown.invitation}") for role in (Role.GRADUATE, Role.EMPLOYER)]
        if shown.filing is not None:
            pages += [(role, f"/filings/{shown.filing}") for role in people]
        for role, path in pages:
            offered = calling(shown.actors[role]).get(path).get_json()["actions"]
            names = [item["action"] for item in offered if item["action"] != "download"]
            working = {item["action"] for item in offered if item["possible"]} - {"download"}
            assert ("terminate" in working) == (
                path.startswith("/inv") and shown.state() == ("accepted", "approved")
            ), place
            working.discard("terminate")  # another machine's: tests/workflows/test_terminations.py
            wanted = {action for of_role, action in possible if of_role is role}
            if path.startswith("/filings"):
                wanted &= {"approve", "reject"}
            assert working == wanted, (place, role, offered)
            assert len(names) == len(set(names)), "one button each"
            for item in offered:
                assert item["label"] and bool(item["reason"]) is not item["possible"], item


def test_all_machines_of_signing_are_walked_to_their_last_step(
    services: Services, calling: Calling, offices: Callable[[World], dict[Role, Actor]]
) -> None:
    """The invitation, whose steps lie across the levels: each is executed at least once."""
    stages = ("college", "school")
    world = make_world(services)
    people = offices(world)
    for place, action, role in (
        ("accepted late", "take-back", Role.GRADUATE),
        ("accepted", "take-back", Role.GRADUATE),
        ("accepted", "reject", Role.COLLEGE),
        ("passed 1", "approve", Role.SCHOOL),
        ("pending", "refuse", Role.GRADUATE),
        ("pending", "withdraw", Role.EMPLOYER),
        ("pending", "extend", Role.EMPLOYER),
    ):
        case = make_case(world, stages, people, place)
        assert carry_out(case, Try(role, action, ""), calling(case.actors[role])).status_code == 200
    make_case(world, stages, people, "late")
    expire_due(services.db)
    with services.db.reading() as connection:
        rows = connection.execute(text("SELECT DISTINCT machine, action, source FROM event")).all()
    done = {tuple(row) for row in rows}
    for machine in ALL:
        if machine.name == "invitation":
            for step in machine.steps:
                assert (machine.name, step.action, step.source) in done or step.source == NOTHING
