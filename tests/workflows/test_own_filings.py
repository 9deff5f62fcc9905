"""A graduate's own filings: drafted, handed in, taken back, returned, corrected, decided; and the lane meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.access import Role
from app.models import ModuleName, Verdict
from app.problems import Invalid, LaneHeld, NotFound, NotNow, Stale
from app.workflows import decision
from tests import factories, filed
from tests.factories import World, make_graduate, make_staff
from tests.support import assert_invariants


@pytest.fixture
def open_world(world: World) -> World:
    filed.open_modules(world)
    return world


def study(world: World) -> dict[str, object]:
    from app.codes.tables import tables

    return {
        "kind": tables()["study_kind"].entries[0].code,
        "university": "浙江大学",
        "study_mode": tables()["study_mode"].entries[0].code,
    }


def test_a_destination_is_drafted_handed_in_and_approved(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    assert filed.row(open_world, made).state == "draft"
    filed.submit(open_world, graduate, made)
    claim = factories.claim_of(open_world, graduate)
    assert (claim.state, claim.id) == ("in_review", filed.row(open_world, made).claim_id)
    filed.approve(open_world, made)
    claim = factories.claim_of(open_world, graduate)
    assert (claim.state, claim.destination_code, claim.title) == ("effective", "801", "境内升学 · 浙江大学")
    assert claim.form["university"] == "浙江大学"
    assert_invariants(open_world.services)


def test_what_is_taken_back_or_returned_holds_nothing_and_takes_the_lane_again(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    filed.submit(open_world, graduate, made)
    filed.withdraw(open_world, graduate, made)
    assert factories.claim_of(open_world, graduate).state == "failed"
    filed.submit(open_world, graduate, made)
    filed.decide(open_world, open_world.college_office, made, Verdict.RETURN)
    assert (filed.row(open_world, made).state, factories.claim_of(open_world, graduate).state) == ("returned", "failed")
    filed.submit(open_world, graduate, made)
    assert (filed.row(open_world, made).round, factories.claim_of(open_world, graduate).state) == (2, "in_review")
    with open_world.services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM claim")) == 1
    assert_invariants(open_world.services)


def test_a_second_destination_may_be_drafted_but_not_handed_in(open_world: World) -> None:
    graduate = make_graduate(open_world)
    sent = factories.send(open_world, graduate)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    factories.accept(open_world, graduate, sent)
    with pytest.raises(LaneHeld) as caught:
        filed.submit(open_world, graduate, made)
    assert "正在审核" in caught.value.detail
    assert_invariants(open_world.services)


def test_an_invitation_is_not_accepted_beside_a_destination(open_world: World) -> None:
    graduate = make_graduate(open_world)
    sent = factories.send(open_world, graduate)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    filed.submit(open_world, graduate, made)
    with pytest.raises(LaneHeld):
        factories.accept(open_world, graduate, sent)


def test_nothing_is_begun_in_a_module_that_is_not_open(world: World) -> None:
    graduate = make_graduate(world)
    with pytest.raises(NotNow, match="尚未启用"):
        filed.draft(world, graduate, "other_destination", variant="study_domestic")
    filed.open_modules(world, ModuleName.DESTINATION)
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE module SET opens_at = now() - interval '2 days', closes_at = now()"))
    with pytest.raises(NotNow, match="已关闭"):
        filed.draft(world, graduate, "other_destination", variant="study_domestic")


def test_an_incomplete_form_is_refused_with_every_fault(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "other_destination", variant="study_domestic")
    with pytest.raises(Invalid) as caught:
        filed.submit(open_world, graduate, made)
    pointers = {error["pointer"] for error in caught.value.extra["errors"]}
    assert {"/form/kind", "/form/university"} <= pointers
    assert any(pointer.startswith("/files/") for pointer in pointers)
    assert filed.row(open_world, made).state == "draft"


def test_a_desk_may_correct_what_was_filed_and_both_see_what_changed(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    filed.submit(open_world, graduate, made)
    seen = filed.row(open_world, made).version
    with open_world.services.db.transaction() as connection:
        decision.edit(
            connection,
            open_world.college_office,
            made,
            seen=seen,
            variant="study_domestic",
            form={**study(open_world), "university": "复旦大学"},
            reason="录取通知书是复旦大学",
            sealer=open_world.sealer,
        )
    with open_world.services.db.reading() as connection:
        facts = connection.scalar(text("SELECT facts FROM event WHERE name = 'filing.edited'"))
    assert facts["changes"] == [{"key": "university", "label": "录取院校", "before": "浙江大学", "after": "复旦大学"}]
    filed.approve(open_world, made)
    assert factories.claim_of(open_world, graduate).form["university"] == "复旦大学"


def test_a_draft_is_its_makers_alone(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    for stranger in (open_world.college_office, open_world.school_office, make_graduate(open_world)):
        with pytest.raises(NotFound):
            filed.submit(open_world, stranger, made)


def test_who_filed_for_a_graduate_does_not_approve_it(open_world: World) -> None:
    graduate = make_graduate(open_world, confirmed=False)
    office = open_world.college_office
    made = filed.draft(
        open_world, office, "other_destination", study(open_world), variant="study_domestic", graduate=graduate
    )
    filed.submit(open_world, office, made)
    assert filed.row(open_world, made).filed_by == office.id
    with pytest.raises(NotNow, match="另一位老师"):
        filed.decide(open_world, office, made)
    colleague = make_staff(open_world, Role.COLLEGE, "苏老师", college_id=open_world.colleges[0])
    filed.decide(open_world, colleague, made)
    filed.decide(open_world, open_world.school_office, made)
    assert factories.claim_of(open_world, graduate).state == "effective"


def test_what_lies_past_its_time_may_be_taken_up_by_the_next_level(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    filed.submit(open_world, graduate, made)

    def take_up() -> None:
        seen = filed.row(open_world, made).version
        with open_world.services.db.transaction() as connection:
            decision.take_up(connection, open_world.school_office, made, seen=seen)

    with pytest.raises(NotNow, match="还没有超过审核时限"):
        take_up()
    with open_world.services.db.transaction() as connection:
        connection.execute(text("UPDATE filing SET due_on = current_date - 10"))
    take_up()
    assert filed.row(open_world, made).state == "school_review"
    filed.decide(open_world, open_world.school_office, made)
    assert factories.claim_of(open_world, graduate).state == "effective"
    assert_invariants(open_world.services)


def test_who_acts_on_an_old_version_is_told_what_happened_meanwhile(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    filed.submit(open_world, graduate, made)
    seen = filed.row(open_world, made).version
    filed.decide(open_world, open_world.college_office, made)
    with (
        pytest.raises(Stale, match="学院刚刚做了「通过」") as caught,
        open_world.services.db.transaction() as connection,
    ):
        decision.decide(connection, open_world.school_office, made, Verdict.APPROVE, seen=seen)
    assert [(one["by"], one["what"]) for one in caught.value.extra["since"]] == [("学院", "通过")]


def test_a_kind_has_one_draft_and_one_filing_under_review(open_world: World) -> None:
    graduate = make_graduate(open_world)
    first = filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
    assert filed.draft(open_world, graduate, "other_destination", variant="study_domestic") == first
    filed.submit(open_world, graduate, first)
    with pytest.raises(LaneHeld):
        filed.draft(open_world, graduate, "other_destination", study(open_world), variant="study_domestic")
