"""作废 and 补充信息 of a registered destination."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text, update

from app.access import Actor
from app.codes.tables import tables
from app.models import Claim, School
from app.problems import Invalid, NotFound, NotNow, Stale
from app.queries import filing_pages
from app.schemas.completion import open_fields
from app.workflows import voiding
from tests import factories, filed
from tests.factories import World, make_graduate
from tests.support import assert_invariants, refusal


def study() -> dict[str, object]:
    return {
        "kind": tables()["study_kind"].entries[0].code,
        "university": "浙江大学",
        "study_mode": tables()["study_mode"].entries[0].code,
    }


@pytest.fixture
def registered(world: World) -> tuple[World, Actor]:
    """A graduate whose destination is registered."""
    filed.open_modules(world)
    graduate = make_graduate(world)
    made = filed.draft(world, graduate, "other_destination", study(), variant="study_domestic")
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    return world, graduate


def void(world: World, graduate: Actor, seen: int | None = None) -> None:
    claim = factories.claim_of(world, graduate)
    with world.services.db.transaction() as connection:
        voiding.void(connection, graduate, claim.id, seen=seen or claim.version, reason="改签单位")


def settings(world: World, **values: Any) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(update(School).values(**values))


def report(world: World) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(update(Claim).values(reported_on=text("current_date")))


def test_a_destination_is_voided_at_once_and_the_lane_is_free(registered: tuple[World, Actor]) -> None:
    world, graduate = registered
    sent = factories.send(world, graduate)
    void(world, graduate)
    void(world, graduate)  # a second click
    assert factories.claim_of(world, graduate).state == "voided"
    factories.accept(world, graduate, sent)
    assert_invariants(world.services)


@pytest.mark.parametrize(
    ("setting", "reported", "at_once"),
    [("never", True, True), ("reported", False, True), ("reported", True, False), ("always", False, False)],
)
def test_whether_it_is_reviewed_is_the_schools_setting(
    registered: tuple[World, Actor], setting: str, reported: bool, at_once: bool
) -> None:
    world, graduate = registered
    settings(world, void_review=setting)
    if reported:
        report(world)
    if at_once:
        void(world, graduate)
    else:
        with pytest.raises(NotNow, match="要经过学校审核"):
            void(world, graduate)
    assert factories.claim_of(world, graduate).state == ("voided" if at_once else "effective")


def test_what_was_reported_is_voided_by_review(registered: tuple[World, Actor]) -> None:
    world, graduate = registered
    with pytest.raises(NotNow, match="直接作废"):
        filed.draft(world, graduate, "destination_void")
    report(world)
    made = filed.draft(world, graduate, "destination_void", {"reason": "考上了公务员"})
    filed.submit(world, graduate, made)
    assert factories.claim_of(world, graduate).state == "effective"
    filed.approve(world, made)
    assert factories.claim_of(world, graduate).state == "voided"
    assert_invariants(world.services)


def test_a_signing_is_not_voided(world: World) -> None:
    graduate = make_graduate(world)
    factories.sign(world, graduate)
    with pytest.raises(NotNow, match="解约"):
        void(world, graduate)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE graduate SET base_state = 'changed'", "请先重新核对确认"),
        ("UPDATE module SET opens_at = now() - interval '2 days', closes_at = now()", "学校已关闭这项填报"),
    ],
)
def test_it_is_asked_of_voiding_what_is_asked_of_every_act(
    registered: tuple[World, Actor], change: str, sentence: str
) -> None:
    world, graduate = registered
    with world.services.db.transaction() as connection:
        connection.execute(text(change))
    with pytest.raises(NotNow, match=sentence):
        void(world, graduate)
    with world.services.db.reading() as connection:
        made = filed.filings_of(world, graduate)[0]
        page = filing_pages.own(world.services.settings, filing_pages.read(connection, graduate, made), graduate)
    (offered,) = [action for action in page["actions"] if action["action"] == "void"]
    assert not offered["possible"] and sentence in offered["reason"]


def test_nobody_voids_what_is_anothers(registered: tuple[World, Actor]) -> None:
    world, graduate = registered
    claim = factories.claim_of(world, graduate)
    for stranger in (make_graduate(world), world.employer):
        with pytest.raises(NotFound), world.services.db.transaction() as connection:
            voiding.void(connection, stranger, claim.id, seen=claim.version, reason="改签单位")


def test_an_outdated_page_does_not_void(registered: tuple[World, Actor]) -> None:
    world, graduate = registered
    with pytest.raises(Stale):
        void(world, graduate, seen=1)


def test_missing_fields_are_completed_without_voiding(registered: tuple[World, Actor]) -> None:
    world, graduate = registered
    claim = factories.claim_of(world, graduate)
    assert "major" in open_fields("study_domestic", claim.form)
    made = filed.draft(world, graduate, "completion", {"major": "计算机科学与技术"})
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    after = factories.claim_of(world, graduate)
    assert after.form == {**claim.form, "major": "计算机科学与技术"}
    assert (after.id, after.state, after.destination_code) == (claim.id, "effective", claim.destination_code)
    assert_invariants(world.services)


def test_nothing_that_was_reviewed_is_changed_by_completing(registered: tuple[World, Actor]) -> None:
    world, graduate = registered
    made = filed.draft(world, graduate, "completion", {"university": "复旦大学"})
    with pytest.raises(Invalid):
        filed.submit(world, graduate, made)


def test_what_completes_is_judged_again_when_it_is_approved(registered: tuple[World, Actor]) -> None:
    world, graduate = registered
    made = filed.draft(world, graduate, "completion", {"major": "计算机科学与技术"})
    filed.submit(world, graduate, made)
    filed.decide(world, world.college_office, made)
    with world.services.db.transaction() as connection:
        connection.execute(text("""UPDATE claim SET form = form || '{"major": "软件工程"}'"""))
    with pytest.raises(NotNow, match="已有变化"):
        filed.decide(world, world.school_office, made)
    assert factories.claim_of(world, graduate).form["major"] == "软件工程"


def test_what_is_still_reviewed_is_taken_back_and_not_voided(world: World) -> None:
    filed.open_modules(world)
    graduate = make_graduate(world)
    filed.submit(world, graduate, filed.draft(world, graduate, "other_destination", study(), variant="study_domestic"))
    claim = factories.claim_of(world, graduate)
    problem = refusal(
        world.services, lambda c: voiding.void(c, graduate, claim.id, seen=claim.version, reason="另有去处")
    )
    assert "还在审核" in problem.detail and not problem.overtaken
