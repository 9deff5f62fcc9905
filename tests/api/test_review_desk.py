"""审核台 over HTTP: returned with marks, corrected, taken up, many approved at once, filed on behalf of graduates."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import insert, text

from app import clock, workdays
from app.access import Actor, Role
from app.models import UploadLikeness, Verdict
from app.workflows import voiding
from tests import filed, moved
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.factories import World, claim_of, filing_of, id_number, make_graduate, make_staff, sign
from tests.schemas.samples import SOUND
from tests.support import assert_invariants
from tests.uploads.made import make_upload
from tests.workflows.test_own_filings import study


@pytest.fixture(autouse=True)
def _modules(world: World) -> None:
    filed.open_modules(world)


def handed_in(world: World, graduate: Actor | None = None) -> uuid.UUID:
    """境内升学, with its proof, at the college's desk."""
    graduate = graduate or make_graduate(world)
    made = filed.draft(world, graduate, "other_destination", study(world), variant="study_domestic")
    filed.submit(world, graduate, made)
    return made


def sql(world: World, statement: str, **parameters: Any) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text(statement), parameters)


def seen(world: World, *filings: uuid.UUID) -> list[dict[str, Any]]:
    return [{"id": str(one), "version": filed.row(world, one).version} for one in filings]


def alike(world: World, one: uuid.UUID, other: uuid.UUID) -> None:
    """Their proofs look the same, as the workers' comparison found."""
    with world.services.db.transaction() as connection:
        proof = text("SELECT id FROM upload WHERE filing_id = :id")
        pair = [uuid.UUID(str(connection.scalar(proof, {"id": each}))) for each in (one, other)]
        first, second = sorted(pair)
        connection.execute(insert(UploadLikeness).values(upload_id=first, other_id=second, difference=0))


def late(world: World, *filings: uuid.UUID, grace_too: bool = True) -> None:
    """They lie past 审核时限, and past the days of grace unless told otherwise."""
    today = clock.today()
    due = workdays.lain(today)[1 if grace_too else 0]
    sql(world, "UPDATE filing SET due_on = :due WHERE id = ANY(:ids)", due=due, ids=list(filings))


# What a desk sees


def test_the_same_proof_of_another_graduate_is_told_with_the_name_where_one_may_see_it(
    world: World, calling: Calling
) -> None:
    mine = handed_in(world, make_graduate(world, name="林知夏"))
    neighbour = handed_in(world, make_graduate(world, name="周明远", college=1))
    alike(world, mine, neighbour)

    def told(office: Actor) -> dict[str, Any]:
        found = calling(office).get(f"/filings/{mine}").get_json()
        (near,) = [near for item in found["proofs"] for upload in item["uploads"] for near in upload["near"]]
        assert [doubt["code"] for doubt in found["doubts"]] == ["alike"]
        return dict(near)

    assert told(world.school_office)["graduate"] == "周明远"
    assert told(world.school_office)["filing_id"] == str(neighbour)
    hidden = {"upload_id": None, "filing_id": None, "graduate": "其他学院的毕业生", "same": True}
    assert told(world.college_office) == hidden
    (listed,) = calling(world.college_office).get("/reviews?flagged=true").get_json()["items"]
    assert [doubt["text"] for doubt in listed["doubts"]] == ["材料与他人相同或相似"]


def test_a_graduate_is_never_told_whose_proof_looks_the_same(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    mine = handed_in(world, graduate)
    alike(world, mine, handed_in(world))
    shown = calling(graduate).get(f"/my/filings/{mine}").get_json()
    assert all("near" not in upload for item in shown["proofs"] for upload in item["uploads"])


def test_the_queue_is_narrowed_to_what_is_overdue_or_doubtful(world: World, calling: Calling) -> None:
    slow, blurred, _ = handed_in(world), handed_in(world), handed_in(world)
    late(world, slow, grace_too=False)
    sql(world, "UPDATE upload SET warnings = '{blurred}' WHERE filing_id = :id", id=blurred)
    desk = calling(world.college_office)

    def ids(query: str) -> list[str]:
        return [item["filing_id"] for item in desk.get(f"/reviews{query}").get_json()["items"]]

    assert len(ids("")) == 3
    assert ids("?overdue=mine") == [str(slow)]
    assert ids("?flagged=true") == [str(blurred)]
    counts = desk.get("/reviews/counts").get_json()
    assert counts["kinds"] == [
        {"kind": "other_destination", "name": counts["kinds"][0]["name"], "many": 3, "overdue": 1}
    ]


def test_pages_of_the_queue_hold_each_filing_once(world: World, calling: Calling) -> None:
    made = {str(handed_in(world)) for _ in range(5)}
    desk = calling(world.college_office)
    found: list[str] = []
    page = desk.get("/reviews?limit=2").get_json()
    while True:
        found += [item["filing_id"] for item in page["items"]]
        if page["next"] is None:
            break
        page = desk.get(f"/reviews?limit=2&after={page['next']}").get_json()
    assert len(found) == 5
    assert set(found) == made


# Returned, corrected, taken up


def test_a_return_says_field_by_field_what_is_wrong(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    made = handed_in(world, graduate)
    marks = [{"field": "university", "label": "录取院校", "reason": "与通知书上的校名不一致"}]
    answer = calling(world.college_office).on(f"/filings/{made}", "return", {"marks": marks})
    assert answer.get_json()["state"] == "returned"
    remark = calling(graduate).get(f"/my/filings/{made}").get_json()["remark"]
    assert (remark["verdict"], remark["marks"]) == ("return", marks)


def test_a_correction_by_the_desk_is_shown_as_before_and_after(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    made = handed_in(world, graduate)
    desk = calling(world.college_office)
    values = desk.get(f"/filings/{made}/editor").get_json()["values"]
    body = {"variant": "study_domestic", "form": {**values, "university": "武汉大学"}, "reason": "按通知书更正"}
    assert desk.on(f"/filings/{made}", "edit", body).status_code == 200
    (changed,) = calling(graduate).get(f"/my/filings/{made}").get_json()["changes"]
    (line,) = [line for line in changed["changes"] if line["key"] == "university"]
    assert (line["before"], line["after"], changed["reason"]) == ("浙江大学", "武汉大学", "按通知书更正")


def test_the_next_level_finds_and_takes_up_what_lies_too_long(world: World, calling: Calling) -> None:
    lying, in_grace, fresh = handed_in(world), handed_in(world), handed_in(world)
    late(world, lying)
    late(world, in_grace, grace_too=False)
    school = calling(world.school_office)
    (item,) = school.get("/reviews?overdue=below").get_json()["items"]
    assert (item["filing_id"], item["may_take_up"]) == (str(lying), True)
    assert school.get("/reviews/counts").get_json()["below"] == 1
    assert "可接办" in school.get(f"/filings/{lying}").get_json()["turn"]["note"]
    assert "可接办" not in school.get(f"/filings/{in_grace}").get_json()["turn"]["note"]
    problem(school.on(f"/filings/{fresh}", "take-up"), 409, "not_now")
    assert school.on(f"/filings/{lying}", "take-up").get_json()["state"] == "school_review"
    assert school.get("/reviews/counts").get_json()["below"] == 0
    assert calling(world.college_office).get("/reviews?overdue=below").get_json()["items"] == []


# Many at once


def test_many_clean_ones_are_approved_and_the_others_say_why_not(world: World, calling: Calling) -> None:
    clean, other, same, copied, blurred, changed = (handed_in(world) for _ in range(6))
    foreign = handed_in(world, make_graduate(world, college=1))
    alike(world, same, copied)
    sql(world, "UPDATE upload SET warnings = '{blurred}' WHERE filing_id = :id", id=blurred)
    asked = seen(world, clean, other, same, copied, blurred, changed, foreign)
    asked[5]["version"] -= 1
    desk = calling(world.college_office)
    codes = [None, None, "not_clean", "not_clean", "not_clean", "stale", "not_found"]

    dry = desk.post("/reviews/bulk-approve", {"filings": asked, "dry_run": True}).get_json()
    assert [item["code"] for item in dry["items"]] == codes
    assert filed.row(world, clean).state == "college_review", "a dry run decides nothing"

    for _ in range(2):
        run = desk.post("/reviews/bulk-approve", {"filings": asked}).get_json()
        assert [item["code"] for item in run["items"]] == codes, "asked again it is the same"
    states = [filed.row(world, one).state for one in (clean, other, same, blurred, changed, foreign)]
    assert states == ["school_review", "school_review", *["college_review"] * 4]
    assert_invariants(world.services)


def test_what_another_person_decided_or_reads_is_not_approved_with_many(world: World, calling: Calling) -> None:
    colleague = make_staff(world, Role.COLLEGE, "王老师", college_id=world.colleges[0])
    decided, read = handed_in(world), handed_in(world)
    asked = seen(world, decided, read)
    calling(colleague).on(f"/filings/{decided}", "approve", {})
    calling(colleague).post(f"/filings/{read}/hold")
    answer = calling(world.college_office).post("/reviews/bulk-approve", {"filings": asked}).get_json()
    assert [item["code"] for item in answer["items"]] == ["decided_by_other", "not_clean"]


def test_what_may_no_longer_be_approved_is_not_among_many(world: World, calling: Calling) -> None:
    deleted = handed_in(world)
    sql(world, "UPDATE graduate SET base_state = 'deleted'")
    for dry_run in (True, False):
        body = {"filings": seen(world, deleted), "dry_run": dry_run}
        (item,) = calling(world.college_office).post("/reviews/bulk-approve", body).get_json()["items"]
        assert (item["approved"], item["code"]) == (False, "not_now"), dry_run


def test_what_the_desk_must_note_is_not_approved_with_many(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    agreed = filed.draft(world, graduate, "supplement", SOUND["supplement"])
    filed.submit(world, graduate, agreed)
    filed.approve(world, agreed)
    ending = filed.draft(world, graduate, "offline_termination", {"reason": "study"})
    filed.submit(world, graduate, ending)
    filed.decide(world, world.college_office, ending)
    body = {"filings": seen(world, ending), "dry_run": True}
    (item,) = calling(world.school_office).post("/reviews/bulk-approve", body).get_json()["items"]
    assert item["code"] == "not_clean" and "与单位核实的情况" in item["detail"]


@pytest.mark.parametrize("filings", [[], [{"id": str(uuid.uuid4()), "version": 1}] * 101, [{"id": "x", "version": 1}]])
def test_many_are_one_to_a_hundred(world: World, calling: Calling, filings: list[Any]) -> None:
    problem(calling(world.college_office).post("/reviews/bulk-approve", {"filings": filings}), 422, "invalid")


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


def test_sentences_are_there_for_returns_and_for_rejections(world: World, calling: Calling) -> None:
    desk = calling(world.college_office)
    for verdict in ("return", "reject"):
        assert desk.get(f"/reason-templates/other_destination?for={verdict}").get_json()["items"]
    problem(desk.get("/reason-templates/other_destination?for=approve"), 422, "invalid")


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


# One graduate, 作废记录, settings


def test_an_office_finds_a_graduate_by_the_whole_id_number_which_no_address_carries(
    world: World, calling: Calling
) -> None:
    number = id_number(4711)
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


def test_a_change_is_shown_beside_what_holds_now(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    registered = filed.draft(world, graduate, "archive_registration", moved.ADDRESS)
    filed.submit(world, graduate, registered)
    filed.approve(world, registered)
    changed = filed.draft(world, graduate, "archive_change", {**moved.ADDRESS, "receiver_name": "宁波市人才服务中心"})
    filed.submit(world, graduate, changed)
    desk = calling(world.college_office)
    (compared,) = desk.get(f"/filings/{changed}").get_json()["compared"]
    assert compared["title"] == "与现在登记的相比"
    assert [(one["before"], one["after"]) for one in compared["changes"]] == [
        (moved.ADDRESS["receiver_name"], "宁波市人才服务中心")
    ]
    filed.approve(world, changed)
    assert desk.get(f"/filings/{changed}").get_json()["compared"] == []


def test_the_queue_is_walked_from_its_other_end_as_well(world: World, calling: Calling) -> None:
    made = [str(handed_in(world)) for _ in range(3)]
    desk = calling(world.college_office)
    page = desk.get("/reviews?sort=newest&limit=2").get_json()
    rest = desk.get(f"/reviews?sort=newest&limit=2&after={page['next']}").get_json()
    assert [one["filing_id"] for one in page["items"] + rest["items"]] == made[::-1]


def test_settings_are_told_with_the_command_that_changes_them(world: World, calling: Calling) -> None:
    shown = calling(world.college_office).get("/school-settings").get_json()
    rules = {one["name"]: one["text"] for one in shown["rules"]}
    assert rules["审核时限"].startswith("每级 3 个工作日")
    assert rules["同一人审两级"].startswith("不允许")
    assert {(one["class_year"], one["state"]) for one in shown["modules"]} == {(world.class_year, "open")}
    assert any("schools set" in one and "--one-person" in one for one in shown["commands"])
