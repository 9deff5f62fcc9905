"""Delivery reports of the SMS provider: doubled, early, late, forged, odd."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from app import clock, create_app
from tests.factories import World
from tests.notify.gateways import CALLBACK_TOKEN
from tests.notify.second_post import PHONE, SecondPost

ADDRESS = f"/sms/report/{CALLBACK_TOKEN}"


@pytest.fixture
def client(second: SecondPost) -> FlaskClient:
    return create_app(second.services.settings, second.services).test_client()


def report(row: Any, status: str = "SUCCESS", code: str = "DELIVRD", **values: Any) -> dict[str, Any]:
    at = clock.beijing(clock.now())
    return {
        "user_receive_time": f"{at:%Y-%m-%d %H:%M:%S}",
        "nationcode": "86",
        "mobile": PHONE,
        "report_status": status,
        "errmsg": code,
        "description": f"用户 {PHONE} 关机",
        "sid": row and row.provider_id,
    } | values


def sent(world: World, second: SecondPost) -> Any:
    message = second.missed(world)
    second.go_round()
    return message


def test_a_report_says_that_it_arrived_and_when(world: World, second: SecondPost, client: FlaskClient) -> None:
    message = sent(world, second)
    row = second.rows(message)["sms"]
    answer = client.post(ADDRESS, json=[report(row)])
    assert (answer.status_code, answer.get_json()) == (200, {"result": 0, "errmsg": "OK"})
    row = second.rows(message)["sms"]
    assert (row.state, row.code) == ("delivered", "DELIVRD")
    assert row.sent_at <= row.delivered_at <= clock.now()


def test_a_report_of_failure_opens_the_mailbox_once(world: World, second: SecondPost, client: FlaskClient) -> None:
    message = sent(world, second)
    row = second.rows(message)["sms"]
    for _ in range(2):
        assert client.post(ADDRESS, json=[report(row, "FAIL", "MK:0001")]).status_code == 200
    second.go_round()
    second.go_round()
    assert second.states(message) == {"sms": "failed", "email": "sent"}
    row = second.rows(message)["sms"]
    assert (row.code, row.words) == ("MK:0001", "用户 … 关机")
    assert len(second.mail.arrived) == 1


def test_what_arrived_stays_so_whatever_is_said_later(world: World, second: SecondPost, client: FlaskClient) -> None:
    message = sent(world, second)
    row = second.rows(message)["sms"]
    client.post(ADDRESS, json=[report(row)])
    client.post(ADDRESS, json=[report(row, "FAIL", "EXPIRED")])
    assert second.states(message) == {"sms": "delivered"}


def test_of_two_reports_in_one_call_the_better_counts(world: World, second: SecondPost, client: FlaskClient) -> None:
    message = sent(world, second)
    row = second.rows(message)["sms"]
    client.post(ADDRESS, json=[report(row, "FAIL", "UNDELIV"), report(row), report(row, "FAIL", "UNDELIV")])
    assert second.states(message) == {"sms": "delivered"}


def test_a_report_that_overtakes_its_answer_is_asked_for_again(
    world: World, second: SecondPost, client: FlaskClient
) -> None:
    answers: list[int] = []

    def overtake() -> None:
        second.sms.while_called = None
        answers.append(client.post(ADDRESS, json=[report(None, sid=f"2640:{second.sms.calls}")]).status_code)

    second.sms.while_called = overtake
    message = sent(world, second)
    assert answers == [503]
    assert second.states(message) == {"sms": "sent"}
    assert client.post(ADDRESS, json=[report(second.rows(message)["sms"])]).status_code == 200
    assert second.states(message) == {"sms": "delivered"}


def test_a_report_of_nothing_we_know_is_taken_and_forgotten(second: SecondPost, client: FlaskClient) -> None:
    assert client.post(ADDRESS, json=[report(None, sid="9999:1")]).status_code == 200


def test_a_moment_in_the_future_or_none_at_all_is_now(world: World, second: SecondPost, client: FlaskClient) -> None:
    for said in ("2999-01-01 00:00:00", "yesterday", None, 7, "0001-01-01 00:00:00"):
        message = sent(world, second)
        client.post(ADDRESS, json=[report(second.rows(message)["sms"], user_receive_time=said)])
        row = second.rows(message)["sms"]
        assert (row.state, row.sent_at <= row.delivered_at <= clock.now() + timedelta(seconds=1)) == ("delivered", True)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"{}", b"[1]", b"[[]]", b"null", b"\xff", b"[{}]",
        orjson.dumps([{"sid": "", "report_status": "SUCCESS"}]),
        orjson.dumps([{"sid": 7, "report_status": "SUCCESS"}]),
        orjson.dumps([{"sid": "x" * 101, "report_status": "SUCCESS"}]),
        orjson.dumps([{"sid": "x", "report_status": "MAYBE"}]),
        orjson.dumps([{"sid": "x", "report_status": "FAIL"}] * 501),
        b"[" * 3000 + b"]" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(second: SecondPost, client: FlaskClient, body: bytes) -> None:
    assert client.post(ADDRESS, data=body).status_code == 400


def test_too_much_is_not_read(second: SecondPost, client: FlaskClient) -> None:
    assert client.post(ADDRESS, data=b" " * 70_000).status_code == 413


@pytest.mark.parametrize("token", ["x", CALLBACK_TOKEN[:-1], CALLBACK_TOKEN + "x", "密"])
def test_without_the_secret_there_is_no_such_address(
    world: World, second: SecondPost, client: FlaskClient, token: str
) -> None:
    message = sent(world, second)
    body = [report(second.rows(message)["sms"])]
    assert client.post(f"/sms/report/{token}", json=body).status_code == 404
    assert second.states(message) == {"sms": "sent"}
