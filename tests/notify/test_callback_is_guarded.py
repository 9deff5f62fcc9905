"""Hostile, broken and repeated pushes: a 4xx and nothing kept, or one row and one effect; always within a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import xmltodict
from sqlalchemy import text
from wechatpy.crypto import WeChatCrypto

from app.notify import callback
from app.notify.callback import sign
from app.settings import Settings
from tests.notify.helpers import Post
from tests.sandbox.running import AES_KEY, APP_ID, TOKEN, Sandbox

PLAIN = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
    "<CreateTime>1800000000</CreateTime><MsgType><![CDATA[event]]></MsgType>"
    "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>{msgid}</MsgID><Status><![CDATA[success]]></Status></xml>"
)


def push(openid: str = "o" + "a" * 27, msgid: int = 3557254367693750277) -> str:
    return PLAIN.format(openid=openid, msgid=msgid)


def sealed(
    content: str, *, token: str = TOKEN, key: str = AES_KEY, app_id: str = APP_ID, stamp: str = "1800000000"
) -> tuple[dict[str, str], bytes]:
    """A push in safe mode: query and body."""
    crypto = WeChatCrypto(token, key, app_id)
    envelope = crypto.encrypt_message(content, "nonce", stamp)
    encrypted = xmltodict.parse(envelope)["xml"]["Encrypt"]
    query = {
        "signature": sign(token, stamp, "nonce"),
        "timestamp": stamp,
        "nonce": "nonce",
        "encrypt_type": "aes",
        "msg_signature": sign(token, stamp, "nonce", encrypted),
    }
    return query, f"<xml><ToUserName>gh_1</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode()


@pytest.fixture
def deliver(callback_url: str) -> Iterator[Any]:
    with requests.Session() as session:

        def send(query: dict[str, str], body: bytes) -> requests.Response:
            # WeChat cuts the connection after five seconds.
            return session.post(callback_url, params=query, data=body, headers={"Content-Type": "text/xml"}, timeout=5)

        yield send


def stored(post: Post) -> int:
    return int(post.scalar("SELECT count(*) FROM wechat_callback"))


def test_a_sealed_push_is_stored_once_however_often_it_comes(deliver: Any, post: Post) -> None:
    for _ in range(3):
        answer = deliver(*sealed(push()))
        assert (answer.status_code, answer.text) == (200, "success")
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert stored(post) == 1


def test_repeats_that_come_at_once_are_one(callback_url: str, post: Post) -> None:
    query, body = sealed(push())
    with ThreadPoolExecutor(12) as threads:
        answers = list(
            threads.map(lambda _: requests.post(callback_url, params=query, data=body, timeout=5), range(24))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert stored(post) == 1


def test_two_receipts_of_one_person_in_one_second_are_two(deliver: Any, post: Post) -> None:
    for msgid in (3557254367693750277, 3557254367693750278):
        assert deliver(*sealed(push(msgid=msgid))).status_code == 200
    assert stored(post) == 2


def test_the_address_is_verified_with_the_echo_as_plain_text(callback_url: str) -> None:
    query = {"signature": sign(TOKEN, "1", "2"), "timestamp": "1", "nonce": "2", "echostr": "<script>alert(1)</script>"}
    answer = requests.get(callback_url, params=query, timeout=5)
    assert (answer.status_code, answer.text) == (200, "<script>alert(1)</script>")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    query["signature"] = "0" * 40
    assert requests.get(callback_url, params=query, timeout=5).status_code == 403


FORGED = {
    "no signature": (lambda q, b: ({}, b)),
    "another token": (lambda q, b: sealed(push(), token="other")),
    "another signature of the seal": (lambda q, b: (q | {"msg_signature": "0" * 40}, b)),
    "signature that is no text": (lambda q, b: (q | {"signature": "\u4e2d" * 40}, b)),
    "another key": (lambda q, b: sealed(push(), key="x" * 43)),
    "another account": (lambda q, b: sealed(push(), app_id="wxfedcba9876543210")),
    "unsealed": (lambda q, b: ({k: q[k] for k in ("signature", "timestamp", "nonce")}, push().encode())),
}
DEEP = "<xml>" + "<a>" * 3000 + "</a>" * 3000 + "</xml>"
UNREADABLE = {
    "nothing": b"",
    "no xml": b"{}",
    "cut off": push().encode()[:80],
    "another root": b"<html>" + push().encode() + b"</html>",
    "bytes": bytes(range(256)),
    "no seal in it": push().encode(),
    "bomb": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<xml><Encrypt>&b;</Encrypt></xml>",
    "outside file": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b"<xml><Encrypt>&a;</Encrypt></xml>",
    "deep": DEEP.encode(),
    "seal that is a list": b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
}
INSIDE = {
    "no sender": "<xml><ToUserName>a</ToUserName><CreateTime>1</CreateTime><MsgType>event</MsgType></xml>",
    "sender twice": push().replace("</xml>", "<FromUserName>b</FromUserName></xml>"),
    "time that is none": push().replace("1800000000", "tomorrow"),
    "time out of range": push().replace("1800000000", "99999999999999"),
    "nested sender": push().replace("<![CDATA[" + "o" + "a" * 27 + "]]>", "<b>c</b>"),
    "deep": push().replace("</xml>", "<a>" * 50 + "</a>" * 50 + "</xml>"),
    "crowded": push().replace("</xml>", "".join(f"<n{i}>1</n{i}>" for i in range(400)) + "</xml>"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_push_is_refused_and_leaves_nothing(deliver: Any, post: Post, forge: Any) -> None:
    answer = deliver(*forge(*sealed(push())))
    assert answer.status_code == 403
    assert stored(post) == 0


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_push_is_refused_and_leaves_nothing(deliver: Any, post: Post, body: bytes) -> None:
    query, _ = sealed(push())
    assert deliver(query, body).status_code == 400
    assert stored(post) == 0


@pytest.mark.parametrize("content", INSIDE.values(), ids=INSIDE)
def test_a_well_sealed_push_that_lies_is_refused_and_leaves_nothing(deliver: Any, post: Post, content: str) -> None:
    assert deliver(*sealed(content)).status_code == 400
    assert stored(post) == 0


def test_a_push_that_overflows_is_refused(deliver: Any, post: Post) -> None:
    query, _ = sealed(push())
    assert deliver(query, b"<xml>" + b"a" * 60_000 + b"</xml>").status_code == 413
    assert deliver(query, b"<xml>" + b"a" * 200_000 + b"</xml>").status_code == 413
    assert stored(post) == 0


def test_plain_pushes_are_taken_where_the_account_is_in_plain_mode(
    post: Post, sandbox: Sandbox, product_environment: dict[str, str]
) -> None:
    open_mode = Settings.from_environment(product_environment | {"WECHAT_CALLBACK_MODE": "plain"}).wechat
    query = {"signature": sign(TOKEN, "1", "2"), "timestamp": "1", "nonce": "2"}
    assert callback.read(open_mode, query, push().encode())["Event"] == "TEMPLATESENDJOBFINISH"
    query, body = sealed(push())
    assert callback.read(open_mode, query, body)["Event"] == "TEMPLATESENDJOBFINISH"


def test_a_push_that_cannot_be_stored_in_time_is_answered_500_and_stored_when_it_is_repeated(
    deliver: Any, post: Post
) -> None:
    with post.services.db.transaction() as connection:
        connection.execute(text("LOCK TABLE wechat_callback IN ACCESS EXCLUSIVE MODE"))
        assert deliver(*sealed(push())).status_code == 500
    assert deliver(*sealed(push())).status_code == 200
    assert stored(post) == 1


def test_the_platform_repeats_what_we_could_not_store(post: Post, sandbox: Sandbox, callback_url: str) -> None:
    openid = sandbox.follower()
    with post.services.db.transaction() as connection:
        connection.execute(text("LOCK TABLE wechat_callback IN ACCESS EXCLUSIVE MODE"))
        sandbox.control("POST", f"/followers/{openid}/text", {"text": "在吗"})
        time.sleep(0.9)
    assert len(post.callbacks()) == 1
