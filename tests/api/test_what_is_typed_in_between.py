"""What a graduate has typed and not handed in, right or wrong, breaks no page; and what a desk may not make of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from app.access import Actor
from app.models import Claim, Graduate, Verdict
from app.problems import NotNow
from tests import factories, filed
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.factories import PIN, World, make_graduate
from tests.schemas.samples import SOUND

STUDY = SOUND["study_domestic"]


@pytest.fixture
def graduate(world: World) -> Actor:
    filed.open_modules(world)
    return make_graduate(world)


def registered(world: World, graduate: Actor) -> Any:
    """The claim of a registered 境内升学."""
    made = filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    return factories.claim_of(world, graduate)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("report_on", "下个月"),
        ("report_on", "2026-13"),
        ("report_on", "2026-aa-bb"),
        ("report_on", 5),
        ("archive_receiver", "档案室"),
        ("regular_pay_cents", "面议"),
        ("regular_pay_cents", 10**18),
        ("employer_name", True),
    ],
)
def test_a_draft_keeps_anything_and_its_pages_open(
    world: World, calling: Calling, graduate: Actor, name: str, value: object
) -> None:
    made = filed.draft(world, graduate, "offline_agreement", filed.offline_terms(world))
    mine = calling(graduate)
    form = {**filed.row(world, made).form, name: value}
    saved = mine.on(f"/my/filings/{made}", "save", {"form": form, "files": {}})
    assert saved.get_json()["editor"]["values"][name] == value
    for path in (f"/my/filings/{made}", "/my/filings", "/home"):
        assert mine.get(path).status_code == 200, path


def test_what_is_typed_into_a_returned_filing_breaks_no_desk_s_list(
    world: World, calling: Calling, graduate: Actor
) -> None:
    made = filed.draft(world, graduate, "offline_agreement", filed.offline_terms(world))
    filed.submit(world, graduate, made)
    filed.decide(world, world.college_office, made, Verdict.RETURN)
    form = {**filed.row(world, made).form, "regular_pay_cents": "面议"}
    assert calling(graduate).on(f"/my/filings/{made}", "save", {"form": form, "files": {}}).status_code == 200
    desk = calling(world.college_office)
    (line,) = desk.get("/reviews?decided=mine").get_json()["items"]
    assert (line["title"], line["line"]) == ("杭州江海制造有限公司", "")
    assert desk.get(f"/filings/{made}").get_json()["line"] == ""


def test_what_was_taken_back_again_says_nothing_of_its_draft_to_who_returned_it(
    world: World, calling: Calling, graduate: Actor
) -> None:
    made = filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")
    filed.submit(world, graduate, made)
    filed.decide(world, world.college_office, made, Verdict.RETURN)
    filed.submit(world, graduate, made)
    filed.withdraw(world, graduate, made)
    form = {**STUDY, "university": "复旦大学"}
    saved = calling(graduate).on(f"/my/filings/{made}", "save", {"variant": "study_domestic", "form": form})
    assert saved.get_json()["title"] == "境内升学 · 复旦大学"
    (line,) = calling(world.college_office).get("/reviews?decided=mine").get_json()["items"]
    assert line["title"] == "其他去向登记"


@pytest.mark.parametrize("variant", [None, "bogus", "freelance"])
def test_what_completes_a_destination_is_of_its_type_whatever_is_asked(
    world: World, calling: Calling, graduate: Actor, variant: str | None
) -> None:
    registered(world, graduate)
    made = filed.draft(world, graduate, "completion")
    mine, desk = calling(graduate), calling(world.college_office)
    saved = mine.on(f"/my/filings/{made}", "save", {"variant": variant, "form": {"remark": "九月入学"}})
    assert (saved.status_code, saved.get_json()["variant"]) == (200, "study_domestic")
    filed.submit(world, graduate, made)
    assert desk.get(f"/filings/{made}/editor?variant={variant or 'none'}").status_code == 200
    body = {"variant": variant, "form": {"remark": "2026 年 9 月入学"}, "reason": "按通知书"}
    assert desk.on(f"/filings/{made}", "edit", body).get_json()["variant"] == "study_domestic"


def test_a_desk_corrects_nothing_into_a_type_that_is_not_the_graduate_s(
    world: World, calling: Calling, graduate: Actor
) -> None:
    made = filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")
    filed.submit(world, graduate, made)
    body = {"variant": "commissioned", "form": SOUND["commissioned"], "reason": "更正类型"}
    problem(calling(world.college_office).on(f"/filings/{made}", "edit", body), 409, "not_now")
    assert filed.row(world, made).variant == "study_domestic"


def test_a_graduate_who_became_commissioned_meanwhile_is_not_approved_elsewhere(world: World, graduate: Actor) -> None:
    made = filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")
    filed.submit(world, graduate, made)
    with world.services.db.transaction() as connection:
        connection.execute(update(Graduate).where(Graduate.id == graduate.graduate_id).values(training_mode="2"))
    with pytest.raises(NotNow, match="定向、委培"):
        filed.decide(world, world.college_office, made)


def test_what_was_confirmed_by_pin_is_corrected_by_nobody(world: World, calling: Calling, graduate: Actor) -> None:
    filed.generated(world, graduate)
    made = filed.draft(world, graduate, "agreement_void", {"reason": "单位取消录用"})
    filed.submit(world, graduate, made)
    desk = calling(world.school_office)
    (offered,) = [one for one in desk.get(f"/filings/{made}").get_json()["actions"] if one["action"] == "edit"]
    assert (offered["possible"], "操作码" in offered["reason"]) == (False, True)
    body = {"form": {"reason": "毕业生违约"}, "reason": "更正"}
    problem(desk.on(f"/filings/{made}", "edit", body), 409, "not_now")
    assert filed.row(world, made).form["reason"] == "单位取消录用"


def test_what_a_graduate_takes_back_is_the_graduate_s_whoever_filed_it(
    world: World, calling: Calling, graduate: Actor
) -> None:
    office = world.college_office
    made = filed.draft(world, office, "other_destination", STUDY, variant="study_domestic", graduate=graduate)
    filed.submit(world, office, made)
    assert calling(graduate).on(f"/my/filings/{made}", "withdraw").get_json()["filed_by"] is None
    desk, version = calling(office), filed.row(world, made).version
    problem(desk.get(f"/my/filings/{made}"), 404, "not_found")
    problem(desk.act(f"/my/filings/{made}/submit", {}, etag=f'"{version}"'), 404, "not_found")


def test_an_office_that_takes_back_what_it_filed_keeps_it(world: World, calling: Calling, graduate: Actor) -> None:
    office = world.college_office
    made = filed.draft(world, office, "other_destination", STUDY, variant="study_domestic", graduate=graduate)
    filed.submit(world, office, made)
    assert calling(office).on(f"/my/filings/{made}", "withdraw").get_json()["filed_by"] == office.name


def test_a_destination_is_not_voided_beside_what_is_under_review_about_it(
    world: World, calling: Calling, graduate: Actor
) -> None:
    claim = registered(world, graduate)
    (opened,) = filed.filings_of(world, graduate)
    made = filed.draft(world, graduate, "completion", {"remark": "九月入学"})
    filed.submit(world, graduate, made)
    mine, body = calling(graduate), {"pin": PIN, "reason": "另有去处"}
    etag = f'"{claim.version}"'
    offered = {one["action"]: one for one in mine.get(f"/my/filings/{opened}").get_json()["actions"]}
    refused = problem(mine.act(f"/my/claims/{claim.id}/void", body, etag=etag), 409, "under_review")
    assert "补充去向信息" in refused["detail"]
    assert (offered["void"]["possible"], offered["void"]["reason"]) == (False, refused["detail"])
    filed.withdraw(world, graduate, made)
    assert mine.act(f"/my/claims/{claim.id}/void", body, etag=etag).status_code == 204


def test_completing_is_asked_for_only_where_something_required_is_missing(
    world: World, calling: Calling, graduate: Actor
) -> None:
    claim = registered(world, graduate)

    def told() -> str:
        items = calling(graduate).get("/my/filing-kinds").get_json()["items"]
        return next(str(one["explained"]) for one in items if one["kind"] == "completion" and one["possible"])

    assert "不填也没有影响" in told()
    lacking = {**claim.form, "university": None}
    with world.services.db.transaction() as connection:
        connection.execute(update(Claim).where(Claim.id == claim.id).values(form=lacking))
    assert told().startswith("还缺必填的内容，请补充：录取院校")
