"""Pushes as WeChat makes them, sealed by its own library, and answers opened with it."""

from __future__ import annotations

import itertools
from typing import Any

import requests
import xmltodict
from wechatpy.crypto import WeChatCrypto

from app.notify.callback import sign
from tests.sandbox.running import AES_KEY, APP_ID, TOKEN

ACCOUNT = "gh_0123456789ab"
_serial = itertools.count(1)


def xml(**fields: Any) -> str:
    """A push with these elements; a dict or a list of dicts makes further ones inside."""
    return str(xmltodict.unparse({"xml": {"ToUserName": ACCOUNT, **fields}}, full_document=False))


def text_of(openid: str, words: str, **more: Any) -> str:
    """A text message somebody typed."""
    number = str(next(_serial))
    told = {"FromUserName": openid, "CreateTime": "1800000000", "MsgType": "text", "Content": words, "MsgId": number}
    return xml(**told | more)


def event_of(openid: str, event: str, **more: Any) -> str:
    """An event of somebody's."""
    told = {"FromUserName": openid, "CreateTime": str(1_800_000_000 + next(_serial)), "MsgType": "event"}
    return xml(**told | {"Event": event} | more)


def sealed(
    content: str, *, token: str = TOKEN, key: str = AES_KEY, app_id: str = APP_ID, nonce: str = "nonce"
) -> tuple[dict[str, str], bytes]:
    """A push in safe mode: query and body."""
    stamp = "1800000000"
    envelope = WeChatCrypto(token, key, app_id).encrypt_message(content, nonce, stamp)
    encrypted = xmltodict.parse(envelope)["xml"]["Encrypt"]
    query = {
        "signature": sign(token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": sign(token, stamp, nonce, encrypted),
    }
    return query, f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode()


def said(answer: requests.Response) -> dict[str, str] | None:
    """The message a sealed answer holds, opened as WeChat opens it; None for a bare ``success``."""
    assert answer.status_code == 200, answer.text
    if answer.text == "success":
        return None
    outer = xmltodict.parse(answer.content)["xml"]
    assert set(outer) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}, "the answer must be sealed and nothing else"
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    opened = crypto.decrypt_message(answer.text, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    message: dict[str, str] = xmltodict.parse(opened)["xml"]
    return message
