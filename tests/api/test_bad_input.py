"""Malformed, oversized, stale, foreign: a 4xx problem with a Chinese sentence and a stable code; nothing changed."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from app import clock
from app.access import Actor
from tests.api.caller import API, Caller, problem
from tests.api.conftest import Calling
from tests.factories import PIN, World, make_graduate, send, terms_of
from tests.support import assert_invariants

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LEAKS = re.compile(r"SELECT|INSERT|psycopg|sqlalchemy|Traceback|\.py\b|/app/|site-packages|postgres", re.IGNORECASE)


def assert_plain(answer: TestResponse) -> None:
    """A problem for a person: Chinese, a code, no word of how we are made."""
    found = answer.get_json()
    assert 400 <= answer.status_code < 500, found
    assert CHINESE.search(found["detail"]) and CHINESE.search(found["title"]), found
    assert re.fullmatch(r"[a-z_]+", found["code"])
    assert found["type"] == f"/problems/{found['code']}" and found["status"] == answer.status_code
    assert not LEAKS.search(answer.get_data(as_text=True)), answer.get_data(as_text=True)
    for error in found.get("errors", []):
        assert error["pointer"].startswith("/") and CHINESE.search(error["detail"]), error


@pytest.fixture
def graduate(world: World) -> Actor:
    return make_graduate(world)


@pytest.fixture
def form(world: World, calling: Calling, graduate: Actor) -> dict[str, Any]:
    """A whole, good body for sending an invitation."""
    with world.services.db.reading() as connection:
        terms = terms_of(connection, world.employer)
    return {
        "graduate_ref": calling(world.employer).reference(graduate),
        "terms": terms,
        "respond_on": (clock.today() + timedelta(days=3)).isoformat(),
    }


def invitations(world: World) -> int:
    with world.services.db.reading() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM invitation")) or 0)


# Bodies ---------------------------------------------------------------------------------------------------------------

RAW: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "half an object": (b'{"pin": ', "application/json"),
    "an array": (b"[]", "application/json"),
    "a number": (b"1", "application/json"),
    "null": (b"null", "application/json"),
    "text": (b'"x"', "application/json"),
    "not a number": (b'{"pin": NaN}', "application/json"),
    "an endless number": (b'{"pin": 1e99999}', "application/json"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "application/json"),
    "not UTF-8": (b'{"pin": "\xff\xfe"}', "application/json"),
    "a lone surrogate": (b'{"pin": "\\ud800"}', "application/json"),
    "a NUL": (b'{"pin": "\\u0000"}', "application/json"),
    "very deep": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json"),
    "a form": (b"pin=135792", "application/x-www-form-urlencoded"),
    "XML": (b"<pin>135792</pin>", "application/xml"),
    "no type": (b"{}", ""),
}


@pytest.mark.parametrize("what", RAW)
def test_a_body_that_is_no_json_object_is_refused(world: World, calling: Calling, graduate: Actor, what: str) -> None:
    content, kind = RAW[what]
    sent = send(world, graduate)
    for caller, path in (
        (calling(graduate), f"/invitations/{sent}/accept"),
        (calling(world.employer), "/invitations"),
        (calling(world.employer), "/graduate-lookups"),
        (calling(None), "/public/agreement-checks"),
        (calling(None), "/session"),
    ):
        headers = {"Idempotency-Key": str(uuid.uuid4()), "If-Match": '"1"'}
        assert_plain(caller.call("POST", path, data=content, content_type=kind or None, headers=headers))
    assert invitations(world) == 1
    assert_invariants(world.services)


def test_an_oversized_body_is_refused_before_it_is_read(world: World, calling: Calling, form: dict[str, Any]) -> None:
    employer = calling(world.employer)
    form["terms"]["supplement"] = "长" * 40_000
    found = problem(employer.act("/invitations", form), 413, "too_large")
    assert CHINESE.search(found["detail"])
    found = problem(calling(None).post("/session", {"login": "x" * 70_000, "password": "y"}), 413, "too_large")
    assert invitations(world) == 0


def test_unknown_fields_are_refused_by_name_at_every_depth(
    world: World, calling: Calling, form: dict[str, Any]
) -> None:
    employer = calling(world.employer)
    for pointer, body in (
        ("/state", form | {"state": "accepted"}),
        ("/terms/salary", form | {"terms": form["terms"] | {"salary": 1}}),
    ):
        found = problem(employer.act("/invitations", body), 422, "invalid")
        assert found["errors"] == [{"pointer": pointer, "detail": "不认识的字段。"}]
    assert invitations(world) == 0


def test_every_empty_form_names_what_must_be_filled(calling: Calling, world: World) -> None:
    found = problem(calling(world.employer).act("/invitations", {"terms": {}}), 422, "invalid")
    pointers = {error["pointer"] for error in found["errors"]}
    assert {"/graduate_ref", "/respond_on", "/terms/employer_name", "/terms/position"} <= pointers
    assert all(CHINESE.search(error["detail"]) for error in found["errors"])


# Fields ---------------------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, Any]] = [
    ("employer_name", "別人的公司"),
    ("credit_code", "91330100MA2AXYK63K"),
    ("credit_code", "123"),
    ("nature", "ZZ"),
    ("nature", 39),
    ("industry", None),
    ("region", "000000"),
    ("region", "330000"),
    ("address", ""),
    ("address", "长" * 201),
    ("position", "岗" * 51),
    ("position", "开\u202e发"),
    ("position", "开\n发"),
    ("position", {"$gt": ""}),
    ("position", ["a"]),
    ("contact_mobile", "12345678901"),
    ("contact_landline", "88880000"),
    ("contact_email", "not an address"),
    ("probation_months", 7),
    ("probation_months", -1),
    ("probation_months", "3"),
    ("probation_months", 2.5),
    ("probation_months", True),
    ("probation_pay_cents", 100),
    ("regular_pay_cents", -1),
    ("regular_pay_cents", 10**12),
    ("regular_pay_cents", "13000"),
    ("regular_pay_cents", 1e3),
    ("report_on", "2027-02-30"),
    ("report_on", "06/07/2027"),
    ("archive_transfer", "7"),
    ("archive_transfer", "1"),
    ("hukou_transfer", "1"),
    ("supplement", "长" * 1001),
    ("supplement", "a\x00b"),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=[f"{field} {value!r:.20}" for field, value in WRONG])
def test_a_wrong_field_is_named(world: World, calling: Calling, form: dict[str, Any], field: str, value: Any) -> None:
    answer = calling(world.employer).act("/invitations", form | {"terms": form["terms"] | {field: value}})
    assert_plain(answer)
    assert answer.status_code == 422
    wanted = {"archive_transfer": "archive_receiver", "hukou_transfer": "hukou_address"}
    pointers = {error["pointer"].split("/")[2] for error in answer.get_json()["errors"]}
    assert pointers <= {field, wanted.get(field, field)} and pointers
    assert invitations(world) == 0


@pytest.mark.parametrize("day", ["", "morgen", "2027-13-01", "99999-01-01", 20270101, None, "2020-01-01", "2999-01-01"])
def test_a_deadline_that_is_no_day_or_out_of_bounds_is_named(
    world: World, calling: Calling, form: dict[str, Any], day: Any
) -> None:
    answer = calling(world.employer).act("/invitations", form | {"respond_on": day})
    assert_plain(answer)
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/respond_on"]


@pytest.mark.parametrize(
    "name",
    ["'; DROP TABLE event; --", "{{7*7}}", "<script>alert(1)</script>", "=1+1", "林\u200b知夏", "🎓", "%s%n", "𠮷"],
)
def test_text_is_text_wherever_it_comes(world: World, calling: Calling, form: dict[str, Any], name: str) -> None:
    """Kept and shown unchanged, or refused with the field; never acted on."""
    employer = calling(world.employer)
    answer = employer.act("/invitations", form | {"terms": form["terms"] | {"position": name}})
    if answer.status_code == 201:
        shown = employer.get(f"/invitations/{answer.get_json()['id']}").get_json()
        assert shown["form"]["position"] == name
    else:
        assert_plain(answer)
        assert answer.get_json()["errors"][0]["pointer"] == "/terms/position"
    office = calling(world.college_office)
    assert office.get("/reviews", query_string={"q": name}).status_code in (200, 422)
    lookup = employer.post("/graduate-lookups", {"name": name, "id_number": "330108200401010017"})
    assert lookup.status_code in (404, 422)
    assert_invariants(world.services)


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "abcdef", 135792, None, "１３５７９２", "13579 "])
def test_a_pin_of_another_shape_is_refused_and_not_counted(
    world: World, calling: Calling, graduate: Actor, pin: Any
) -> None:
    sent = send(world, graduate)
    body = {"pin": pin, "terms_hash": "0" * 64}
    found = problem(calling(graduate).act(f"/invitations/{sent}/accept", body, etag='"1"'), 422, "invalid")
    assert found["errors"][0]["pointer"] == "/pin"
    with world.services.db.reading() as connection:
        assert connection.scalar(text("SELECT max(pin_failures) FROM graduate")) == 0


def test_a_text_other_than_the_one_shown_cannot_be_accepted(world: World, calling: Calling, graduate: Actor) -> None:
    sent = send(world, graduate)
    body = {"pin": PIN, "terms_hash": "f" * 64}
    problem(calling(graduate).act(f"/invitations/{sent}/accept", body, etag='"1"'), 412, "stale")


def test_a_rejection_without_a_reason_or_with_a_novel_is_refused(calling: Calling, world: World) -> None:
    for reason in (None, "", "   ", "长" * 201):
        answer = calling(world.college_office).act(f"/filings/{uuid.uuid4()}/reject", {"reason": reason}, etag='"1"')
        assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/reason"


# Addresses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/invitations/1",
        "/invitations/../me",
        "/invitations/%00",
        "/filings/x/approve",
        "/invitations/' OR 1",
    ],
)
def test_an_address_of_nothing_is_404(world: World, calling: Calling, path: str) -> None:
    problem(calling(world.employer).get(path), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("PUT", "/home"), ("DELETE", "/invitations"), ("PATCH", "/me")])
def test_a_method_of_nothing_is_405_and_says_what_there_is(calling: Calling, method: str, path: str) -> None:
    answer = calling(None).call(method, path)
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]
    assert_plain(answer)


SECRETS: list[tuple[str, Callable[[Caller, str], TestResponse]]] = [
    ("a download", lambda caller, secret: caller.get(f"/downloads/{secret}")),
    ("a public check", lambda caller, secret: caller.post("/public/agreement-checks", {"token": secret})),
    ("a name card", lambda caller, secret: caller.post("/graduate-lookups", {"card": secret})),
    ("a preview", lambda caller, secret: caller.post("/agreement-previews", {"graduate_ref": secret, "terms": {}})),
]


@pytest.mark.parametrize("secret", ["x" * 30, "a.b.c" * 10, "eyJhbGciOiJub25lIn0.e30.AAAAAAAAAAAAAAAA", "🎓" * 30])
@pytest.mark.parametrize("what", [name for name, _ in SECRETS])
def test_a_reference_that_is_not_ours_is_refused(world: World, calling: Calling, what: str, secret: str) -> None:
    assert_plain(dict(SECRETS)[what](calling(world.employer), secret))


def test_headers_of_no_sense_change_nothing(calling: Calling, graduate: Actor) -> None:
    student = calling(graduate)
    for headers in (
        {"X-Request-Id": "x" * 5000},
        {"X-Request-Id": "abc\tdef"},
        {"If-None-Match": "W/" * 1000},
        {"Accept": "application/xml"},
        {"X-Forwarded-For": "' OR 1=1"},
        {"Idempotency-Key": "x" * 3000},
    ):
        answer = student.get("/home", headers=headers)
        assert answer.status_code == 200
        assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", answer.headers["X-Request-Id"])


def test_a_known_request_id_is_carried_through(calling: Calling) -> None:
    answer = calling(None).get("/home", headers={"X-Request-Id": "abcdef-123456"})
    assert answer.headers["X-Request-Id"] == "abcdef-123456" == answer.get_json()["instance"]


def test_json_is_read_as_utf_8_whatever_the_charset_says(world: World, calling: Calling, graduate: Actor) -> None:
    body = json.dumps({"reason": "太远"}, ensure_ascii=False).encode()
    sent = send(world, graduate)
    headers = {"Idempotency-Key": str(uuid.uuid4()), "If-Match": '"1"'}
    answer = calling(graduate).call(
        "POST",
        f"/invitations/{sent}/refuse",
        data=body,
        content_type="application/json; charset=gbk",
        headers=headers,
    )
    assert answer.status_code == 200 and answer.get_json()["reason"] == "太远"


def test_the_description_itself_is_served(calling: Calling) -> None:
    assert calling(None).get("/openapi.json").get_json()["openapi"].startswith("3.1")
    assert API == "/api/v1"
