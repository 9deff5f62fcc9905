from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from wechatpy.oauth import WeChatOAuth

from tests.sandbox.running import APP_ID, SECRET, Sandbox

RETURN = "http://127.0.0.1:8000/auth/wechat/callback?next=%2Fs%2F"


def link(sandbox: Sandbox, **changes: Any) -> str:
    """The log-in link, its parameters in WeChat's order."""
    given = {
        "appid": APP_ID,
        "redirect_uri": RETURN,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "a1B2",
    } | changes
    kept = {name: value for name, value in given.items() if value is not None}
    return f"{sandbox.url}/connect/oauth2/authorize?{urlencode(kept)}#wechat_redirect"


def phone_of(sandbox: Sandbox, openid: str) -> requests.Session:
    """A browser in which this follower's phone was opened."""
    browser = requests.Session()
    assert browser.get(f"{sandbox.url}/phone/{openid}", timeout=5).ok
    return browser


def code_from(sandbox: Sandbox, browser: requests.Session, **changes: Any) -> str:
    answer = browser.get(link(sandbox, **changes), allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(sandbox: Sandbox, code: str, **changes: Any) -> Any:
    query = {"appid": APP_ID, "secret": SECRET, "code": code, "grant_type": "authorization_code"} | changes
    return sandbox.get("/sns/oauth2/access_token", **query)


def test_the_base_scope_is_silent_and_keeps_the_return_address_whole(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    answer = phone_of(sandbox, openid).get(link(sandbox), allow_redirects=False, timeout=5)
    target = urlsplit(answer.headers["Location"])
    assert target.netloc == "127.0.0.1:8000"
    assert parse_qs(target.query)["next"] == ["/s/"]
    assert parse_qs(target.query)["state"] == ["a1B2"]
    granted = exchange(sandbox, parse_qs(target.query)["code"][0])
    assert granted["openid"] == openid
    assert granted["scope"] == "snsapi_base"
    assert "is_snapshotuser" not in granted
    assert "unionid" not in granted


def test_the_products_library_logs_in_against_it(sandbox: Sandbox) -> None:
    openid = sandbox.follower()

    class OAuth(WeChatOAuth):  # type: ignore[misc]
        API_BASE_URL = f"{sandbox.url}/"
        OAUTH_BASE_URL = f"{sandbox.url}/connect/"

    oauth = OAuth(APP_ID, SECRET, RETURN, "snsapi_base", "s1")
    answer = phone_of(sandbox, openid).get(oauth.authorize_url, allow_redirects=False, timeout=5)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    assert oauth.fetch_access_token(code)["openid"] == openid


def test_a_code_is_good_once_and_for_five_minutes(sandbox: Sandbox) -> None:
    browser = phone_of(sandbox, sandbox.follower())
    code = code_from(sandbox, browser)
    assert "openid" in exchange(sandbox, code)
    assert exchange(sandbox, code)["errcode"] == 40163
    assert exchange(sandbox, "made-up")["errcode"] == 40029
    old = code_from(sandbox, browser)
    sandbox.control("POST", "/clock/advance", {"seconds": 301})
    assert exchange(sandbox, old)["errcode"] == 40029


def test_a_code_is_exchanged_only_with_the_accounts_own_credentials(sandbox: Sandbox) -> None:
    code = code_from(sandbox, phone_of(sandbox, sandbox.follower()))
    assert exchange(sandbox, code, appid="wxother000000000")["errcode"] == 40013
    assert exchange(sandbox, code, secret="wrong")["errcode"] == 40125
    assert exchange(sandbox, code, grant_type="password")["errcode"] == 40002
    assert exchange(sandbox, "")["errcode"] == 41008
    assert "openid" in exchange(sandbox, code)


def test_the_userinfo_scope_asks_first_and_then_tells_the_nickname(sandbox: Sandbox) -> None:
    openid = sandbox.follower("周明")
    browser = phone_of(sandbox, openid)
    page = browser.get(link(sandbox, scope="snsapi_userinfo"), allow_redirects=False, timeout=5)
    assert page.status_code == 200
    assert "允许" in page.text
    code = code_from(sandbox, browser, scope="snsapi_userinfo", sbx_consent="allow")
    granted = exchange(sandbox, code)
    query = {"access_token": granted["access_token"], "openid": openid}
    assert sandbox.get("/sns/userinfo", **query)["nickname"] == "周明"
    assert sandbox.get("/sns/auth", **query)["errcode"] == 0
    assert sandbox.get("/sns/userinfo", **query | {"openid": sandbox.follower()})["errcode"] == 40003
    refused = browser.get(
        link(sandbox, scope="snsapi_userinfo", sbx_consent="refuse"), allow_redirects=False, timeout=5
    )
    assert refused.headers["Location"] == f"/phone/{openid}"


def test_the_base_scope_opens_no_profile(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    granted = exchange(sandbox, code_from(sandbox, phone_of(sandbox, openid)))
    answer = sandbox.get("/sns/userinfo", access_token=granted["access_token"], openid=openid)
    assert answer["errcode"] == 48001


def test_a_snapshot_page_gives_a_virtual_identity_that_says_so(sandbox: Sandbox) -> None:
    openid = sandbox.follower(snapshot=True)
    browser = phone_of(sandbox, openid)
    first, second = (exchange(sandbox, code_from(sandbox, browser)) for _ in range(2))
    assert first["is_snapshotuser"] == 1
    assert first["openid"] != openid
    assert first["openid"] == second["openid"]
    assert sandbox.send(first["openid"])["errcode"] == 40003


def test_a_refresh_token_opens_a_new_web_token(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    granted = exchange(sandbox, code_from(sandbox, phone_of(sandbox, openid)))
    query = {"appid": APP_ID, "grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    fresh = sandbox.get("/sns/oauth2/refresh_token", **query)
    assert fresh["openid"] == openid
    assert fresh["access_token"] != granted["access_token"]
    assert sandbox.get("/sns/oauth2/refresh_token", **query | {"refresh_token": "x"})["errcode"] == 40030


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://127.0.0.1:8001/auth"},
        {"redirect_uri": "http://127.0.0.1:8000@evil.example/"},
        {"redirect_uri": "http://127.0.0.1/auth"},
        {"redirect_uri": "javascript:alert(1)"},
        {"appid": "wxother000000000"},
        {"response_type": "token"},
        {"scope": "snsapi_login"},
        {"state": "a-b"},
        {"state": "a" * 129},
        {"scope": None},
    ],
)
def test_a_link_that_breaks_a_rule_shows_a_page_and_gives_no_code(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    browser = phone_of(sandbox, sandbox.follower())
    answer = browser.get(link(sandbox, **changes), allow_redirects=False, timeout=5)
    assert answer.status_code == 400
    assert "错误码" in answer.text


def test_parameters_out_of_order_are_refused_as_wechat_does(sandbox: Sandbox) -> None:
    browser = phone_of(sandbox, sandbox.follower())
    query = urlencode(
        {"appid": APP_ID, "scope": "snsapi_base", "redirect_uri": RETURN, "response_type": "code", "state": "a"}
    )
    answer = browser.get(f"{sandbox.url}/connect/oauth2/authorize?{query}", allow_redirects=False, timeout=5)
    assert answer.status_code == 400


def test_the_phone_opened_last_is_who_logs_in_and_as_wins_over_it(sandbox: Sandbox) -> None:
    first, second = sandbox.follower("甲"), sandbox.follower("乙")
    browser = phone_of(sandbox, first)
    browser.get(f"{sandbox.url}/phone/{second}", timeout=5)
    assert exchange(sandbox, code_from(sandbox, browser))["openid"] == second
    assert exchange(sandbox, code_from(sandbox, browser, **{"as": first}))["openid"] == first
    assert exchange(sandbox, code_from(sandbox, browser))["openid"] == first


def test_outside_wechat_the_link_asks_whose_phone_it_is(sandbox: Sandbox) -> None:
    openid = sandbox.follower("只在微信里")
    answer = requests.get(link(sandbox), allow_redirects=False, timeout=5)
    assert answer.status_code == 200
    assert "请在微信里打开" in answer.text
    assert f"as={openid}" in answer.text


def test_a_tap_on_a_card_opens_its_page_as_that_follower(sandbox: Sandbox) -> None:
    openid, other = sandbox.follower(), sandbox.follower()
    sandbox.send(openid)
    (record,) = sandbox.messages(openid)
    browser = phone_of(sandbox, other)
    tap = browser.get(f"{sandbox.url}/phone/{openid}/open/{record['seq']}", allow_redirects=False, timeout=5)
    assert tap.headers["Location"] == record["url"]
    assert exchange(sandbox, code_from(sandbox, browser))["openid"] == openid
    assert sandbox.messages(openid)[0]["opened_at"] > 0
    foreign = browser.get(f"{sandbox.url}/phone/{other}/open/{record['seq']}", allow_redirects=False, timeout=5)
    assert foreign.status_code == 404


def test_cookies_have_names_nobody_else_on_the_host_uses(sandbox: Sandbox) -> None:
    browser = phone_of(sandbox, sandbox.follower())
    assert [cookie.name for cookie in browser.cookies] == ["sbx_as"]
