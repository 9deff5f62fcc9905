"""Every declared step of a filing is executed, and every undeclared (state, action, role) tried, over HTTP.

For all ways of review, every order of levels, and whoever may file: the graduate, or an office on a graduate's behalf.
As with signings (test_explorer.py) what is declared is read from the machines; here it is shown that the API does what
they declare, and nothing else.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.access import REVIEWERS, Actor, Role
from app.models import Lane, Verdict
from app.schemas import inputs
from app.schemas.form import Form, Section
from app.services import Services
from app.workflows import destination, filing, filing_rows
from app.workflows.advance import Opening, advance
from app.workflows.claim_machine import CLAIM
from app.workflows.filing_guards import another_person
from app.workflows.filing_machine import DESKS, ORDERS, Way, review_machine
from app.workflows.guards import base_in_order, lane_free
from app.workflows.kind import Kind, Words
from app.workflows.kinds import KINDS
from app.workflows.machine import NOTHING, Situation, Step
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
        by=() if way is Way.CONSENT else (Role.GRADUATE, *REVIEWERS),
    )


@dataclass(frozen=True)
class Case:
    """A filing somewhere on its way, and everyone around it. ``filer`` made it; the desks are other people."""

    world: World
    filing: uuid.UUID
    way: Way
    stages: tuple[str, ...]
    actors: dict[str, Actor]

    @property
    def graduate(self) -> Actor:
        return self.actors["graduate"]

    def everything(self) -> list[Any]:
        """Whatever an act would change: versions, states and the number of events of this graduate."""
        query = text("""
            SELECT 'c', id::text, state, version FROM claim WHERE graduate_id = :g
            UNION ALL SELECT 'f', id::text, state, version FROM filing WHERE graduate_id = :g
            UNION ALL SELECT 'e', '', '', count(*) FROM event WHERE graduate_id = :g ORDER BY 1, 2
        """)
        with self.world.services.db.reading() as connection:
            return list(connection.execute(query, {"g": self.graduate.graduate_id}).all())


def places(way: Way, stages: tuple[str, ...]) -> list[str]:
    """Where a filing of these levels can stand; ``desk N`` is on the Nth, ``late N`` there past its time."""
    found = ["approved", "rejected", *(f"desk {number}" for number in range(len(stages)))]
    found += [f"late {number}" for number in range(len(stages) - 1)]
    if way is not Way.CONSENT:
        found += ["draft", "discarded"]
    return [*found, "returned", "given up"] if way is Way.FORM else found


def agreed(world: World, kind: Kind, graduate: Actor) -> uuid.UUID:
    """What two parties agree on comes straight to the first desk, with the claim that it is about."""
    claim = uuid.uuid4()
    with world.services.db.transaction() as connection:
        assert graduate.graduate_id is not None
        person = filing_rows.person(connection, graduate, graduate.graduate_id)
        row = SimpleNamespace(**{**person._mapping, "stages": person.level_settings})
        situation = Situation(row, graduate, row.now, filing_rows.situation_of(person, graduate).around)
        paper = filing.opening(kind, situation, claim_id=claim, form={"place": "江州"})
        values = {name: paper.values[name] for name in ("school_id", "class_year", "graduate_id", "kind", "form")}
        values |= {"id": claim, "title": "江州"}
        advance(connection, Opening(CLAIM, destination.CLAIM_TABLE, "open", graduate, values), paper)
    return uuid.UUID(str(paper.values["id"]))


def make_case(world: World, way: Way, stages: tuple[str, ...], people: dict[str, Actor], place: str) -> Case:
    """A filing brought there through the workflows."""
    graduate = make_graduate(world)
    filer = people.get("filer", graduate)
    word, _, number = place.partition(" ")
    if way is Way.CONSENT:
        made = agreed(world, kind_of(way), graduate)
    else:
        made = filed.draft(world, filer, kind_of(way).name, {"place": "江州"}, graduate=graduate)
        if word not in ("draft", "discarded"):
            filed.submit(world, filer, made)
    for stage in stages if word == "approved" else stages[: int(number) if number.isdigit() else 0]:
        filed.decide(world, people[stage], made)
    first = people[stages[0]]
    if word in ("returned", "given"):
        filed.decide(world, first, made, Verdict.RETURN)
    if word == "rejected":
        filed.decide(world, first, made, Verdict.REJECT)
    if word in ("discarded", "given"):
        filed.discard(world, filer, made)
    if word == "late":
        with world.services.db.transaction() as connection:
            connection.execute(text("UPDATE filing SET due_on = current_date - 20 WHERE id = :id"), {"id": made})
    return Case(world, made, way, stages, {**people, "graduate": graduate, "employer": world.employer})


@dataclass(frozen=True)
class Try:
    """An action by somebody, as one request; ``step`` is what the machine declares of it, None where nothing."""

    who: str
    action: str
    step: Step | None


MINE = ("submit", "withdraw", "discard")
DESK = ("approve", "reject", "return", "edit", "take_up", "assist")


def tries(case: Case, place: str) -> Iterator[Try]:
    """Every action by everybody who can sign in."""
    state = filed.row(case.world, case.filing).state
    machine = review_machine(case.way, case.stages)
    for who, actor in case.actors.items():
        for action in MINE + DESK:
            step = next((s for s in machine.steps if (s.source, s.action) == (state, action)), None)
            if place != "desk 0" and (who == "employer" or (who == "graduate" and action in DESK)):
                continue  # refused by the route before any filing is looked at, wherever it stands
            allowed = step is not None and actor.role in step.by and may(who, step)
            if (action in MINE and case.way is Way.CONSENT) or (action == "take_up" and not place.startswith("late")):
                allowed = False
            yield Try(who, action, step if allowed else None)


def may(who: str, step: Step) -> bool:
    """Whether it is theirs: the graduate and whoever filed hand in and take back; the desks decide, but nobody what one
    filed oneself."""
    if step.action in MINE:
        return who in ("graduate", "filer")
    return who in DESKS or (who == "filer" and another_person not in step.guards)


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


TWO = ("college", "school")
CASES = [
    *((way, stages, None) for way in Way for stages in ORDERS),
    *((way, TWO, role) for way in (Way.FORM, Way.ENTRY) for role in REVIEWERS),
]


@pytest.mark.parametrize(
    ("way", "stages", "filer"), CASES, ids=[f"{way}-{'-'.join(stages)}-by-{who}" for way, stages, who in CASES]
)
def test_what_is_declared_of_a_filing_happens_and_nothing_else_does(
    services: Services,
    calling: Calling,
    monkeypatch: pytest.MonkeyPatch,
    way: Way,
    stages: tuple[str, ...],
    filer: Role | None,
) -> None:
    kind = kind_of(way)
    monkeypatch.setitem(KINDS, kind.name, kind)  # a further kind, as a file would add it
    world = make_world(services, code="18888", stages={"*": list(stages)})
    college = world.colleges[0]
    people = {
        stage: make_staff(world, role, "吴老师", college_id=None if role is Role.SCHOOL else college)
        for stage, (_, role) in DESKS.items()
    }
    if filer is not None:
        people["filer"] = make_staff(world, filer, "苏老师", college_id=None if filer is Role.SCHOOL else college)
    callers: dict[Any, Caller] = {}

    def caller(actor: Actor) -> Caller:
        return callers.setdefault(actor.id, calling(actor))

    done = set()
    for place in places(way, stages):
        case = make_case(world, way, stages, people, place)
        before, declared = case.everything(), []
        for one in tries(case, place):
            if one.step is not None:
                declared.append(one)
                continue
            answer = carry_out(case, one, caller(case.actors[one.who]))
            assert answer.status_code == 200 or 400 <= answer.status_code < 500, (place, one, answer.get_json())
            assert case.everything() == before, (place, one)  # 200: a second click
        for one in declared:
            assert one.step is not None
            fresh = make_case(world, way, stages, people, place)
            answer = carry_out(fresh, one, caller(fresh.actors[one.who]))
            assert answer.status_code in (200, 204), (place, one, answer.get_json())
            assert filed.row(world, fresh.filing).state == one.step.target, (place, one)
            done.add((one.who, one.step.action, one.step.source))
    assert done == wanted(way, stages, filer), "every declared step of these levels has been executed by all its roles"
    assert_invariants(services)


def wanted(way: Way, stages: tuple[str, ...], filer: Role | None) -> set[tuple[str, str, str]]:
    """``(who, action, source)`` of every declared step but the first. An agreement is taken back with its invitation
    (test_explorer.py)."""
    roles = {"graduate": Role.GRADUATE} | {stage: role for stage, (_, role) in DESKS.items()}
    if filer is not None:
        roles["filer"] = filer
    return {
        (who, step.action, step.source)
        for step in review_machine(way, stages).steps
        for who, role in roles.items()
        if step.source != NOTHING
        and role in step.by
        and may(who, step)
        and not (way is Way.CONSENT and step.action in MINE)
    }
