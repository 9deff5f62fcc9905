"""毕业生 as the offices know them: found, filed for, gone on with; what was voided, what the school has set."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from app.access import Role
from app.models import Verdict
from app.workflows import voiding
from tests import filed
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.api.desks import handed_in, seen
from tests.factories import World, claim_of, filing_of, id_number, make_graduate, make_staff, sign
from tests.schemas.samples import SOUND
from tests.uploads.made import make_upload
from tests.workflows.test_own_filings import study


@pytest.fixture(autouse=True)
def _modules(world: World) -> None:
    filed.open_modules(world)


# 代登记


def test_an_office_files_for_a_graduate_who_sees_by_whom(world: World, calling: Calling) -> None:
    graduate = make_graduate(world, name="林知夏")
    desk = calling(world.college_office)
    (found,) = desk.post("/graduates/find", {"q": "林知"}).get_json()["items"]
    assert found["id"] == str(graduate.graduate_id)
    assert set(found) == {"id", "name", "student_no", "class_year", "major", "college", "id_number"}
    assert "*" in found["id_number"], "masked: enough to tell namesakes apart"
    kinds = {item["kind"] for item in desk.get(f"/graduates/{found['id']}/filing-kinds").get_json()["items"]}
    assert "other_destination" in kinds
    body: dict[str, Any] = {"kind": "other_destination", "variant": "study_domestic"}
    made = desk.act(f"/graduates/{found['id']}/filings", body).get_json()["id"]
    (card,) = desk.get("/my/filings").get_json()["items"]
    assert (card["id"], card["graduate"]) == (made, "林知夏")

    colleague = calling(make_staff(world, Role.COLLEGE, "王老师", college_id=world.colleges[0]))
    problem(colleague.get(f"/my/filings/{made}"), 404, "not_found")

    items = desk.get(f"/my/filings/{made}").get_json()["editor"]["items"]
    files = {item["key"]: [str(make_upload(world, graduate, sender=world.college_office))] for item in items}
    saved = desk.on(f"/my/filings/{made}", "save", {"variant": "study_domestic", "form": study(world), "files": files})
    assert saved.get_json()["editor"]["problems"] == []
    assert desk.on(f"/my/filings/{made}", "submit", {}).get_json()["state"] == "college_review"
    assert calling(graduate).get(f"/my/filings/{made}").get_json()["filed_by"] == world.college_office.name
    problem(desk.on(f"/filings/{made}", "approve", {}), 409, "not_now")
    (dry,) = colleague.post(
        "/reviews/bulk-approve", {"filings": seen(world, uuid.UUID(made)), "dry_run": True}
    ).get_json()["items"]
    assert dry["code"] == "not_clean"


def test_another_college_s_graduates_are_nobody_s_to_file_for(world: World, calling: Calling) -> None:
    graduate = make_graduate(world, name="周明远", college=1)
    desk = calling(world.college_office)
    assert desk.post("/graduates/find", {"q": "周明远"}).get_json()["items"] == []
    problem(desk.get(f"/graduates/{graduate.graduate_id}/filing-kinds"), 404, "not_found")
    body = {"kind": "other_destination", "variant": "study_domestic"}
    problem(desk.act(f"/graduates/{graduate.graduate_id}/filings", body), 404, "not_found")
    assert [
        item["name"] for item in calling(world.school_office).post("/graduates/find", {"q": "周"}).get_json()["items"]
    ] == ["周明远"]


def test_an_office_never_keeps_or_takes_back_what_the_graduate_filed(world: World, calling: Calling) -> None:
    made = handed_in(world)
    desk = calling(world.college_office)
    version = f'"{filed.row(world, made).version}"'
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("save", {"form": {}}),
        ("submit", {}),
        ("withdraw", {}),
        ("discard", {}),
    )
    for action, body in acts:
        problem(desk.act(f"/my/filings/{made}/{action}", body, etag=version), 404, "not_found")
    assert filed.row(world, made).state == "college_review"


def test_an_office_goes_on_with_what_was_returned_and_the_graduate_is_told(world: World, calling: Calling) -> None:
    graduate = make_graduate(world, name="林知夏")
    made = handed_in(world, graduate)
    filed.decide(world, world.college_office, made, Verdict.RETURN)
    desk = calling(world.college_office)
    problem(desk.get(f"/my/filings/{made}"), 404, "not_found")
    version = filed.row(world, made).version
    answer = desk.act(f"/filings/{made}/assist", {"reason": "本人来电请学校代改"}, etag=f'"{version}"')
    assert answer.status_code == 204
    whole = desk.get(f"/my/filings/{made}").get_json()
    assert (whole["filed_by"], whole["history"][0]["note"]) == (
        world.college_office.name,
        "原因：本人来电请学校代改",
    )
    form = {**whole["editor"]["values"], "university": "武汉大学"}
    saved = desk.on(
        f"/my/filings/{made}",
        "save",
        {"variant": "study_domestic", "form": form, "files": whole["editor"]["files"]},
    )
    assert saved.status_code == 200
    assert desk.on(f"/my/filings/{made}", "submit", {}).get_json()["round"] == 2
    with world.services.db.reading() as connection:
        told = set(connection.scalars(text("SELECT facts->>'on_behalf' FROM event WHERE name = 'filing.resubmitted'")))
    assert told == {"true"}
    shown = calling(world.school_office).get(f"/filings/{made}").get_json()
    assert (shown["on_behalf"], shown["compared"][0]["changes"][0]["after"]) == (True, "武汉大学")
    problem(desk.on(f"/filings/{made}", "approve", {}), 409, "not_now")


def test_a_graduate_s_own_draft_is_shown_to_an_office_only_once_it_goes_on_with_it(
    world: World, calling: Calling
) -> None:
    graduate = make_graduate(world)
    made = filed.draft(world, graduate, "other_destination", study(world), variant="study_domestic")
    desk = calling(world.college_office)
    (listed,) = desk.get(f"/graduates/{graduate.graduate_id}").get_json()["filings"]
    assert (listed["id"], listed["readable"], listed["correctable"]) == (str(made), False, True)
    problem(desk.get(f"/filings/{made}"), 404, "not_found")
    body = {"kind": "other_destination", "variant": "study_domestic"}
    refused = problem(desk.act(f"/graduates/{graduate.graduate_id}/filings", body), 409, "not_now")
    assert "代修改" in refused["detail"]
    stale = desk.act(f"/filings/{made}/assist", {"reason": "本人来电"}, etag='"99"')
    assert stale.status_code == 412
    done = desk.act(f"/filings/{made}/assist", {"reason": "本人来电"}, etag=f'"{listed["version"]}"')
    assert done.status_code == 204
    assert desk.get(f"/my/filings/{made}").get_json()["editor"]["values"]["university"] == "浙江大学"
    assert calling(graduate).on(f"/my/filings/{made}", "submit", {}).get_json()["filed_by"] is None, "still one's own"


def test_what_both_parties_signed_is_nobody_s_to_write_for_them(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    sign(world, graduate)
    signed = filing_of(world, graduate)
    answer = calling(world.college_office).act(
        f"/filings/{signed.id}/assist", {"reason": "本人来电"}, etag=f'"{signed.version}"'
    )
    problem(answer, 409, "not_now")


def test_what_one_confirms_by_pin_is_nobody_s_to_write_for_one(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    signed = filed.draft(world, graduate, "supplement", SOUND["supplement"])
    filed.submit(world, graduate, signed)
    filed.approve(world, signed)
    ending = filed.draft(world, graduate, "offline_termination", {"reason": "study"})
    answer = calling(world.college_office).act(f"/filings/{ending}/assist", {"reason": "本人来电"}, etag='"2"')
    assert "须由当事人自己确认" in problem(answer, 409, "not_now")["detail"]


# One graduate, 作废记录, settings


def test_an_office_finds_a_graduate_by_the_whole_id_number_which_no_address_carries(
    world: World, calling: Calling
) -> None:
    number = id_number(104_711)
    graduate = make_graduate(world, name="罗嘉禾", id_number=number)
    desk = calling(world.college_office)
    (found,) = desk.post("/graduates/find", {"q": number.lower()}).get_json()["items"]
    assert found["id"] == str(graduate.graduate_id)
    assert desk.post("/graduates/find", {"q": number[:17]}).get_json()["items"] == []
    assert number not in desk.get(f"/graduates/{found['id']}").get_data(as_text=True)


def test_everything_of_a_graduate_stands_on_one_page(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    sign(world, graduate)
    shown = calling(world.college_office).get(f"/graduates/{graduate.graduate_id}").get_json()
    assert (shown["claim"]["state"], shown["claim"]["text"]) == ("effective", "已生效")
    assert [one["kind"] for one in shown["filings"]] == ["online_signing"]
    assert [one["lane"] for one in shown["transfers"]] == ["archive", "hukou"]
    titles = [line["title"] for line in shown["history"]]
    assert "毕业生接受了邀请" in titles
    assert titles[0].startswith("线上签约：学校审核通过") or "线上签约：学校审核通过" in titles


def test_what_was_voided_is_listed_with_reason_and_by_whom(world: World, calling: Calling) -> None:
    for reason in ("改去另一所学校", "填错了类型"):
        graduate = make_graduate(world)
        filed.approve(world, handed_in(world, graduate))
        claim = claim_of(world, graduate)
        with world.services.db.transaction() as connection:
            voiding.void(connection, graduate, claim.id, seen=claim.version, reason=reason)
    desk = calling(world.college_office)
    first = desk.get("/voids?limit=1").get_json()
    second = desk.get(f"/voids?limit=1&after={first['next']}").get_json()
    assert [page["items"][0]["reason"] for page in (first, second)] == ["填错了类型", "改去另一所学校"]
    assert (first["items"][0]["by"], second["next"]) == ("本人", None)
    elsewhere = make_staff(world, Role.COLLEGE, "邻院", college_id=world.colleges[1])
    assert calling(elsewhere).get("/voids").get_json()["items"] == []


def test_settings_are_told_with_the_command_that_changes_them(world: World, calling: Calling) -> None:
    shown = calling(world.college_office).get("/school-settings").get_json()
    rules = {one["name"]: one["text"] for one in shown["rules"]}
    assert rules["审核时限"].startswith("每级 3 个工作日")
    assert rules["同一人审两级"].startswith("不允许")
    assert {(one["class_year"], one["state"]) for one in shown["modules"]} == {(world.class_year, "open")}
    assert any("schools set" in one and "--one-person" in one for one in shown["commands"])


def test_an_office_that_goes_on_with_a_graduate_s_draft_does_not_delete_it(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    made = filed.draft(world, graduate, "other_destination", study(world), variant="study_domestic")
    desk, version = calling(world.college_office), filed.row(world, made).version
    assert desk.act(f"/filings/{made}/assist", {"reason": "本人来电"}, etag=f'"{version}"').status_code == 204
    refused = problem(desk.on(f"/my/filings/{made}", "discard"), 409, "not_now")
    assert "本人决定" in refused["detail"]
    assert calling(graduate).on(f"/my/filings/{made}", "discard").get_json()["state"] == "voided"


def test_an_office_deletes_a_draft_that_it_began_itself(world: World, calling: Calling) -> None:
    graduate, office = make_graduate(world), world.college_office
    made = filed.draft(world, office, "other_destination", study(world), variant="study_domestic", graduate=graduate)
    assert calling(office).on(f"/my/filings/{made}", "discard").get_json()["state"] == "voided"
