"""A graduate answers (docs/rules.md, 线上签约 and 同时只有一份)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from app.access import Actor
from app.db import table
from app.documents.clauses import Clause, terms_hash
from app.models import Graduate, Invitation, Verdict
from app.problems import BaseDataUnconfirmed, LaneHeld, NotNow, Stale, TooLate
from app.workflows import invitation
from app.workflows.advance import Move, advance
from app.workflows.machines import INVITATION
from tests import factories
from tests.factories import World, accept, claim_of, decide, filing_of, make_employer, make_graduate, refuse, row, send
from tests.support import events, refusal


def set_graduate(world: World, graduate: Actor, **columns: Any) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(update(Graduate).where(Graduate.id == graduate.graduate_id).values(**columns))


# Accepting ------------------------------------------------------------------------------------------------------------


def test_accepting_takes_the_lane_and_puts_the_filing_on_the_first_desk_in_one_moment(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    claim, paper = claim_of(world, graduate), filing_of(world, graduate)
    assert row(world, sent).state == "accepted"
    assert (claim.state, claim.kind, claim.invitation_id) == ("in_review", "online_signing", sent)
    assert (paper.state, paper.claim_id, paper.round) == ("college_review", claim.id, 1)
    assert events(world.services, sent)[-1] == ("accept", "pending", "accepted")
    assert events(world.services, claim.id) == [("open", "", "in_review")]
    assert events(world.services, paper.id) == [("submit", "", "college_review")]
    assert claim.opened_at == paper.submitted_at, "one statement, one moment"


def test_the_evidence_package_holds_what_was_shown_its_hash_the_time_and_the_factor(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    shown, evidence = row(world, sent), claim_of(world, graduate).evidence
    assert set(evidence) >= {
        "terms", "party", "clauses", "terms_hash", "factor", "accepted_at", "respond_by", "invitation_version",
    }  # fmt: skip
    assert evidence["terms"] == shown.terms
    assert evidence["clauses"] == shown.clauses
    assert evidence["factor"] == "pin"
    assert evidence["invitation_version"] == 1
    text = tuple(Clause(**{**item, "paragraphs": tuple(item["paragraphs"])}) for item in evidence["clauses"])
    assert terms_hash(text) == evidence["terms_hash"] == shown.terms_hash, "the hash is of the very text kept"
    accepted, until = (datetime.fromisoformat(evidence[name]) for name in ("accepted_at", "respond_by"))
    assert accepted < until


def test_an_acceptance_of_another_text_than_the_one_shown_is_refused(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    problem = refusal(
        world.services,
        lambda c: invitation.accept(c, graduate, sent, seen=1, terms_hash="0" * 64, factor="pin"),
    )
    assert isinstance(problem, Stale)
    assert row(world, sent).state == "pending"


def test_a_late_acceptance_is_refused_though_no_sweeper_ran(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    factories.let_deadline_pass(world, sent)
    with pytest.raises(TooLate):
        accept(world, graduate, sent)
    with pytest.raises(TooLate):
        refuse(world, graduate, sent)
    assert row(world, sent).state == "pending", "only the sweeper ends it; the deadline decides without it"


def test_a_deadline_that_passes_between_looking_and_writing_decides_in_the_database(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    with world.services.db.transaction() as connection:
        seen = invitation.load(connection, graduate, sent)
        factories.let_deadline_pass(world, sent)  # another transaction, committed
        assert seen.now < seen.respond_by
        move = Move(INVITATION, table(Invitation), "accept", invitation.situation_of(seen, graduate))
        with pytest.raises(TooLate):
            advance(connection, move)


def test_the_answer_to_an_extended_deadline_counts_against_the_new_one(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate, days=2)
    factories.extend(world, world.employer, sent, 6)
    with pytest.raises(Stale):
        accept(world, graduate, sent, seen=1)
    accept(world, graduate, sent)


def test_a_refusal_keeps_the_reason_and_needs_none(world: World) -> None:
    graduate = make_graduate(world)
    first = send(world, graduate)
    refuse(world, graduate, first, "已有其他安排")
    assert row(world, first).reason == "已有其他安排"
    second = send(world, graduate)
    refuse(world, graduate, second)
    assert row(world, second).reason is None


# Who may answer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [accept, refuse])
@pytest.mark.parametrize(
    ("base_state", "problem", "sentence"),
    [
        ("uploaded", BaseDataUnconfirmed, "请先核对并确认基本信息"),
        ("changed", BaseDataUnconfirmed, "学校更正了你的基本信息"),
        ("deleted", NotNow, "学校已删除你的基本信息"),
    ],
    ids=["uploaded", "changed", "deleted"],
)
def test_without_confirmed_base_data_nobody_answers(
    world: World, answer: Any, base_state: str, problem: type[Exception], sentence: str
) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    set_graduate(world, graduate, base_state=base_state)
    with pytest.raises(problem, match=sentence):
        answer(world, graduate, sent)


@pytest.mark.parametrize("training_mode", ["2", "4"])
def test_a_graduate_who_turns_out_to_be_commissioned_cannot_sign_but_may_refuse(
    world: World, training_mode: str
) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    set_graduate(world, graduate, training_mode=training_mode)
    with pytest.raises(NotNow, match="定向、委培毕业生按协议就业"):
        accept(world, graduate, sent)
    refuse(world, graduate, sent)


# One at a time (同时只有一份) -----------------------------------------------------------------------------------------


def two_invitations(world: World) -> tuple[Actor, Any, Any]:
    graduate = make_graduate(world)
    return graduate, send(world, graduate), send(world, graduate, employer=make_employer(world, "云栖智能科技有限公司"))


def test_a_second_acceptance_is_refused_and_names_what_holds_the_lane(world: World) -> None:
    graduate, first, second = two_invitations(world)
    accept(world, graduate, second)
    with pytest.raises(LaneHeld, match="你已有「云栖智能科技有限公司」，同一时间只能有一份") as caught:
        accept(world, graduate, first)
    holder = caught.value.extra["holder"]
    assert (holder["kind"], holder["title"]) == ("online_signing", "云栖智能科技有限公司")
    assert holder["invitation"] == str(second)


def test_the_other_invitations_become_view_only_and_nothing_declines_them(world: World) -> None:
    graduate, first, second = two_invitations(world)
    before = row(world, first)
    accept(world, graduate, second)
    with pytest.raises(LaneHeld):
        refuse(world, graduate, first)
    assert row(world, first) == before, "untouched: state, version and clock"


def test_the_lane_stays_held_when_the_agreement_is_signed(world: World) -> None:
    graduate, first, second = two_invitations(world)
    accept(world, graduate, second)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    decide(world, world.school_office, graduate, Verdict.APPROVE)
    with pytest.raises(LaneHeld):
        accept(world, graduate, first)


def test_after_a_rejection_the_others_can_be_answered_again(world: World) -> None:
    graduate, first, second = two_invitations(world)
    accept(world, graduate, second)
    decide(world, world.college_office, graduate, Verdict.REJECT, "违约金过高")
    accept(world, graduate, first)
    assert row(world, first).state == "accepted"


def test_after_taking_back_the_others_can_be_answered_again(world: World) -> None:
    graduate, first, second = two_invitations(world)
    accept(world, graduate, second)
    factories.take_back(world, graduate, second)
    refuse(world, graduate, first)
    accept(world, graduate, second)


def test_the_clock_of_a_locked_invitation_goes_on(world: World) -> None:
    graduate, first, second = two_invitations(world)
    accept(world, graduate, second)
    factories.let_deadline_pass(world, first)
    assert factories.expire(world, first)
    decide(world, world.college_office, graduate, Verdict.REJECT, "不符")
    with pytest.raises(NotNow, match="已过截止时间"):
        accept(world, graduate, first)


def test_an_employer_may_extend_and_withdraw_an_invitation_that_is_locked(world: World) -> None:
    graduate, first, second = two_invitations(world)
    accept(world, graduate, second)
    factories.extend(world, world.employer, first, 20)
    factories.withdraw(world, world.employer, first)
    assert row(world, first).state == "withdrawn"
