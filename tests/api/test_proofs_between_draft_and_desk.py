"""Proofs on their way: taken away, used again in another draft, taken back with their filing, seen by a desk."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text, update

from app.access import Actor
from app.models import Upload, Verdict
from tests import filed
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.factories import World, make_graduate
from tests.schemas.samples import SOUND
from tests.uploads.made import make_upload

STUDY = SOUND["study_domestic"]


@pytest.fixture
def graduate(world: World) -> Actor:
    filed.open_modules(world)
    return make_graduate(world)


def drafted(world: World, graduate: Actor) -> tuple[uuid.UUID, str, str]:
    """境内升学, ready to be handed in; its one proof's item and upload."""
    made = filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")
    ((item, (upload,)),) = filed.row(world, made).files.items()
    return made, item, upload


def body(**files: list[str]) -> dict[str, object]:
    return {"variant": "study_domestic", "form": STUDY, "files": files}


def test_a_proof_that_was_taken_away_is_missing_when_handed_in(world: World, calling: Calling, graduate: Actor) -> None:
    made, item, upload = drafted(world, graduate)
    mine = calling(graduate)
    assert mine.call("DELETE", f"/uploads/{upload}").status_code == 204
    editor = mine.get(f"/my/filings/{made}").get_json()["editor"]
    assert editor["files"] == {}
    assert [each["pointer"] for each in editor["problems"]] == [f"/files/{item}"]
    refused = problem(mine.on(f"/my/filings/{made}", "submit"), 422, "invalid")
    assert [each["pointer"] for each in refused["errors"]] == [f"/files/{item}"]
    assert filed.row(world, made).state == "draft"


def test_files_that_are_half_removed_hinder_nobody_from_handing_in(
    world: World, calling: Calling, graduate: Actor
) -> None:
    made, item, kept = drafted(world, graduate)
    gone = str(make_upload(world, graduate))
    mine = calling(graduate)
    assert mine.on(f"/my/filings/{made}", "save", body(**{item: [kept, gone]})).status_code == 200
    with world.services.db.transaction() as connection:  # marked, and the store was away before it was cleared
        connection.execute(update(Upload).where(Upload.id == uuid.UUID(gone)).values(kept_at=None, digest=None))
    assert mine.on(f"/my/filings/{made}", "submit").status_code == 200
    assert filed.row(world, made).files == {item: [kept]}


def test_the_photo_of_a_deleted_draft_serves_the_next_one(world: World, calling: Calling, graduate: Actor) -> None:
    made, item, upload = drafted(world, graduate)
    filed.discard(world, graduate, made)
    again = filed.draft(world, graduate, "other_destination", variant="study_domestic")
    saved = calling(graduate).on(f"/my/filings/{again}", "save", body(**{item: [upload]}))
    assert saved.get_json()["editor"]["files"] == {item: [upload]}


def test_a_photo_moves_from_one_draft_to_another_and_is_missing_in_the_first(
    world: World, calling: Calling, graduate: Actor
) -> None:
    other = filed.draft(world, graduate, "supplement", {"employer_name": "杭州江海制造有限公司"})
    ((first, (upload,)),) = filed.row(world, other).files.items()
    made, item, _ = drafted(world, graduate)
    mine = calling(graduate)
    assert mine.on(f"/my/filings/{made}", "save", body(**{item: [upload]})).status_code == 200
    editor = mine.get(f"/my/filings/{other}").get_json()["editor"]
    assert f"/files/{first}" in {each["pointer"] for each in editor["problems"]}
    assert mine.on(f"/my/filings/{made}", "submit").status_code == 200
    taken = problem(
        mine.on(f"/my/filings/{other}", "save", {"form": editor["values"], "files": {first: [upload]}}), 422, "invalid"
    )
    assert [each["pointer"] for each in taken["errors"]] == [f"/files/{first}"]


def test_what_a_desk_has_seen_stays_though_the_next_round_is_taken_back(
    world: World, calling: Calling, graduate: Actor
) -> None:
    made, item, seen = drafted(world, graduate)
    filed.submit(world, graduate, made)
    filed.decide(world, world.college_office, made, Verdict.RETURN)
    fresh = str(make_upload(world, graduate))
    mine = calling(graduate)
    assert mine.on(f"/my/filings/{made}", "save", body(**{item: [seen, fresh]})).status_code == 200
    filed.submit(world, graduate, made)
    filed.withdraw(world, graduate, made)
    problem(mine.call("DELETE", f"/uploads/{seen}"), 409, "upload_submitted")
    assert mine.call("DELETE", f"/uploads/{fresh}").status_code == 204


def test_a_photo_sent_again_meanwhile_does_not_hinder_taking_back(
    world: World, calling: Calling, graduate: Actor
) -> None:
    made, _, upload = drafted(world, graduate)
    filed.submit(world, graduate, made)
    again = make_upload(world, graduate)
    with world.services.db.transaction() as connection:
        same = connection.scalar(text("SELECT digest FROM upload WHERE id = :id"), {"id": upload})
        connection.execute(update(Upload).where(Upload.id == again).values(digest=same))
    assert calling(graduate).on(f"/my/filings/{made}", "withdraw").get_json()["state"] == "draft"
    filed.submit(world, graduate, made)


def test_what_a_graduate_corrects_is_shown_to_the_desk_once_it_is_handed_in(
    world: World, calling: Calling, graduate: Actor
) -> None:
    made, item, _ = drafted(world, graduate)
    filed.submit(world, graduate, made)
    filed.decide(world, world.college_office, made, Verdict.RETURN)
    fresh = str(make_upload(world, graduate))
    mine, desk = calling(graduate), calling(world.college_office)
    assert mine.on(f"/my/filings/{made}", "save", body(**{item: [fresh]})).status_code == 200

    def shown() -> list[str]:
        return [each["id"] for proof in desk.get(f"/filings/{made}").get_json()["proofs"] for each in proof["uploads"]]

    assert shown() == []
    other = filed.draft(world, graduate, "supplement")
    problem(mine.on(f"/my/filings/{other}", "save", {"form": {}, "files": {"agreement": [fresh]}}), 422, "invalid")
    filed.submit(world, graduate, made)
    assert shown() == [fresh]


def test_a_filing_has_no_more_items_than_any_kind_asks_for(world: World, calling: Calling, graduate: Actor) -> None:
    made, _, _ = drafted(world, graduate)
    many = {f"item-{number}": [str(make_upload(world, graduate))] for number in range(9)}
    problem(calling(graduate).on(f"/my/filings/{made}", "save", body(**many)), 422, "invalid")
