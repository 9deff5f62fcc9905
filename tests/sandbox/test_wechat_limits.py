"""Whom, how often and from where: quotas, lists and what the platform remembers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.running import APP_ID, SECRET, SEND, Product, Sandbox, invitation

RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")
CUSTOM = "/cgi-bin/message/custom/send"


def advance(sandbox: Sandbox, seconds: float) -> None:
    sandbox.control("POST", "/clock/advance", {"seconds": seconds})


def to_the_next_minute(sandbox: Sandbox) -> None:
    now = sandbox.control("GET", "/state")["now"]
    advance(sandbox, 60 - now % 60 + 1)


def test_a_minutes_quota_is_45011_until_the_minute_is_over(sandbox: Sandbox) -> None:
    sandbox.set(minute_limits={SEND: 2})
    people, access = [sandbox.follower() for _ in range(4)], sandbox.access_token()
    to_the_next_minute(sandbox)
    answers = [sandbox.post(SEND, invitation(openid), access_token=access) for openid in people]
    assert [answer["errcode"] for answer in answers] == [0, 0, 45011, 45011]
    assert RID.search(answers[2]["errmsg"])
    quota = sandbox.post("/cgi-bin/openapi/quota/get", {"cgi_path": SEND}, access_token=access)
    assert quota["rate_limit"] == {"call_count": 2, "refresh_second": 60}
    to_the_next_minute(sandbox)
    assert sandbox.post(SEND, invitation(people[2]), access_token=access)["errcode"] == 0


def test_the_days_quota_is_counted_until_midnight_in_beijing(sandbox: Sandbox) -> None:
    sandbox.set(daily_limits={SEND: 100_000})
    used = sandbox.call("/cgi-bin/openapi/quota/get", {"cgi_path": SEND})["quota"]["used"]
    sandbox.set(daily_limits={SEND: used + 1})
    assert [sandbox.send(sandbox.follower())["errcode"] for _ in range(2)] == [0, 45009]
    now = sandbox.control("GET", "/state")["now"]
    advance(sandbox, 86400 - (now + 8 * 3600) % 86400 + 1)
    assert sandbox.send(sandbox.follower())["errcode"] == 0


def test_quotas_can_be_cleared_ten_times_a_month(sandbox: Sandbox) -> None:
    advance(sandbox, 32 * 86400)
    answers = [sandbox.call("/cgi-bin/clear_quota", {"appid": APP_ID})["errcode"] for _ in range(11)]
    assert answers == [0] * 10 + [48006]
    assert sandbox.call("/cgi-bin/clear_quota", {"appid": "wxother000000000"})["errcode"] == 40013
    advance(sandbox, 32 * 86400)
    assert sandbox.call("/cgi-bin/clear_quota", {"appid": APP_ID})["errcode"] == 0


def test_a_caller_whose_address_is_not_listed_gets_no_token(sandbox: Sandbox) -> None:
    body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
    sandbox.set(ip_whitelist=["10.1.2.3"])
    plain = sandbox.get("/cgi-bin/token", **body)
    stable = sandbox.post("/cgi-bin/stable_token", body)
    assert plain["errcode"] == stable["errcode"] == 40164
    assert stable["errmsg"].startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ")
    sandbox.set(ip_whitelist=["10.1.2.3", "127.0.0.1"])
    assert "access_token" in sandbox.post("/cgi-bin/stable_token", body)


def test_a_frozen_secret_gives_no_token_but_living_ones_go_on(sandbox: Sandbox) -> None:
    access = sandbox.access_token()
    sandbox.set(secret_frozen=True)
    body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
    assert sandbox.post("/cgi-bin/stable_token", body)["errcode"] == 40243
    assert sandbox.get("/cgi-bin/token", **body)["errcode"] == 40243
    assert sandbox.post(SEND, invitation(sandbox.follower()), access_token=access)["errcode"] == 0


def test_a_blacklisted_follower_is_43019(sandbox: Sandbox) -> None:
    openid = sandbox.follower(blacklisted=True)
    sandbox.control("POST", f"/followers/{openid}/click", {"key": "help"})
    text = {"touser": openid, "msgtype": "text", "text": {"content": "你好"}}
    assert sandbox.send(openid)["errcode"] == sandbox.call(CUSTOM, text)["errcode"] == 43019
    sandbox.control("PATCH", f"/followers/{openid}", {"blacklisted": False})
    assert sandbox.send(openid)["errcode"] == sandbox.call(CUSTOM, text)["errcode"] == 0


@pytest.mark.parametrize("touch", ["follow", "scan", "click"])
def test_a_follow_a_scan_or_a_tap_allows_three_customer_messages_within_a_minute(sandbox: Sandbox, touch: str) -> None:
    openid = sandbox.follower(following=touch != "follow")
    if touch == "follow":
        sandbox.control("PATCH", f"/followers/{openid}", {"following": True})
    elif touch == "scan":
        body = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind-1"}}, "expire_seconds": 60}
        ticket = sandbox.call("/cgi-bin/qrcode/create", body)["ticket"]
        sandbox.control("POST", f"/followers/{openid}/scan", {"ticket": ticket})
    else:
        sandbox.control("POST", f"/followers/{openid}/click", {"key": "help"})
    text = {"touser": openid, "msgtype": "text", "text": {"content": "你好"}}
    assert [sandbox.call(CUSTOM, text)["errcode"] for _ in range(4)] == [0, 0, 0, 45047]
    advance(sandbox, 61)
    assert sandbox.call(CUSTOM, text)["errcode"] == 45015


@pytest.mark.parametrize(
    "path",
    [
        *(SEND, CUSTOM, "/cgi-bin/message/subscribe/bizsend", "/wxa/sec/queryblocktmplmsg"),
        *("/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/ticket/getticket", "/cgi-bin/user/info"),
        *("/cgi-bin/qrcode/create", "/cgi-bin/menu/get", "/sns/oauth2/access_token", "/sns/userinfo", "/wxa/nothing"),
    ],
)
def test_every_refusal_carries_a_request_id_and_is_http_200(sandbox: Sandbox, path: str) -> None:
    for method in ("GET", "POST"):
        answer = sandbox.http.request(method, sandbox.url + path, json={}, timeout=5)
        assert answer.status_code == 200
        assert answer.json()["errcode"] != 0
        assert RID.search(answer.json()["errmsg"])


def test_too_many_messages_an_hour_to_one_follower_are_43117(sandbox: Sandbox) -> None:
    sandbox.set(openid_hourly_limit=2)
    openid, other = sandbox.follower(), sandbox.follower()
    answers = [sandbox.call(SEND, invitation(openid, f"单位{n}"))["errcode"] for n in range(3)]
    assert answers == [0, 0, 43117]
    assert sandbox.send(other)["errcode"] == 0
    advance(sandbox, 3601)
    assert sandbox.call(SEND, invitation(openid, "单位3"))["errcode"] == 0


def test_a_sensitive_word_anywhere_is_45168(sandbox: Sandbox) -> None:
    sandbox.set(sensitive_words=["贷款", "刷单"])
    openid = sandbox.follower()
    refused = sandbox.call(SEND, invitation(openid, "校园贷款有限公司"))
    assert refused["errcode"] == 45168
    assert RID.search(refused["errmsg"])
    assert sandbox.send(openid)["errcode"] == 0


def test_a_template_the_follower_refused_is_43101_for_that_pair_only(sandbox: Sandbox) -> None:
    openid = sandbox.follower(refused=["tpl-invitation_received"])
    review = {
        "touser": openid,
        "template_id": "tpl-review_result",
        "data": {
            "thing1": {"value": "毕业去向登记"},
            "phrase2": {"value": "已通过"},
            "thing3": {"value": "材料齐全"},
            "time4": {"value": "2026年3月20日 10:00"},
        },
    }
    assert sandbox.send(openid)["errcode"] == 43101
    assert sandbox.call(SEND, review)["errcode"] == 0
    assert sandbox.send(sandbox.follower())["errcode"] == 0
    sandbox.control("PATCH", f"/followers/{openid}", {"refused": []})
    assert sandbox.send(openid)["errcode"] == 0


def test_what_was_dropped_for_its_client_msg_id_is_counted_by_id(sandbox: Sandbox) -> None:
    one, other = sandbox.follower(), sandbox.follower()
    for openid, client_msg_id, times in ((one, "a", 3), (one, "b", 1), (other, "a", 2)):
        for _ in range(times):
            sandbox.call(SEND, invitation(openid, f"单位{client_msg_id}") | {"client_msg_id": client_msg_id})
    repeats = sandbox.control("GET", "/repeats", openid=one)
    assert [(r["client_msg_id"], r["count"]) for r in repeats["repeats"]] == [("a", 2)]
    assert repeats["repeats"][0]["msgid"] == sandbox.messages(one)[0]["msgid"]
    assert sandbox.control("GET", "/repeats", openid=other)["total"] == 1
    assert sandbox.control("GET", "/repeats")["total"] >= 3


@pytest.mark.parametrize(("memory", "skipped", "kept"), [(0, 0, False), (30, 29, True), (30, 31, False)])
def test_how_long_a_client_msg_id_is_remembered_can_be_set(
    sandbox: Sandbox, memory: float, skipped: float, kept: bool
) -> None:
    sandbox.set(client_msg_id_memory=memory, duplicate_window=0)
    openid = sandbox.follower()
    sandbox.send(openid, client_msg_id="m")
    advance(sandbox, skipped)
    sandbox.send(openid, client_msg_id="m")
    assert len(sandbox.messages(openid)) == (1 if kept else 2)


def test_everything_sent_can_be_forgotten_at_once(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    first = sandbox.send(openid, client_msg_id="m")["msgid"]
    sandbox.send(openid, client_msg_id="m")
    sandbox.control("DELETE", "/messages")
    assert sandbox.control("GET", "/messages")["messages"] == []
    assert sandbox.control("GET", "/repeats") == {"repeats": [], "total": 0}
    assert sandbox.control("GET", f"/followers/{openid}/chat")["chat"] == []
    assert sandbox.send(openid, client_msg_id="m")["msgid"] > first
    assert sandbox.control("GET", "/messages")["total"] == 1


def test_ten_thousand_messages_are_read_in_pages(sandbox: Sandbox) -> None:
    sandbox.set(duplicate_window=0)
    openid, access = sandbox.follower(), sandbox.access_token()
    sandbox.control("DELETE", "/messages")
    for number in range(25):
        sandbox.post(SEND, invitation(openid, f"单位{number}"), access_token=access)
    pages: list[list[Any]] = []
    since = 0
    while not pages or pages[-1]:
        page = sandbox.control("GET", "/messages", since=since, limit=10)
        pages.append(page["messages"])
        since = page["last"]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    names = [message["data"]["thing1"]["value"] for page in pages for message in page]
    assert names == [f"单位{number}" for number in range(25)]


def test_permanent_codes_are_limited_and_never_expire(sandbox: Sandbox) -> None:
    body: dict[str, Any] = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "campus"}}}
    code = sandbox.call("/cgi-bin/qrcode/create", body)
    assert set(code) == {"ticket", "url"}
    advance(sandbox, 40 * 86400)
    sandbox.control("POST", f"/followers/{sandbox.follower()}/scan", {"ticket": code["ticket"]})
    sandbox.set(scene_limit=1)
    assert sandbox.call("/cgi-bin/qrcode/create", body)["errcode"] == 45029
    passing = body | {"action_name": "QR_STR_SCENE", "expire_seconds": 9_999_999}
    assert sandbox.call("/cgi-bin/qrcode/create", passing)["expire_seconds"] == 2_592_000
    assert sandbox.call("/cgi-bin/qrcode/create", passing | {"expire_seconds": None})["errcode"] == 40097


@pytest.mark.parametrize(
    ("kind", "scene_id", "errcode"),
    [("QR_SCENE", 2**32 - 1, 0), ("QR_SCENE", 0, 40053), ("QR_LIMIT_SCENE", 100_001, 40053), ("QR_SCENE", True, 40053)],
)
def test_numbered_scenes_have_their_range(sandbox: Sandbox, kind: str, scene_id: int, errcode: int) -> None:
    body = {"action_name": kind, "action_info": {"scene": {"scene_id": scene_id}}}
    assert sandbox.call("/cgi-bin/qrcode/create", body).get("errcode", 0) == errcode


def test_user_info_says_by_which_code_a_follower_came(sandbox: Sandbox) -> None:
    access, found = sandbox.access_token(), []
    for kind, scene in (("QR_SCENE", {"scene_id": 42}), ("QR_STR_SCENE", {"scene_str": "42"})):
        openid = sandbox.follower(following=False)
        ticket = sandbox.call("/cgi-bin/qrcode/create", {"action_name": kind, "action_info": {"scene": scene}})[
            "ticket"
        ]
        sandbox.control("POST", f"/followers/{openid}/scan", {"ticket": ticket})
        info = sandbox.get("/cgi-bin/user/info", access_token=access, openid=openid)
        found.append((info["subscribe_scene"], info["qr_scene"], info["qr_scene_str"]))
    assert found == [("ADD_SCENE_QR_CODE", 42, ""), ("ADD_SCENE_QR_CODE", 0, "42")]


def test_a_menu_can_be_removed_and_is_then_no_more(sandbox: Sandbox) -> None:
    sandbox.call("/cgi-bin/menu/create", {"button": [{"type": "click", "name": "帮助", "key": "help"}]})
    access = {"access_token": sandbox.access_token()}
    assert sandbox.get("/cgi-bin/menu/delete", **access)["errcode"] == 0
    assert sandbox.get("/cgi-bin/menu/get", **access)["errcode"] == 46003


def test_in_compatible_mode_a_push_is_readable_and_sealed(sandbox: Sandbox) -> None:
    product = Product("plain")
    try:
        sandbox.set(callback_url=product.url, callback_mode="both")
        openid = sandbox.follower()
        sandbox.control("POST", f"/followers/{openid}/click", {"key": "help"})
        (push,) = product.wait("CLICK")
        query = push.query
        opened = product.crypto.decrypt_message(push.raw, query["msg_signature"], query["timestamp"], query["nonce"])
        assert "<EventKey><![CDATA[help]]></EventKey>" in opened
        assert "<EventKey><![CDATA[help]]></EventKey>" in push.raw
    finally:
        product.close()
