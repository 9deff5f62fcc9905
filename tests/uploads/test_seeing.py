"""Who sees an upload: its graduate always, offices of that graduate once it is handed in; files by short links only."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app import clock
from app.access import Actor, Role
from app.db import count_statements
from app.identity import refs
from app.models import Upload
from app.queries import uploads as read
from app.storage.errors import StorageAway
from app.storage.store import Vault
from tests.api.caller import Caller, problem
from tests.api.conftest import Calling
from tests.factories import World, make_graduate, make_staff, make_world
from tests.uploads import hostile
from tests.uploads.hostile import picture
from tests.uploads.made import make_upload
from tests.uploads.papers import jpeg
from tests.uploads.sending import fetched, send, sent

GOOD = jpeg(picture(1400, 1000))


def offices(world: World) -> dict[str, Actor]:
    elsewhere = make_world(world.services, code="18888")
    return {
        "counsellor": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        "college": world.college_office,
        "school": world.school_office,
        "another college": make_staff(world, Role.COLLEGE, "邻院", college_id=world.colleges[1]),
        "another school": elsewhere.school_office,
        "another school's college": elsewhere.college_office,
    }


def hand_in(world: World, upload: str) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(update(Upload).where(Upload.id == uuid.UUID(upload)).values(submitted_at=clock.now()))


def test_offices_see_it_from_the_day_it_is_handed_in(world: World, calling: Calling, student: Caller) -> None:
    made = sent(student, GOOD)
    for actor in (*offices(world).values(), make_graduate(world)):
        problem(calling(actor).get(f"/uploads/{made['id']}"), 404, "not_found")
    hand_in(world, made["id"])
    for name in ("college_office", "school_office"):
        office = calling(getattr(world, name))
        shown = office.get(f"/uploads/{made['id']}").get_json()
        assert shown["submitted"] and fetched(office, shown["pages"][0]["href"]).status_code == 200


def test_other_colleges_and_schools_never_see_it(world: World, calling: Calling, student: Caller) -> None:
    made = sent(student, GOOD)
    hand_in(world, made["id"])
    seen = {name: calling(actor).get(f"/uploads/{made['id']}").status_code for name, actor in offices(world).items()}
    assert seen == {
        "counsellor": 200,
        "college": 200,
        "school": 200,
        "another college": 404,
        "another school": 404,
        "another school's college": 404,
    }
    problem(calling(make_graduate(world)).get(f"/uploads/{made['id']}"), 404, "not_found")
    problem(calling(world.employer).get(f"/uploads/{made['id']}"), 403, "not_allowed")


def test_an_office_uploads_on_behalf_of_its_own_graduates_only(
    world: World, calling: Calling, student: Caller, graduate: Actor
) -> None:
    people = offices(world)
    query = f"?graduate_id={graduate.graduate_id}"
    made = sent(calling(people["counsellor"]), GOOD, query=query)
    assert calling(people["counsellor"]).get(f"/uploads/{made['id']}").status_code == 200
    assert student.get(f"/uploads/{made['id']}").status_code == 200, "the graduate sees what is done on one's behalf"
    problem(calling(people["school"]).get(f"/uploads/{made['id']}"), 404, "not_found")
    for name in ("another college", "another school"):
        problem(send(calling(people[name]), GOOD, query=query), 404, "not_found")
    problem(send(calling(people["school"]), GOOD), 404, "not_found")
    problem(send(calling(people["school"]), GOOD, query=f"?graduate_id={uuid.uuid4()}"), 404, "not_found")
    problem(send(student, GOOD, query=f"?graduate_id={make_graduate(world).graduate_id}"), 404, "not_found")
    assert send(student, GOOD, query="?graduate_id=1").status_code == 422
    problem(send(calling(world.employer), GOOD, query=query), 403, "not_allowed")


def test_the_same_file_by_another_hand_is_another_upload(
    world: World, calling: Calling, student: Caller, graduate: Actor
) -> None:
    office = calling(world.school_office)
    ids = {sent(student, GOOD)["id"], sent(office, GOOD, query=f"?graduate_id={graduate.graduate_id}")["id"]}
    ids.add(sent(calling(make_graduate(world)), GOOD)["id"])
    assert len(ids) == 3


def test_what_was_handed_in_is_not_taken_away_and_sent_anew_it_is_a_new_one(world: World, student: Caller) -> None:
    made = sent(student, GOOD)
    hand_in(world, made["id"])
    found = problem(student.call("DELETE", f"/uploads/{made['id']}"), 409, "upload_submitted")
    assert "撤回修改" in found["detail"]
    assert fetched(student, made["original"]).status_code == 200
    assert sent(student, GOOD)["id"] != made["id"]


# Links


def test_a_link_needs_no_log_in_and_is_good_for_five_minutes(
    calling: Calling, student: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sent(student, GOOD, "我的 证明.jpg")
    stranger = calling(None)
    answer = fetched(stranger, made["original"])
    assert answer.status_code == 200 and answer.mimetype == "image/jpeg"
    headers = answer.headers
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin" and headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%E6%88%91%E7%9A%84%20%E8%AF%81")
    later = clock.now() - timedelta(minutes=5, seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        old, _ = refs.issue(student.services.settings, refs.FILE, uuid.UUID(made["id"]), uuid.uuid4(), "original")
    found = problem(stranger.get(f"/files/{old}"), 400, "bad_request")
    assert "过期" in found["detail"]


def test_a_pdf_is_downloaded_and_its_pages_are_pictures(student: Caller) -> None:
    made = sent(student, hostile.pdf(pages=2), "录用函.pdf")
    original = fetched(student, made["original"])
    assert original.mimetype == "application/pdf"
    assert original.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%BD%95")
    assert {fetched(student, page["href"]).mimetype for page in made["pages"]} == {"image/jpeg"}
    assert (made["kind"], made["width"], made["height"]) == ("pdf", 595, 842)


@pytest.mark.parametrize("part", ["", "original/../x", "page-2", "page-0", "mini", "../../etc/passwd", "page--1"])
def test_a_link_to_a_part_that_nobody_is_shown_leads_nowhere(student: Caller, part: str) -> None:
    made = sent(student, GOOD)
    settings = student.services.settings
    reference, _ = refs.issue(settings, refs.FILE, uuid.UUID(made["id"]), uuid.uuid4(), part)
    problem(student.get(f"/files/{reference}"), 404, "not_found")


def test_a_store_that_is_away_is_told_as_such(student: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sent(student, GOOD)

    def away(self: Vault, *args: Any) -> bytes:
        raise StorageAway

    monkeypatch.setattr(Vault, "get", away)
    answer = fetched(student, made["original"])
    problem(answer, 503, "files_away")
    assert answer.headers["Retry-After"] == "5"


def test_a_link_for_something_else_opens_no_file(world: World, student: Caller) -> None:
    made = sent(student, GOOD)
    settings, upload = student.services.settings, uuid.UUID(made["id"])
    for purpose in (refs.DOWNLOAD, refs.GRADUATE):
        reference, _ = refs.issue(settings, purpose, upload, uuid.uuid4(), "original")
        problem(student.get(f"/files/{reference}"), 400, "bad_request")
    token = made["original"].rpartition("/")[2]
    problem(student.get(f"/downloads/{token}"), 400, "bad_request")
    head, body, signature = token.split(".")
    problem(student.get(f"/files/{head}.{body[:-4]}AAAA.{signature}"), 400, "bad_request")
    reference, _ = refs.issue(settings, refs.FILE, uuid.uuid4(), uuid.uuid4(), "original")
    problem(student.get(f"/files/{reference}"), 404, "not_found")


def test_no_answer_and_no_line_of_the_log_holds_a_place_or_a_name_of_the_store(student: Caller, logged: Any) -> None:
    made = sent(student, GOOD, "林知夏身份证.jpg")
    fetched(student, made["original"])
    said = logged.getvalue() + str({**made, "thumb": "", "original": "", "pages": []})
    assert not re.search(r"[0-9a-f]{64}|/tmp|storage", said)
    assert "林知夏" not in logged.getvalue()


def test_links_of_many_uploads_cost_no_statement_and_looking_at_a_file_one(world: World, student: Caller) -> None:
    assert student.actor and student.actor.id
    made = sent(student, GOOD)
    fetched(student, made["original"])
    statements: list[str] = []
    stop = count_statements(student.services.db.engine, statements)
    fetched(student, made["original"])
    assert len(statements) == 1
    with world.services.db.reading() as connection:
        ids = [make_upload(world, student.actor) for _ in range(9)]
        rows = [read.one(connection, student.actor, upload) for upload in ids]
        statements.clear()
        links = read.links(student.services.settings, rows, student.actor.id)
    stop()
    assert statements == [] and [link["id"] for link in links] == ids
