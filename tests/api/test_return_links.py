"""协助回传: an employer without account sends the stamped agreement back through a one-time link."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.access import Actor
from app.models import Verdict
from app.notify import outbox
from tests import factories, filed
from tests.api.caller import Caller, problem
from tests.api.conftest import Calling
from tests.factories import World, make_graduate
from tests.support import assert_invariants
from tests.uploads import papers
from tests.uploads.made import make_upload

LINK = "/public/return-link"


@pytest.fixture
def graduate(world: World) -> Actor:
    """Somebody whose agreement waits to be stamped."""
    filed.open_modules(world)
    made = make_graduate(world, name="林知夏")
    filed.generated(world, made)
    return made


@pytest.fixture(scope="module")
def picture() -> bytes:
    """A photo of a stamped paper."""
    kept = io.BytesIO()
    papers.photo(papers.page(1), size=(1200, 1600)).save(kept, "JPEG", quality=80)
    return kept.getvalue()


def mine(world: World, graduate: Actor) -> str:
    """The address of one's own link."""
    return f"/my/claims/{factories.claim_of(world, graduate).id}/return-link"


def given_out(world: World, calling: Calling, graduate: Actor) -> str:
    """A fresh link's token."""
    answer = calling(graduate).post(mine(world, graduate))
    assert answer.status_code == 201, answer.get_json()
    page, _, token = answer.get_json()["url"].partition("#")
    assert page.endswith("/v/return")
    return str(token)


def looked_at(caller: Caller, token: str) -> TestResponse:
    return caller.get(LINK, headers={"Return-Link": token})


def uploaded(caller: Caller, token: str, content: bytes) -> TestResponse:
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content), "盖章.jpg", content_type="image/jpeg")})
    kind = f"multipart/form-data; boundary={boundary}"
    return caller.call("POST", f"{LINK}/uploads", data=body, content_type=kind, headers={"Return-Link": token})


def handed_in(caller: Caller, token: str, *uploads: Any) -> TestResponse:
    body = {"uploads": [str(one) for one in uploads]}
    return caller.call("POST", f"{LINK}/submission", json=body, headers={"Return-Link": token})


def test_an_employer_without_account_sends_the_agreement_back_and_it_takes_effect(
    world: World, calling: Calling, graduate: Actor, picture: bytes
) -> None:
    token, employer = given_out(world, calling, graduate), calling(None)
    task = looked_at(employer, token).get_json()
    assert (task["graduate"], task["employer"], task["taken"]) == ("林**", "杭州江海制造有限公司", False)
    assert (task["school"], task["returned"]) == ("江州大学", None)
    assert task["contact"]["phone"]
    paper = employer.get(task["agreement"]["href"].removeprefix("/api/v1"))
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")
    upload = uploaded(employer, token, picture).get_json()
    assert employer.get(upload["thumb"].removeprefix("/api/v1")).status_code == 200
    assert handed_in(employer, token, upload["id"]).status_code == 204
    with world.services.db.reading() as connection:
        made = connection.execute(text("SELECT * FROM filing WHERE kind = 'stamped_agreement'")).one()
    assert (made.state, made.files) == ("college_review", {"agreement": [upload["id"]]})
    seen = calling(graduate).get(f"/my/filings/{made.id}").get_json()
    assert seen["proofs"][0]["uploads"][0]["id"] == upload["id"]
    assert seen["history"][0]["title"] == "单位协助提交"
    line = seen["history"][0]
    assert (line["who"], line["note"]) == ("杭州江海制造有限公司（一次性链接）", None), "named once"
    assert calling(graduate).get(mine(world, graduate)).get_json()["state"] == "used"
    problem(looked_at(employer, token), 404, "not_found")
    problem(handed_in(employer, token, upload["id"]), 404, "not_found")
    outbox.fan_out(world.services)
    with world.services.db.reading() as connection:
        told = connection.execute(text("SELECT title, body FROM message WHERE kind = 'filing.sent_for_you'")).one()
    assert told.title == "单位传回了盖章的协议书"
    assert "杭州江海制造有限公司通过你发的链接提交了盖章的协议书，现在由学院审核" in told.body
    filed.approve(world, made.id)
    assert factories.claim_of(world, graduate).state == "effective"
    assert_invariants(world.services)


def test_every_bad_link_is_refused_alike(world: World, calling: Calling, graduate: Actor, picture: bytes) -> None:
    employer, owner = calling(None), calling(graduate)
    first = given_out(world, calling, graduate)
    second = given_out(world, calling, graduate)
    assert looked_at(employer, second).status_code == 200
    assert owner.call("DELETE", mine(world, graduate)).status_code == 204
    revoked = problem(looked_at(employer, second), 404, "not_found")
    third = given_out(world, calling, graduate)
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE return_link SET expires_at = now() - interval '1 second'"))
    refusals = [problem(looked_at(employer, token), 404, "not_found") for token in ("", "x" * 43, first, second, third)]
    assert len({refusal["detail"] for refusal in (revoked, *refusals)}) == 1
    assert owner.get(mine(world, graduate)).get_json()["state"] == "expired"
    for token in ("", "x" * 43, first, second, third):
        problem(uploaded(employer, token, picture), 404, "not_found")
        problem(handed_in(employer, token, uuid.uuid4()), 404, "not_found")


def test_a_link_is_given_out_again_three_times_at_most(world: World, calling: Calling, graduate: Actor) -> None:
    owner = calling(graduate)
    assert owner.get(mine(world, graduate)).get_json() == {
        "state": "none", "expires_at": None, "opened_at": None, "used_at": None, "left": 4,
        "ways": [
            {"channel": "sms", "to": "138****6027", "state": "unused", "at": None},
        ],
    }  # fmt: skip
    tokens = [given_out(world, calling, graduate) for _ in range(4)]
    assert len(set(tokens)) == 4
    assert "三次" in problem(owner.post(mine(world, graduate)), 409, "not_now")["detail"]
    assert looked_at(calling(None), tokens[-1]).status_code == 200
    standing = owner.get(mine(world, graduate)).get_json()
    assert (standing["state"], standing["left"], standing["opened_at"] is not None) == ("open", 0, True)


def test_the_first_set_handed_in_wins_and_the_other_side_is_told(
    world: World, calling: Calling, graduate: Actor, picture: bytes
) -> None:
    token, employer = given_out(world, calling, graduate), calling(None)
    upload = uploaded(employer, token, picture).get_json()["id"]
    own = filed.draft(world, graduate, "stamped_agreement", {})
    filed.submit(world, graduate, own)
    assert looked_at(employer, token).get_json()["taken"] is True
    assert "毕业生已经提交" in problem(handed_in(employer, token, upload), 409, "not_now")["detail"]
    filed.decide(world, world.college_office, own, Verdict.RETURN)
    assert handed_in(employer, token, upload).status_code == 204
    kept = filed.row(world, own)
    assert (kept.state, kept.round, kept.files) == ("college_review", 2, {"agreement": [upload]})
    assert_invariants(world.services)


def test_pictures_of_other_hands_are_not_handed_in_through_a_link(
    world: World, calling: Calling, graduate: Actor
) -> None:
    token, employer = given_out(world, calling, graduate), calling(None)
    for uploads in ((make_upload(world, graduate),), (uuid.uuid4(),), ()):
        found = problem(handed_in(employer, token, *uploads), 422, "invalid")
        assert found["errors"][0]["pointer"] == "/uploads"


def test_a_link_ends_with_the_agreement_it_is_for(world: World, calling: Calling, graduate: Actor) -> None:
    token, path = given_out(world, calling, graduate), mine(world, graduate)
    gone = filed.draft(world, graduate, "agreement_void", {"reason": "单位取消录用"})
    filed.submit(world, graduate, gone)
    filed.approve(world, gone)
    problem(looked_at(calling(None), token), 404, "not_found")
    assert calling(graduate).get(path).get_json()["state"] == "over"
    problem(calling(graduate).post(path), 409, "not_now")


def test_a_link_leads_nowhere_once_the_school_has_deleted_the_base_data(
    world: World, calling: Calling, graduate: Actor
) -> None:
    token = given_out(world, calling, graduate)
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE graduate SET base_state = 'deleted'"))
    problem(looked_at(calling(None), token), 404, "not_found")
    problem(handed_in(calling(None), token, uuid.uuid4()), 404, "not_found")


def test_nobody_gives_out_a_link_for_anothers_agreement(world: World, calling: Calling, graduate: Actor) -> None:
    stranger, path = calling(make_graduate(world)), mine(world, graduate)
    token = given_out(world, calling, graduate)
    for answer in (stranger.get(path), stranger.post(path), stranger.call("DELETE", path)):
        problem(answer, 404, "not_found")
    assert looked_at(calling(None), token).status_code == 200, "it is still good"


def test_a_link_is_given_out_only_once_corrected_base_data_are_confirmed(
    world: World, calling: Calling, graduate: Actor
) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE graduate SET base_state = 'changed'"))
    refused = calling(graduate).post(mine(world, graduate))
    assert problem(refused, 409, "base_data_unconfirmed")


def test_the_token_is_kept_nowhere(world: World, calling: Calling, graduate: Actor) -> None:
    token = given_out(world, calling, graduate)
    looked_at(calling(None), token)
    with world.services.db.reading() as connection:
        for table in connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars():
            for spelled in (token, token.encode().hex()):
                looked = text(f'SELECT count(*) FROM "{table}" r WHERE r::text LIKE :t')
                assert connection.scalar(looked, {"t": f"%{spelled}%"}) == 0, table
