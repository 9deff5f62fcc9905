"""线下签约: data reviewed, agreement printed, stamped pictures reviewed; and every way it can end."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from app.access import Actor
from app.models import ModuleName, Verdict
from app.problems import LaneHeld, NotNow, UnderReview
from app.workflows import agreement, printing
from tests import factories, filed
from tests.documents.tools import text_of
from tests.factories import World, make_graduate
from tests.support import assert_invariants


@pytest.fixture
def open_world(world: World) -> World:
    filed.open_modules(world, ModuleName.DESTINATION)
    return world


def stamped(world: World, graduate: Actor) -> uuid.UUID:
    """The stamped agreement, handed in."""
    made = filed.draft(world, graduate, "stamped_agreement", {})
    filed.submit(world, graduate, made)
    return made


def printed(world: World, claim: uuid.UUID) -> str:
    """What is on paper, without blanks."""
    with world.services.db.transaction() as connection:
        row: Any = printing.ensure_made(
            connection, agreement.Printer(world.services.settings, world.services.store), claim
        )
    assert row.state == "made", row.fault
    return text_of(world.services.store.get(row.sha256))


def test_what_was_approved_is_printed_with_its_number_and_takes_effect_once_stamped(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "offline_agreement", filed.offline_terms(open_world))
    filed.submit(open_world, graduate, made)
    assert factories.claim_of(open_world, graduate).state == "in_review"
    filed.approve(open_world, made)
    claim = factories.claim_of(open_world, graduate)
    assert (claim.state, claim.title) == ("agreement_generated", "杭州江海制造有限公司")
    assert (claim.effective_at, claim.destination_code) == (None, None)
    assert claim.agreement_number[4:10] == "219999"
    filed.approve(open_world, stamped(open_world, graduate))
    after = factories.claim_of(open_world, graduate)
    assert (after.state, after.destination_code, after.form["position"]) == ("effective", "10", "后端开发工程师")
    assert after.agreement_number == claim.agreement_number
    assert_invariants(open_world.services)


def test_what_is_returned_holds_nothing_before_it_is_generated(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "offline_agreement", filed.offline_terms(open_world))
    filed.submit(open_world, graduate, made)
    filed.decide(open_world, open_world.college_office, made, Verdict.RETURN)
    assert factories.claim_of(open_world, graduate).state == "failed"
    filed.submit(open_world, graduate, made)
    filed.withdraw(open_world, graduate, made)
    assert factories.claim_of(open_world, graduate).state == "failed"
    filed.submit(open_world, graduate, made)
    filed.decide(open_world, open_world.college_office, made, Verdict.REJECT)
    claim = factories.claim_of(open_world, graduate)
    assert (claim.state, claim.agreement_number) == ("failed", None)
    assert_invariants(open_world.services)


@pytest.mark.parametrize("back", ["return", "withdraw"])
def test_pictures_that_come_back_leave_the_agreement_as_it_was(open_world: World, back: str) -> None:
    graduate = make_graduate(open_world)
    filed.generated(open_world, graduate)
    made = stamped(open_world, graduate)
    if back == "withdraw":
        filed.withdraw(open_world, graduate, made)
    else:
        filed.decide(open_world, open_world.college_office, made, Verdict.RETURN)
    assert factories.claim_of(open_world, graduate).state == "agreement_generated"
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    assert factories.claim_of(open_world, graduate).state == "effective"
    assert_invariants(open_world.services)


def test_rejected_pictures_end_it_and_everything_is_filled_in_again(open_world: World) -> None:
    graduate = make_graduate(open_world)
    first = filed.generated(open_world, graduate)
    made = stamped(open_world, graduate)
    filed.decide(open_world, open_world.college_office, made, Verdict.REJECT)
    assert factories.claim_of(open_world, graduate).state == "failed"
    second = filed.generated(open_world, graduate)
    assert second != first
    assert factories.claim_of(open_world, graduate).state == "agreement_generated"
    assert_invariants(open_world.services)


def test_a_generated_agreement_holds_the_lane_until_the_school_lets_it_be_void(open_world: World) -> None:
    graduate = make_graduate(open_world)
    filed.generated(open_world, graduate)
    number = factories.claim_of(open_world, graduate).agreement_number
    with pytest.raises(LaneHeld, match="先申请作废协议书"):
        filed.draft(open_world, graduate, "supplement")
    gone = filed.draft(open_world, graduate, "agreement_void", {"reason": "单位取消录用"})
    filed.submit(open_world, graduate, gone)
    assert filed.row(open_world, gone).state == "school_review"
    with pytest.raises(UnderReview):
        stamped(open_world, graduate)
    filed.approve(open_world, gone)
    claim = factories.claim_of(open_world, graduate)
    assert (claim.state, claim.agreement_number) == ("voided", number)
    filed.generated(open_world, graduate)
    assert factories.claim_of(open_world, graduate).agreement_number != number
    assert_invariants(open_world.services)


def test_a_refused_wish_to_void_leaves_the_agreement_as_it_was(open_world: World) -> None:
    graduate = make_graduate(open_world)
    filed.generated(open_world, graduate)
    gone = filed.draft(open_world, graduate, "agreement_void", {"reason": "单位取消录用"})
    filed.submit(open_world, graduate, gone)
    filed.decide(open_world, open_world.school_office, gone, Verdict.REJECT)
    assert factories.claim_of(open_world, graduate).state == "agreement_generated"
    filed.approve(open_world, stamped(open_world, graduate))
    assert_invariants(open_world.services)


def test_nothing_is_sent_back_stamped_before_it_was_generated(open_world: World) -> None:
    graduate = make_graduate(open_world)
    with pytest.raises(NotNow, match="没有可以办理"):
        filed.draft(open_world, graduate, "stamped_agreement")
    made = filed.draft(open_world, graduate, "offline_agreement", filed.offline_terms(open_world))
    filed.submit(open_world, graduate, made)
    with pytest.raises(NotNow):
        filed.draft(open_world, graduate, "stamped_agreement")


def test_a_draft_about_an_agreement_that_is_gone_serves_the_next_one(open_world: World) -> None:
    graduate = make_graduate(open_world)
    filed.generated(open_world, graduate)
    left = filed.draft(open_world, graduate, "stamped_agreement", {})
    gone = filed.draft(open_world, graduate, "agreement_void", {"reason": "单位取消录用"})
    filed.submit(open_world, graduate, gone)
    filed.approve(open_world, gone)
    claim = filed.generated(open_world, graduate)
    assert stamped(open_world, graduate) == left
    assert filed.row(open_world, left).claim_id == claim
    assert_invariants(open_world.services)


def test_the_paper_says_whose_it_is_and_that_nothing_holds_yet(open_world: World) -> None:
    graduate = make_graduate(open_world, name="张𠮷㙍")
    claim = filed.generated(open_world, graduate)
    paper = printed(open_world, claim)
    number = factories.claim_of(open_world, graduate).agreement_number
    for words in (
        "张𠮷㙍",
        number[10:],
        "线下签约",
        "待签字盖章",
        "甲方（用人单位公章）",
        "乙方（毕业生）",
        "由甲方出具解约函",
    ):
        assert words in paper
    assert "双方签字盖章并经学校审核通过后才生效" in paper
    assert "操作码" not in paper
    with open_world.services.db.reading() as connection:
        evidence = connection.scalar(text("SELECT evidence FROM claim WHERE id = :id"), {"id": claim})
    assert len(evidence["terms_hash"]) == 64
