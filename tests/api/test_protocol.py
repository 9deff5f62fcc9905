"""Versions, repeats and the clock of every answer."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text

from app import clock
from app.access import Actor
from app.models import Verdict
from tests import factories, filed
from tests.api.caller import Caller, problem
from tests.api.conftest import Calling
from tests.factories import PIN, World, accept, filing_of, make_employer, make_graduate, row, send, terms_of
from tests.support import assert_invariants, events


@pytest.fixture
def graduate(world: World) -> Actor:
    return make_graduate(world)


@pytest.fixture
def invitation(world: World, graduate: Actor) -> uuid.UUID:
    sent: uuid.UUID = send(world, graduate)
    return sent


# ETag and If-None-Match -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["/home", "/me", "/invitations/{}", "/codes"])
def test_what_has_not_changed_is_answered_304(
    calling: Calling, graduate: Actor, invitation: uuid.UUID, what: str
) -> None:
    student, path = calling(graduate), what.format(invitation)
    etag = student.get(path).headers["ETag"]
    again = student.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.headers["ETag"]) == (304, etag)
    assert student.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_a_change_by_anybody_changes_the_etag(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    student = calling(graduate)
    paths = ("/home", f"/invitations/{invitation}")

    def etags() -> list[str]:
        return [student.get(path).headers["ETag"] for path in paths]

    seen = [etags()]
    factories.extend(world, world.employer, invitation, 9)
    seen.append(etags())
    accept(world, graduate, invitation)
    seen.append(etags())
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    seen.append(etags())
    for before, after in pairwise(seen):
        assert not set(before) & set(after)


def test_a_deadline_that_passes_changes_the_etag_though_nobody_did_anything(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    student = calling(graduate)
    paths = ("/home", f"/invitations/{invitation}")
    before = [student.get(path).headers["ETag"] for path in paths]
    factories.let_deadline_pass(world, invitation)
    for path, etag in zip(paths, before, strict=True):
        assert student.get(path, headers={"If-None-Match": etag}).status_code == 200, path


def test_a_rival_s_acceptance_changes_the_etag_of_the_others(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    first, second = send(world, graduate), send(world, graduate, employer=make_employer(world))
    student = calling(graduate)
    before = student.get(f"/invitations/{first}").headers["ETag"]
    accept(world, graduate, second)
    after = student.get(f"/invitations/{first}", headers={"If-None-Match": before})
    assert after.get_json()["turn"]["text"] == "只能查看，暂不能答复"


def test_answers_about_people_are_not_kept_by_anyone_between(
    calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    student = calling(graduate)
    for path in ("/home", "/me", f"/invitations/{invitation}", "/invitations", "/messages"):
        kept = student.get(path).headers["Cache-Control"]
        assert "no-store" in kept or kept == "private, no-cache", path


def test_every_answer_tells_the_server_s_time(calling: Calling, graduate: Actor) -> None:
    for answer in (calling(graduate).get("/home"), calling(None).get("/home"), calling(None).get("/nowhere")):
        told = parsedate_to_datetime(answer.headers["Date"])
        assert abs(datetime.now(UTC) - told) < timedelta(seconds=3)


# If-Match -------------------------------------------------------------------------------------------------------------

ACTS: dict[str, dict[str, Any]] = {
    "accept": {"pin": PIN, "terms_hash": "0" * 64},
    "refuse": {},
    "take-back": {"pin": PIN},
    "withdraw": {},
    "extend": {"respond_on": "2099-01-01"},
}


def acting(world: World, calling: Calling, graduate: Actor, action: str) -> Caller:
    return calling(world.employer if action in ("withdraw", "extend") else graduate)


@pytest.mark.parametrize("action", ACTS)
def test_an_act_without_the_version_seen_is_refused(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID, action: str
) -> None:
    caller = acting(world, calling, graduate, action)
    problem(caller.act(f"/invitations/{invitation}/{action}", ACTS[action]), 428, "if_match_missing")
    for nonsense in ("*", '"abc"', "1", '"-1"', '""'):
        answer = caller.act(f"/invitations/{invitation}/{action}", ACTS[action], etag=nonsense)
        problem(answer, 428, "if_match_missing")
    assert row(world, invitation).version == 1


@pytest.mark.parametrize("action", ["accept", "refuse", "withdraw"])
def test_an_act_on_an_outdated_version_is_refused(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID, action: str
) -> None:
    caller = acting(world, calling, graduate, action)
    seen = caller.get(f"/invitations/{invitation}")
    factories.extend(world, world.employer, invitation, 9)
    body = ACTS[action] | ({"terms_hash": seen.get_json()["terms_hash"]} if action == "accept" else {})
    problem(caller.act(f"/invitations/{invitation}/{action}", body, etag=seen.headers["ETag"]), 412, "stale")


def test_a_decision_on_an_outdated_version_is_refused(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    accept(world, graduate, send(world, graduate))
    path = f"/filings/{filing_of(world, graduate).id}"
    office = calling(world.college_office)
    problem(office.act(f"{path}/approve", {}), 428, "if_match_missing")
    problem(office.act(f"{path}/approve", {}, etag='"7.1.0"'), 412, "stale")
    assert filing_of(world, graduate).state == "college_review"


# Idempotency-Key ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "", "abc", "12345678-1234-1234-1234-12345678901"])
def test_an_act_without_a_key_is_refused(
    calling: Calling, graduate: Actor, invitation: uuid.UUID, key: str | None
) -> None:
    student = calling(graduate)
    headers = {"If-Match": student.get(f"/invitations/{invitation}").headers["ETag"]}
    if key is not None:
        headers["Idempotency-Key"] = key
    answer = student.post(f"/invitations/{invitation}/refuse", {}, **headers)
    assert "Idempotency-Key" in problem(answer, 400, "bad_request")["detail"]


def test_the_same_key_again_gets_the_same_answer_and_nothing_happens_twice(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    student, key = calling(graduate), str(uuid.uuid4())
    seen = student.get(f"/invitations/{invitation}")
    body = {"pin": PIN, "terms_hash": seen.get_json()["terms_hash"]}
    path, etag = f"/invitations/{invitation}/accept", seen.headers["ETag"]
    first = student.act(path, body, etag=etag, key=key)
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)  # the world goes on
    second = student.act(path, body, etag=etag, key=key)
    assert (second.status_code, second.data, second.headers["ETag"]) == (
        first.status_code, first.data, first.headers["ETag"],
    )  # fmt: skip
    assert second.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    assert [step[0] for step in events(world.services, invitation)] == ["send", "accept"]
    assert_invariants(world.services)


def test_a_key_used_for_something_else_is_refused(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    student, key = calling(graduate), str(uuid.uuid4())
    path = f"/invitations/{invitation}"
    etag = student.get(path).headers["ETag"]
    assert student.act(f"{path}/refuse", {"reason": "太远"}, etag=etag, key=key).status_code == 200
    problem(student.act(f"{path}/refuse", {"reason": "别的"}, etag=etag, key=key), 422, "key_reused")
    problem(student.act(f"{path}/take-back", {"pin": PIN}, etag=etag, key=key), 422, "key_reused")
    assert row(world, invitation).reason == "太远"


def test_a_key_belongs_to_its_account(world: World, calling: Calling) -> None:
    key, graduates = str(uuid.uuid4()), [make_graduate(world) for _ in range(2)]
    for graduate in graduates:
        path = f"/invitations/{send(world, graduate)}"
        student = calling(graduate)
        answer = student.act(f"{path}/refuse", {}, etag=student.get(path).headers["ETag"], key=key)
        assert answer.status_code == 200 and "Idempotent-Replayed" not in answer.headers


def test_a_refused_act_keeps_no_answer_so_a_later_try_with_its_key_is_a_new_one(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    student, key = calling(graduate), str(uuid.uuid4())
    path = f"/invitations/{invitation}"
    problem(student.act(f"{path}/take-back", {"pin": PIN}, etag='"1"', key=key), 409, "not_now")
    accept(world, graduate, invitation)
    assert student.act(f"{path}/take-back", {"pin": PIN}, etag='"2"', key=key).status_code == 200


def test_a_wrong_pin_with_one_key_counts_every_time_it_is_sent(
    calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    """A refusal is no answer to keep: repeating it is guessing."""
    student, key = calling(graduate), str(uuid.uuid4())
    seen = student.get(f"/invitations/{invitation}")
    body = {"pin": "000000", "terms_hash": seen.get_json()["terms_hash"]}
    left = [
        student.act(f"/invitations/{invitation}/accept", body, etag=seen.headers["ETag"], key=key).get_json()[
            "tries_left"
        ]
        for _ in range(3)
    ]
    assert left == [4, 3, 2]


def test_a_second_tap_with_a_key_of_its_own_is_a_success_too(
    world: World, calling: Calling, graduate: Actor, invitation: uuid.UUID
) -> None:
    student = calling(graduate)
    seen = student.get(f"/invitations/{invitation}")
    body = {"pin": PIN, "terms_hash": seen.get_json()["terms_hash"]}
    taps = [
        student.act(f"/invitations/{invitation}/accept", body, etag=seen.headers["ETag"]).status_code for _ in range(3)
    ]
    assert taps == [200, 200, 200]
    assert len(events(world.services, invitation)) == 2


def test_sending_twice_with_one_key_sends_one_invitation(world: World, calling: Calling) -> None:
    employer, key = calling(world.employer), str(uuid.uuid4())
    with world.services.db.reading() as connection:
        terms = terms_of(connection, world.employer)
    body = {
        "graduate_ref": employer.reference(make_graduate(world)),
        "terms": terms,
        "respond_on": (clock.today() + timedelta(days=3)).isoformat(),
    }
    answers = [employer.act("/invitations", body, key=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    problem(employer.act("/invitations", body), 409, "already_invited")
    with world.services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM invitation")) == 1


# Pages ----------------------------------------------------------------------------------------------------------------


def test_pages_follow_each_other_without_gap_or_repeat(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    sent = {str(send(world, graduate, employer=make_employer(world))) for _ in range(7)}
    student, seen, after = calling(graduate), [], None
    for _ in range(10):
        page = student.get("/invitations", query_string={"limit": 3} | ({"after": after} if after else {})).get_json()
        seen += [item["id"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert len(seen) == 7 and set(seen) == sent


@pytest.mark.parametrize("query", [{"after": "%%%"}, {"after": "WyJ4Il0"}, {"after": "bnVsbA"}])
def test_a_cursor_that_is_not_ours_is_refused(calling: Calling, graduate: Actor, query: dict[str, str]) -> None:
    problem(calling(graduate).get("/invitations", query_string=query), 400, "bad_request")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"group": "secret"}])
def test_a_query_beyond_its_bounds_is_refused_with_the_field(
    calling: Calling, graduate: Actor, query: dict[str, str]
) -> None:
    found = problem(calling(graduate).get("/invitations", query_string=query), 422, "invalid")
    assert found["errors"][0]["pointer"] == f"/{next(iter(query))}"


@pytest.fixture
def draft(world: World, graduate: Actor) -> str:
    """The address of a form that is being filled in."""
    filed.open_modules(world)
    return f"/my/filings/{filed.draft(world, graduate, 'offline_agreement')}"


def test_of_a_form_that_saves_itself_no_answer_is_kept_and_a_repeat_is_answered_alike(
    world: World, calling: Calling, graduate: Actor, draft: str
) -> None:
    student, key = calling(graduate), str(uuid.uuid4())
    body = {"variant": None, "form": {"position": "后端开发工程师"}, "files": {}}
    etag = student.get(draft).headers["ETag"]
    first, second = (student.act(f"{draft}/save", body, etag=etag, key=key) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert (second.headers["Idempotent-Replayed"], second.headers["ETag"]) == ("true", first.headers["ETag"])
    assert second.get_json() == first.get_json()
    with world.services.db.reading() as connection:
        assert connection.scalar(text("SELECT max(length(body)) FROM idempotent_answer")) == 0
    problem(student.act(f"{draft}/save", body | {"form": {}}, etag=etag, key=key), 422, "key_reused")


def test_a_repeated_saving_that_another_has_overtaken_does_not_hide_it(
    calling: Calling, graduate: Actor, draft: str
) -> None:
    student, key = calling(graduate), str(uuid.uuid4())
    body = {"variant": None, "form": {"position": "后端开发工程师"}, "files": {}}
    etag = student.get(draft).headers["ETag"]
    saved = student.act(f"{draft}/save", body, etag=etag, key=key)
    elsewhere = body | {"form": {"position": "前端开发工程师"}}
    assert student.act(f"{draft}/save", elsewhere, etag=saved.headers["ETag"]).status_code == 200
    problem(student.act(f"{draft}/save", body, etag=etag, key=key), 412, "stale")
    assert student.get(draft).get_json()["editor"]["values"]["position"] == "前端开发工程师"
