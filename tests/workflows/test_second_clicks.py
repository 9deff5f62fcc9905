"""A second click is answered as success and leaves no second trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from app.access import Actor
from app.models import Document, Event, Review, Verdict
from app.workflows import decision, invitation
from tests import factories
from tests.factories import World, accept, decide, filing_of, make_graduate, make_staff, row, send
from tests.support import assert_invariants, refusal


def traces(world: World) -> tuple[int, int, int]:
    """How many events, decisions and documents there are."""
    with world.services.db.reading() as connection:
        counts = [connection.scalar(select(func.count()).select_from(model)) for model in (Event, Review, Document)]
    return counts[0] or 0, counts[1] or 0, counts[2] or 0


def twice(world: World, act: Callable[[Connection], Any]) -> None:
    """The very same request again, with the version it saw before."""
    with world.services.db.transaction() as connection:
        act(connection)
    after = traces(world)
    with world.services.db.transaction() as connection:
        act(connection)
    assert traces(world) == after
    assert_invariants(world.services)


def test_accepting_twice(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    seen = row(world, sent).terms_hash
    twice(world, lambda c: invitation.accept(c, graduate, sent, seen=1, terms_hash=seen, factor="pin"))


def test_refusing_twice(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    twice(world, lambda c: invitation.refuse(c, graduate, sent, seen=1, reason="太远"))


def test_withdrawing_twice(world: World) -> None:
    sent = send(world, make_graduate(world))
    twice(world, lambda c: invitation.withdraw(c, world.employer, sent, seen=1, reason=None))


@pytest.mark.parametrize("late", [False, True])
def test_taking_back_twice(world: World, late: bool) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    if late:
        factories.let_deadline_pass(world, sent)
    twice(world, lambda c: invitation.take_back(c, graduate, sent, seen=2))


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
def test_deciding_twice(world: World, verdict: Verdict, last: bool) -> None:
    graduate = make_graduate(world)
    accept(world, graduate, send(world, graduate))
    if last:
        decide(world, world.college_office, graduate, Verdict.APPROVE)
    office: Actor = world.school_office if last else world.college_office
    paper = filing_of(world, graduate)
    twice(world, lambda c: decision.decide(c, office, paper.id, verdict, seen=paper.version, reason="不符"))


def test_a_colleague_s_withdrawal_is_not_one_s_own_second_click(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    factories.withdraw(world, world.employer, sent)
    stranger = make_staff(world, world.college_office.role, "李老师", college_id=world.colleges[0])
    colleague = Actor(world.employer.role, stranger.id, "同事", employer_id=world.employer.employer_id)
    problem = refusal(world.services, lambda c: invitation.withdraw(c, colleague, sent, seen=2, reason=None))
    assert (problem.code, problem.extra["state"]) == ("not_now", "withdrawn")


def test_the_opposite_verdict_is_not_a_second_click(world: World) -> None:
    graduate = make_graduate(world)
    accept(world, graduate, send(world, graduate))
    paper = filing_of(world, graduate)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    problem = refusal(
        world.services,
        lambda c: decision.decide(c, world.college_office, paper.id, Verdict.REJECT, seen=paper.version, reason="不符"),
    )
    assert problem.code == "decided_by_other"
