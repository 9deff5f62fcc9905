"""审核台 over HTTP: returned with marks, corrected, taken up, many approved at once, filed on behalf of graduates."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.access import Actor, Role
from tests import filed, moved
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.api.desks import alike, handed_in, late, seen, sql
from tests.factories import World, make_graduate, make_staff
from tests.schemas.samples import SOUND
from tests.support import assert_invariants


@pytest.fixture(autouse=True)
def _modules(world: World) -> None:
    filed.open_modules(world)


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


def test_sentences_are_there_for_returns_and_for_rejections(world: World, calling: Calling) -> None:
    desk = calling(world.college_office)
    for verdict in ("return", "reject"):
        assert desk.get(f"/reason-templates/other_destination?for={verdict}").get_json()["items"]
    problem(desk.get("/reason-templates/other_destination?for=approve"), 422, "invalid")


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
