"""Every declared step of 线上解约 is executed, and every undeclared (state, action, role) tried, over HTTP.

What is declared, guards and all, is read from the machine; that the machine is right is shown by a table in
tests/workflows/test_terminations.py.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.access import Actor, Role
from app.problems import Problem
from app.workflows import termination
from app.workflows.machine import NOTHING
from app.workflows.termination_machine import HELP_AFTER, TERMINATION
from tests import factories
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import PIN, World, make_graduate, make_staff
from tests.support import assert_invariants

ACTIONS = tuple(dict.fromkeys(step.action for step in TERMINATION.steps if step.source != NOTHING))
BODIES: dict[str, dict[str, Any]] = {
    "accept": {"pin": PIN},
    "settle": {"outcome": "agreed", "note": "已电话联系双方"},
    "settle_refused": {"outcome": "refused", "note": "已电话联系双方"},
}
ROUTES = {"ask_help": "ask-help", "settle_refused": "settle"}


@dataclass(frozen=True)
class Case:
    """A termination somewhere on its way, and everyone around it."""

    world: World
    id: uuid.UUID
    actors: dict[str, Actor]

    def everything(self) -> list[Any]:
        query = text("""
            SELECT 't', id::text, state, version, help_asked_at FROM termination WHERE id = :t
            UNION ALL SELECT 'c', c.id::text, c.state, c.version, NULL FROM claim c JOIN termination t
                ON t.claim_id = c.id WHERE t.id = :t
            UNION ALL SELECT 'f', f.id::text, f.state, f.version, NULL FROM filing f JOIN termination t
                ON t.filing_id = f.id WHERE t.id = :t
            UNION ALL SELECT 'e', '', '', count(*), NULL FROM event e JOIN termination t USING (graduate_id)
                WHERE t.id = :t ORDER BY 1, 2
        """)
        with self.world.services.db.reading() as connection:
            return list(connection.execute(query, {"t": self.id}).all())

    def declared(self, who: str, action: str) -> bool:
        """What the machine says, as whoever may read the termination."""
        actor = self.actors[who]
        with self.world.services.db.reading() as connection:
            try:
                row = termination.load(connection, actor, self.id)
                TERMINATION.permit(action, termination.situation_of(row, actor))
            except Problem:
                return False
        return True


# How each place is reached: who does what after it was asked for; ``wait`` lets the days pass.
PLACES: dict[str, tuple[tuple[str, str], ...]] = {
    "pending": (),
    "waited": (("", "wait"),),
    "asked for help": (("", "wait"), ("starter", "ask_help")),
    "accepted": (("other", "accept"),),
    "refused": (("other", "refuse"),),
    "cancelled": (("starter", "cancel"),),
    "settled": (("", "wait"), ("starter", "ask_help"), ("school", "settle")),
    "dismissed": (("", "wait"), ("starter", "ask_help"), ("school", "settle_refused")),
}


def make_case(world: World, people: dict[str, Actor], started_by: Role, place: str) -> Case:
    graduate = make_graduate(world)
    factories.sign(world, graduate)
    both = (graduate, world.employer)
    starter, other = both if started_by is Role.GRADUATE else both[::-1]
    made = factories.ask_to_end(world, starter, graduate)
    strangers = {"another graduate": people["another graduate"], "another employer": people["another employer"]}
    offices = {name: people[name] for name in ("counsellor", "college", "school")}
    case = Case(world, made, {"starter": starter, "other": other, **offices, **strangers})
    for who, action in PLACES[place]:
        with world.services.db.transaction() as connection:
            if action == "wait":
                past = {"span": HELP_AFTER + timedelta(hours=1), "id": made}
                connection.execute(text("UPDATE termination SET created_at = created_at - :span WHERE id = :id"), past)
            else:
                workflow(connection, case.actors[who], made, action)
    return case


def workflow(connection: Any, actor: Actor, made: uuid.UUID, action: str) -> None:
    seen = connection.scalar(text("SELECT version FROM termination WHERE id = :id"), {"id": made})
    if action.startswith("settle"):
        termination.settle(connection, actor, made, seen=seen, agreed=action == "settle", note="已联系双方")
    else:
        getattr(termination, action)(connection, actor, made, seen=seen)


def carry_out(case: Case, action: str, caller: Caller) -> TestResponse:
    with case.world.services.db.reading() as connection:
        version = connection.scalar(text("SELECT version FROM termination WHERE id = :id"), {"id": case.id})
    path = f"/terminations/{case.id}/{ROUTES.get(action, action)}"
    return caller.act(path, BODIES.get(action, {}), etag=f'"{version}"')


@pytest.mark.parametrize("started_by", [Role.GRADUATE, Role.EMPLOYER], ids=lambda role: role.value)
def test_what_is_declared_of_a_termination_happens_and_nothing_else_does(
    world: World, calling: Calling, started_by: Role
) -> None:
    people = {
        "counsellor": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        "college": world.college_office,
        "school": world.school_office,
        "another graduate": make_graduate(world),
        "another employer": factories.make_employer(world),
    }
    callers: dict[Any, Caller] = {}

    def caller(actor: Actor) -> Caller:
        return callers.setdefault(actor.id, calling(actor))

    done = set()
    for place in PLACES:
        case = make_case(world, people, started_by, place)
        before, declared = case.everything(), []
        for who, actor in case.actors.items():
            for action in ACTIONS:
                if case.declared(who, action):
                    declared.append((who, action))
                    continue
                answer = carry_out(case, action, caller(actor))
                assert answer.status_code == 200 or 400 <= answer.status_code < 500, (place, who, action)
                assert case.everything() == before, (place, who, action)  # 200: a second click
        for who, action in declared:
            fresh = make_case(world, people, started_by, place)
            answer = carry_out(fresh, action, caller(fresh.actors[who]))
            assert answer.status_code == 200, (place, who, action, answer.get_json())
            (step,) = [step for step in TERMINATION.steps if step.action == action and step.source != NOTHING]
            assert answer.get_json()["state"] == step.target, (place, who, action)
            done.add((step.action, step.source))
    assert done == {(step.action, step.source) for step in TERMINATION.steps if step.source != NOTHING}
    assert_invariants(world.services)
