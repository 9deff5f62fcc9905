"""Every declared step of a filled-in filing is executed, and every undeclared (state, action, role) tried, over HTTP.

For both ways a form is reviewed and every order of levels. As with signings (test_explorer.py) what is declared is read
from the machines; here it is shown that the API does what they declare, and nothing else.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.access import REVIEWERS, Actor, Role
from app.models import Lane, Verdict
from app.schemas import inputs
from app.schemas.form import Form, Section
from app.services import Services
from app.workflows import destination
from app.workflows.filing_machine import DESKS, ORDERS, Way, review_machine
from app.workflows.guards import base_in_order, lane_free
from app.workflows.kind import Kind, Words
from app.workflows.kinds import KINDS
from app.workflows.machine import Step
from tests import filed
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import World, make_graduate, make_staff, make_world
from tests.support import assert_invariants

_numbers = itertools.count(1)


class Stay(Form):
    """A form of one line: what a form holds is not the matter here."""

    SECTIONS = (Section("where", "去处", ("place",)),)
    place = inputs.line("去处", 60)


def kind_of(way: Way) -> Kind:
    """A kind reviewed in this way that brings a destination about."""
    return Kind(
        name=f"stay_{way.value}",
        title="去处登记",
        lane=Lane.DESTINATION,
        way=way,
        words=Words("去处已登记。", "去处没有登记。"),
        form=lambda variant: Stay(),
        subject=lambda form, variant: str(form.get("place") or "去处"),
        effects=destination.effects(lambda connection, situation: (destination.settled(situation, "900"),)),
        guards=(base_in_order, lane_free),
    )


@dataclass(frozen=True)
class Case:
    """A filing somewhere on its way, and everyone around it."""

    world: World
    filing: uuid.UUID
    way: Way
    stages: tuple[str, ...]
    actors: dict[Role, Actor]

    def everything(self) -> list[Any]:
        """Whatever an act would change: versions, states and the number of events of this graduate."""
        query = text("""
            SELECT 'c', id::text, state, version FROM claim WHERE graduate_id = :g
            UNION ALL SELECT 'f', id::text, state, version FROM filing WHERE graduate_id = :g
            UNION ALL SELECT 'e', '', '', count(*) FROM event WHERE graduate_id = :g ORDER BY 1, 2
        """)
        with self.world.services.db.reading() as connection:
            return list(connection.execute(query, {"g": self.actors[Role.GRADUATE].graduate_id}).all())


def places(way: Way, stages: tuple[str, ...]) -> list[str]:
    """Where a filing of these levels can stand; ``desk N`` is on the Nth, ``late N`` there past its time."""
    found = ["draft", "discarded", "approved", "rejected", *(f"desk {number}" for number in range(len(stages)))]
    found += [f"late {number}" for number in range(len(stages) - 1)]
    return [*found, "returned", "given up"] if way is Way.FORM else found


def make_case(world: World, way: Way, stages: tuple[str, ...], offices: dict[Role, Actor], place: str) -> Case:
    """A filing brought there through the workflows."""
    graduate = make_graduate(world)
    made = filed.draft(world, graduate, f"stay_{way.value}", {"place": "江州"})
    case = Case(world, made, way, stages, {**offices, Role.GRADUATE: graduate, Role.EMPLOYER: world.employer})
    word, _, number = place.partition(" ")
    if word not in ("draft", "discarded"):
        filed.submit(world, graduate, made)
    for stage in stages if word == "approved" else stages[: int(number) if number.isdigit() else 0]:
        filed.decide(world, offices[DESKS[stage][1]], made)
    first = offices[DESKS[stages[0]][1]]
    if word in ("returned", "given"):
        filed.decide(world, first, made, Verdict.RETURN)
    if word == "rejected":
        filed.decide(world, first, made, Verdict.REJECT)
    if word in ("discarded", "given"):
        filed.discard(world, graduate, made)
    if word == "late":
        with world.services.db.transaction() as connection:
            connection.execute(text("UPDATE filing SET due_on = current_date - 20 WHERE id = :id"), {"id": made})
    return case


@dataclass(frozen=True)
class Try:
    """An action by a role, as one request; ``step`` is what the machine declares of it, None where nothing."""

    role: Role
    action: str
    step: Step | None


MINE = ("submit", "withdraw", "discard")
DESK = ("approve", "reject", "return", "edit", "take_up", "assist")


def tries(case: Case, place: str) -> Iterator[Try]:
    """Every action by every role that can sign in. Offices that file for a graduate have pages of their own."""
    state = filed.row(case.world, case.filing).state
    machine = review_machine(case.way, case.stages)
    for role in case.actors:
        for action in MINE + DESK:
            step = next((s for s in machine.steps if (s.source, s.action) == (state, action)), None)
            whose = {Role.GRADUATE} if action in MINE else set(REVIEWERS)
            if role not in whose and place != "desk 0":
                continue  # refused by the route before any filing is looked at, wherever it stands
            allowed = step is not None and role in step.by and role in whose
            if action == "take_up" and not place.startswith("late"):
                allowed = False
            yield Try(role, action, step if allowed else None)


def carry_out(case: Case, one: Try, caller: Caller) -> TestResponse:
    """The request a client of that role would send, with the version as it is: nothing but the step is judged."""
    bodies: dict[str, dict[str, Any]] = {
        "reject": {"reason": "不符"},
        "return": {"reason": "不清楚"},
        "edit": {"form": {"place": f"江州 {next(_numbers)} 号"}, "reason": "核对过证明"},
        "assist": {"reason": "本人来电请学校代改"},
    }
    own = "/my" if one.action in MINE else ""
    version = filed.row(case.world, case.filing).version
    path = f"{own}/filings/{case.filing}/{one.action.replace('_', '-')}"
    return caller.act(path, bodies.get(one.action, {}), etag=f'"{version}"')


@pytest.mark.parametrize("stages", ORDERS, ids="-".join)
@pytest.mark.parametrize("way", [Way.FORM, Way.ENTRY])
def test_what_is_declared_of_a_filing_happens_and_nothing_else_does(
    services: Services, calling: Calling, monkeypatch: pytest.MonkeyPatch, way: Way, stages: tuple[str, ...]
) -> None:
    kind = kind_of(way)
    monkeypatch.setitem(KINDS, kind.name, kind)  # a further kind, as a file would add it
    world = make_world(services, code="18888", stages={"*": list(stages)})
    counsellor = make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0])
    offices = {
        Role.COUNSELLOR: counsellor,
        Role.COLLEGE: world.college_office,
        Role.SCHOOL: world.school_office,
    }
    callers: dict[Any, Caller] = {}

    def caller(actor: Actor) -> Caller:
        return callers.setdefault(actor.id, calling(actor))

    done = set()
    for place in places(way, stages):
        case = make_case(world, way, stages, offices, place)
        before, declared = case.everything(), []
        for one in tries(case, place):
            if one.step is not None:
                declared.append(one)
                continue
            answer = carry_out(case, one, caller(case.actors[one.role]))
            assert answer.status_code == 200 or 400 <= answer.status_code < 500, (place, one, answer.get_data())
            assert case.everything() == before, (place, one)  # 200: a second click
        for one in declared:
            assert one.step is not None
            fresh = make_case(world, way, stages, offices, place)
            answer = carry_out(fresh, one, caller(fresh.actors[one.role]))
            assert answer.status_code in (200, 204), (place, one, answer.get_data())
            assert filed.row(world, fresh.filing).state == one.step.target, (place, one)
            done.add((one.step.action, one.step.source))
    steps = {(step.action, step.source) for step in review_machine(way, stages).steps if step.action != "draft"}
    assert done == steps, "every declared step of these levels has been executed"
    assert_invariants(services)
