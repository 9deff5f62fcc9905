"""撤回应约 (docs/rules.md, 线上签约)."""

from __future__ import annotations

import pytest

from app.models import Verdict
from app.problems import NotNow
from app.workflows import decision
from tests import factories
from tests.factories import (
    World,
    accept,
    claim_of,
    decide,
    filing_of,
    make_employer,
    make_graduate,
    row,
    send,
    take_back,
)
from tests.support import assert_invariants, events, refusal


def test_an_acceptance_taken_back_in_time_can_be_given_again(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    claim, paper = claim_of(world, graduate), filing_of(world, graduate)
    take_back(world, graduate, sent)
    assert row(world, sent).state == "pending"
    assert events(world.services, sent)[-1] == ("take_back", "accepted", "pending")
    assert events(world.services, claim.id)[-1] == ("release", "in_review", "failed")
    assert events(world.services, paper.id)[-1] == ("withdraw", "college_review", "withdrawn")
    accept(world, graduate, sent)
    assert claim_of(world, graduate).id != claim.id, "a new claim with evidence of its own"
    assert_invariants(world.services)


def test_an_acceptance_taken_back_past_the_deadline_leaves_the_invitation_expired(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    factories.let_deadline_pass(world, sent)
    take_back(world, graduate, sent)
    assert row(world, sent).state == "expired"
    assert events(world.services, sent)[-1] == ("lapse", "accepted", "expired")
    assert claim_of(world, graduate).state == "failed"
    assert_invariants(world.services)


def test_taking_back_frees_the_lane(world: World) -> None:
    graduate = make_graduate(world)
    first, second = send(world, graduate), send(world, graduate, employer=make_employer(world))
    accept(world, graduate, first)
    take_back(world, graduate, first)
    accept(world, graduate, second)
    assert_invariants(world.services)


def test_after_the_first_decision_nothing_is_taken_back(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    with pytest.raises(NotNow, match="已有一级审核通过，不能再撤回"):
        take_back(world, graduate, sent)
    assert (row(world, sent).state, claim_of(world, graduate).state) == ("accepted", "in_review")


@pytest.mark.parametrize("outcome", [Verdict.APPROVE, Verdict.REJECT])
def test_after_the_end_nothing_is_taken_back(world: World, outcome: Verdict) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    decide(world, world.school_office, graduate, outcome, "不符")
    with pytest.raises(NotNow, match="已经结束，不能再撤回应约"):
        take_back(world, graduate, sent)


def test_an_open_mark_of_a_reviewer_does_not_stop_taking_back(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    with world.services.db.transaction() as connection:
        decision.hold(connection, world.college_office, filing_of(world, graduate).id)
    take_back(world, graduate, sent)


def test_an_office_that_decides_on_what_was_taken_back_is_told_so(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    paper = filing_of(world, graduate)
    take_back(world, graduate, sent)
    problem = refusal(
        world.services,
        lambda c: decision.decide(c, world.college_office, paper.id, Verdict.APPROVE, seen=paper.version),
    )
    assert (problem.code, problem.detail) == ("not_now", "毕业生已撤回，这份材料不用再审。")
