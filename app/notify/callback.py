"""What WeChat pushes to us (微信回调): checked, unsealed, read, and stored once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import xmltodict
from sqlalchemy import Connection, text
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.replies import TextReply

from app.db import Database
from app.identity import binding
from app.settings import WeChat

STORE_LIMIT_MS = 700
"""WeChat gives up after five seconds and repeats; what cannot be stored in this time is better repeated at once."""
DEEPEST = 4
MOST_NODES = 200
_NEEDED = ("ToUserName", "FromUserName", "CreateTime", "MsgType")


class Forged(Exception):
    """Not signed by WeChat, or not sealed where seals are the rule."""


class Unreadable(Exception):
    """Signed, but not what WeChat's pushes look like."""


def sign(*parts: str) -> str:
    """WeChat's signature of a push: SHA-1 of the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  (WeChat's choice)


def check_signature(account: WeChat, query: Mapping[str, str], name: str = "signature", *more: str) -> None:
    """Raises :class:`Forged` unless the query is signed with the account's token."""
    expected = sign(account.token, query.get("timestamp", ""), query.get("nonce", ""), *more)
    if not hmac.compare_digest(expected.encode(), query.get(name, "").encode()):
        raise Forged


def read(account: WeChat, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The push's content; raises :class:`Forged` or :class:`Unreadable`, whatever the body holds."""
    check_signature(account, query)
    if sealed(query):
        body = _unsealed(account, query, _parsed(body))
    elif account.callback_sealed:
        raise Forged
    content = _parsed(body)
    if not all(isinstance(content.get(name), str) and content[name] for name in _NEEDED):
        raise Unreadable
    if not (content["CreateTime"].isascii() and content["CreateTime"].isdigit() and len(content["CreateTime"]) <= 10):
        raise Unreadable
    return content


def _unsealed(account: WeChat, query: Mapping[str, str], envelope: Mapping[str, Any]) -> bytes:
    sealed = envelope.get("Encrypt")
    if not isinstance(sealed, str):
        raise Unreadable
    check_signature(account, query, "msg_signature", sealed)
    try:
        # The library also checks that the seal was made for our app id.
        opened = PrpCrypto(_key(account)).decrypt(sealed, account.app_id)
    except Exception as error:  # it raises whatever a wrong byte leads to
        raise Forged from error
    return opened if isinstance(opened, bytes) else str(opened).encode()


def sealed(query: Mapping[str, str]) -> bool:
    """Whether the push came in a seal, so that its answer goes back in one."""
    return query.get("encrypt_type") == "aes"


def reply(account: WeChat, query: Mapping[str, str], content: Mapping[str, Any], words: str) -> bytes:
    """A text message back to whoever the push is from (被动回复), sealed if the push was."""
    # The library puts texts into CDATA as they are, which must not end early.
    parts = {"source": content["ToUserName"], "target": content["FromUserName"], "content": words}
    message = TextReply(**{name: part.replace("]]>", "]]]]><![CDATA[>") for name, part in parts.items()}).render()
    if sealed(query):
        crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
        message = crypto.encrypt_message(message, secrets.token_hex(8), str(int(time.time())))
    return str(message).encode()


def _key(account: WeChat) -> bytes:
    return base64.b64decode(account.aes_key + "=")


def _parsed(body: bytes) -> dict[str, Any]:
    """The elements of ``<xml>``; text only, shallow and few."""
    try:
        document = xmltodict.parse(body)
    except Exception as error:  # expat's errors, entities, encodings: all the same to us
        raise Unreadable from error
    content = document.get("xml") if isinstance(document, dict) else None
    if not isinstance(content, dict) or not _is_modest(content):
        raise Unreadable
    return content


def _is_modest(content: Mapping[str, Any]) -> bool:
    """Not deeper and not larger than any push of WeChat's."""
    layer: list[Any] = [content]
    nodes = 0
    for _ in range(DEEPEST):
        layer = [
            item
            for node in layer
            for value in (node.values() if isinstance(node, dict) else node)
            for item in ([value] if isinstance(value, dict | list) else [])
        ]
        nodes += sum(len(node) for node in layer)
        if not layer:
            return len(content) + nodes <= MOST_NODES
    return False


def key_of(content: Mapping[str, Any]) -> str:
    """What makes a repeated push recognisable. Two receipts for one person in one second differ in MsgID only."""
    names = ("FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "MsgID", "MsgId")
    parts = [content.get(name) or "" for name in names]
    # The numbers of subscription messages lie one floor deeper, and several may share a second as well.
    parts += [value for name, value in sorted(content.items()) if name.startswith("SubscribeMsg")]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


_SCENE_PREFIX = "qrscene_"
_SCANNED = "ScannedDigest"
"""What stands in a stored push instead of the scene, in hexadecimal digits; the product's own, not WeChat's."""


def scene_of(content: Mapping[str, Any]) -> bytes | None:
    """SHA-256 of the scene of one of our binding codes that this push tells was scanned."""
    if content["MsgType"] != "event" or content.get("Event") not in ("SCAN", "subscribe"):
        return None
    scene = str(content.get("EventKey") or "").removeprefix(_SCENE_PREFIX)
    return binding.digest(scene) if binding.SCENE.fullmatch(scene) else None


def stored_scene_of(content: Mapping[str, Any]) -> bytes | None:
    """The same of a push as it was stored."""
    return bytes.fromhex(content[_SCANNED]) if _SCANNED in content else None


def _to_be_kept(content: Mapping[str, Any]) -> dict[str, Any]:
    """The push without what would let its reader scan a binding code: scene, and the ticket that draws it."""
    kept = {name: value for name, value in content.items() if name != _SCANNED}
    if (scene := scene_of(content)) is not None:
        kept.pop("Ticket", None)
        kept |= {"EventKey": "", _SCANNED: scene.hex()}
    return kept


_STORE = text("""
    INSERT INTO wechat_callback (key, content) VALUES (:key, CAST(:content AS jsonb)) ON CONFLICT (key) DO NOTHING
""")
_HURRY = text("SELECT set_config('statement_timeout', :limit, true)")


@contextmanager
def hurried(database: Database) -> Iterator[Connection]:
    """A transaction whose statements give up when WeChat is better answered without them."""
    with database.transaction() as connection:
        connection.execute(_HURRY, {"limit": str(STORE_LIMIT_MS)})
        yield connection


def store(database: Database, content: Mapping[str, Any]) -> None:
    """Keep the push, once; raises what the database raises when it is slow or away."""
    kept = orjson.dumps(_to_be_kept(content)).decode()
    with hurried(database) as connection:
        connection.execute(_STORE, {"key": key_of(content), "content": kept})
