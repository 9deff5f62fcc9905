from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.running import APP_ID, SECRET, Sandbox

RID = re.compile(r"rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")


def token(sandbox: Sandbox) -> str:
    return str(
        sandbox.get("/cgi-bin/token", grant_type="client_credential", appid=APP_ID, secret=SECRET)["access_token"]
    )


def stable(sandbox: Sandbox, **more: Any) -> Any:
    body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
    return sandbox.post("/cgi-bin/stable_token", body | more)


def errcode_of(sandbox: Sandbox, value: str) -> int:
    """What a call answers that needs a token; 0 for success."""
    answer = sandbox.get("/cgi-bin/ticket/getticket", access_token=value, type="jsapi")
    return int(answer["errcode"])


def skip(sandbox: Sandbox, seconds: float) -> None:
    sandbox.control("POST", "/clock/advance", {"seconds": seconds})


def test_each_call_of_token_makes_a_new_one_and_the_old_lives_five_more_minutes(sandbox: Sandbox) -> None:
    first, second = token(sandbox), token(sandbox)
    assert first != second
    assert len(first) > 128
    skip(sandbox, 290)
    assert errcode_of(sandbox, first) == 0
    skip(sandbox, 20)
    assert errcode_of(sandbox, first) == 40001
    assert errcode_of(sandbox, second) == 0


def test_a_token_expires_after_two_hours(sandbox: Sandbox) -> None:
    value = token(sandbox)
    skip(sandbox, 7100)
    assert errcode_of(sandbox, value) == 0
    skip(sandbox, 200)
    assert errcode_of(sandbox, value) == 42001


def test_stable_token_repeats_itself_counts_down_and_is_renewed_with_an_overlap(sandbox: Sandbox) -> None:
    skip(sandbox, 8000)
    first = stable(sandbox)
    assert first["expires_in"] == 7200
    skip(sandbox, 1000)
    second = stable(sandbox)
    assert second["access_token"] == first["access_token"]
    assert 6190 <= second["expires_in"] <= 6200
    skip(sandbox, 5950)
    third = stable(sandbox)
    assert third["access_token"] != first["access_token"]
    assert errcode_of(sandbox, first["access_token"]) == 0
    assert errcode_of(sandbox, third["access_token"]) == 0


def test_a_forced_refresh_ends_the_stable_token_at_once_but_not_twice_in_thirty_seconds(sandbox: Sandbox) -> None:
    skip(sandbox, 8000)
    first = stable(sandbox)["access_token"]
    second = stable(sandbox, force_refresh=True)["access_token"]
    assert errcode_of(sandbox, first) == 40001
    assert stable(sandbox, force_refresh=True)["access_token"] == second
    skip(sandbox, 31)
    assert stable(sandbox, force_refresh=True)["access_token"] != second


def test_the_twenty_first_forced_refresh_of_a_day_is_over_the_limit(sandbox: Sandbox) -> None:
    now = sandbox.control("GET", "/state")["now"]
    skip(sandbox, 86400 - (now + 8 * 3600) % 86400 + 60)  # just after midnight in Beijing
    stable(sandbox)
    for _ in range(20):
        skip(sandbox, 31)
        assert "access_token" in stable(sandbox, force_refresh=True)
    skip(sandbox, 31)
    assert stable(sandbox, force_refresh=True)["errcode"] == 45009


def test_the_two_kinds_of_token_do_not_touch_each_other(sandbox: Sandbox) -> None:
    steady = stable(sandbox)["access_token"]
    plain = token(sandbox)
    stable(sandbox, force_refresh=True)
    assert errcode_of(sandbox, plain) == 0
    assert stable(sandbox)["access_token"] != plain
    assert steady != plain


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": "wxother000000000"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": "wrong"}, 40125),
        ({"secret": ""}, 41004),
        ({"grant_type": "password"}, 40002),
        ({"force_refresh": "yes"}, 47001),
    ],
)
def test_wrong_credentials_are_named(sandbox: Sandbox, changes: dict[str, Any], errcode: int) -> None:
    answer = stable(sandbox, **changes)
    assert answer["errcode"] == errcode
    assert RID.search(answer["errmsg"])


def test_a_wrong_secret_for_a_plain_token_is_40001(sandbox: Sandbox) -> None:
    answer = sandbox.get("/cgi-bin/token", grant_type="client_credential", appid=APP_ID, secret="wrong")
    assert answer["errcode"] == 40001


def test_stable_token_is_post_only_and_errors_are_http_200(sandbox: Sandbox) -> None:
    answer = sandbox.http.get(sandbox.url + "/cgi-bin/stable_token", timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; encoding=utf-8"
    assert answer.json()["errcode"] == 43002


def test_missing_and_invented_tokens_have_codes_of_their_own(sandbox: Sandbox) -> None:
    assert errcode_of(sandbox, "") == 41001
    assert errcode_of(sandbox, "made-up") == 40001


def test_tokens_can_be_ended_as_a_fault_and_those_given_out_are_counted(sandbox: Sandbox) -> None:
    before = sandbox.control("GET", "/state")["tokens_issued"]
    value = token(sandbox)
    sandbox.control("POST", "/tokens/expire")
    assert errcode_of(sandbox, value) == 42001
    assert stable(sandbox)["access_token"] != value
    after = sandbox.control("GET", "/state")["tokens_issued"]
    assert after["token"] == before["token"] + 1
    assert after["stable_token"] == before["stable_token"] + 1


def test_two_thousand_tokens_a_day_is_a_limit_that_quota_shows_and_clearing_resets(sandbox: Sandbox) -> None:
    sandbox.set(daily_limits={"/cgi-bin/user/info": 3})
    openid, access = sandbox.follower(), stable(sandbox)["access_token"]
    answers = [sandbox.get("/cgi-bin/user/info", access_token=access, openid=openid) for _ in range(4)]
    assert [answer.get("errcode", 0) for answer in answers] == [0, 0, 0, 45009]
    path = {"cgi_path": "/cgi-bin/user/info"}
    quota = sandbox.post("/cgi-bin/openapi/quota/get", path, access_token=access)["quota"]
    assert quota == {"daily_limit": 3, "used": 3, "remain": 0}
    assert sandbox.post("/cgi-bin/clear_quota", {"appid": APP_ID}, access_token=access)["errcode"] == 0
    assert sandbox.get("/cgi-bin/user/info", access_token=access, openid=openid)["subscribe"] == 1
    unknown = sandbox.post("/cgi-bin/openapi/quota/get", {"cgi_path": "/x"}, access_token=access)
    assert unknown["errcode"] == 76021


def test_the_jsapi_ticket_is_the_same_while_it_lives(sandbox: Sandbox) -> None:
    access = stable(sandbox)["access_token"]
    first, second = (sandbox.get("/cgi-bin/ticket/getticket", access_token=access, type="jsapi") for _ in range(2))
    assert first["ticket"] == second["ticket"]
    assert first["errmsg"] == "ok"


def test_an_unknown_path_is_an_errcode_not_a_page(sandbox: Sandbox) -> None:
    assert sandbox.get("/cgi-bin/nothing/here")["errcode"] == 40066
