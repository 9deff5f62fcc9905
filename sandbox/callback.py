"""What the platform pushes to the product: events, messages and receipts.

Each push has five seconds; one that is not answered with 200 is repeated, three tries in all. What
comes back may be a passive text reply, which is then shown in the chat.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import urllib3

from sandbox.chat import Chats
from sandbox.clock import Clock
from sandbox.sealing import seal, sign, unseal
from sandbox.settings import Settings
from sandbox.timer import Timer

TRIES = 3
KEPT = 500
SERVICE_FAILED = "该公众号提供的服务出现故障，请稍后再试"

# Never through a proxy, never redirected, never repeated but by the rules here.
_http = urllib3.PoolManager(maxsize=32, retries=False)


@dataclass(slots=True)
class Push:
    """One thing to push and what became of it. ``outcome`` is a status, or why there is none."""

    id: int
    openid: str
    what: str
    fields: dict[str, Any]
    at: float
    tries: int = 0
    outcome: str = ""
    done: bool = False
    answered: bool = False


class Callback:
    """Pushes to the product's callback address, in order of being due, many at once."""

    def __init__(self, settings: Callable[[], Settings], clock: Clock, chats: Chats, timer: Timer) -> None:
        self._settings = settings
        self._clock = clock
        self._chats = chats
        self._timer = timer
        self._lock = threading.Lock()
        self.log: deque[Push] = deque(maxlen=KEPT)
        self.counts = {"pushed": 0, "answered": 0, "repeated": 0, "given_up": 0}

    def push(self, openid: str, fields: Mapping[str, Any], after: float = 0.0) -> Push | None:
        """Send later, in the background. Without a callback address nothing is sent."""
        if not self._settings().callback_url:
            return None
        push = self._note(openid, fields)
        self._timer.after(after, lambda: self._try(push))
        return push

    def push_now(self, openid: str, fields: Mapping[str, Any]) -> None:
        """Send and wait for the first try: for a receipt that overtakes its answer."""
        if self._settings().callback_url:
            self._try(self._note(openid, fields))

    def verify(self) -> bool:
        """The GET with which an address is checked: must answer echostr as it is."""
        echo = secrets.token_hex(10)
        stamp, nonce = str(int(self._clock.now())), _nonce()
        query = {
            "signature": sign(self._settings().token, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "echostr": echo,
        }
        try:
            answer = _http.request("GET", self._address(query), timeout=self._time_limit())
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200 and answer.data == echo.encode()

    def idle(self) -> bool:
        """Whether nothing is waiting or under way."""
        return all(push.done for push in list(self.log)) and not self._timer.waiting()

    def shown(self, limit: int = 100) -> list[dict[str, Any]]:
        """The newest pushes first."""
        return [asdict(push) for push in list(self.log)[-limit:][::-1]]

    def _note(self, openid: str, fields: Mapping[str, Any]) -> Push:
        what = str(fields.get("Event") or fields["MsgType"])
        with self._lock:
            self.counts["pushed"] += 1
            push = Push(self.counts["pushed"], openid, what, dict(fields), self._clock.now())
        self.log.append(push)
        return push

    def _try(self, push: Push) -> None:
        push.tries += 1
        query, body = self._sealed(push)
        try:
            answer = _http.request(
                "POST",
                self._address(query),
                body=body,
                headers={"Content-Type": "text/xml"},
                timeout=self._time_limit(),
                redirect=False,
            )
            push.outcome = str(answer.status)
            if answer.status == 200:
                self._finish(push, answer.data)
                return
        except urllib3.exceptions.HTTPError as error:
            push.outcome = type(error).__name__
        self._repeat(push)

    def _repeat(self, push: Push) -> None:
        if push.tries < TRIES:
            self._count("repeated")
            self._timer.after(self._settings().callback_pause, lambda: self._try(push))
            return
        self._count("given_up")
        push.done = True
        if push.fields["MsgType"] != "event" or push.what == "CLICK":
            self._chats.say(push.openid, "notice", {"text": SERVICE_FAILED})

    def _finish(self, push: Push, answer: bytes) -> None:
        self._count("answered")
        text = answer.strip()
        if text and text != b"success":
            self._show_reply(push, text)
        push.answered = push.done = True

    def _show_reply(self, push: Push, answer: bytes) -> None:
        settings = self._settings()
        try:
            reply = ElementTree.fromstring(answer)  # noqa: S314 - our own product's answer
            sealed = reply.findtext("Encrypt")
            if sealed:
                opened = unseal(sealed, settings.aes_key, settings.app_id)
                reply = ElementTree.fromstring(opened)  # noqa: S314
            if reply.findtext("ToUserName") != push.openid:
                raise ValueError("the reply is for another user")
            content = reply.findtext("Content") or ""
        except (ElementTree.ParseError, ValueError) as error:
            push.outcome += f" {type(error).__name__}"
            self._chats.say(push.openid, "notice", {"text": SERVICE_FAILED})
            return
        if content:
            self._chats.say(push.openid, "reply", {"text": content})

    def _sealed(self, push: Push) -> tuple[dict[str, str], bytes]:
        settings = self._settings()
        body = to_xml({"ToUserName": settings.original_id} | push.fields)
        stamp, nonce = str(int(self._clock.now())), _nonce()
        query = {
            "signature": sign(settings.token, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "openid": push.openid,
        }
        if settings.callback_mode == "aes":
            sealed = seal(body, settings.aes_key, settings.app_id)
            query["encrypt_type"] = "aes"
            query["msg_signature"] = sign(settings.token, stamp, nonce, sealed)
            body = to_xml({"ToUserName": settings.original_id, "Encrypt": sealed})
        return query, body.encode()

    def _address(self, query: dict[str, str]) -> str:
        url = self._settings().callback_url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"

    def _time_limit(self) -> urllib3.Timeout:
        return urllib3.Timeout(total=self._settings().callback_timeout)

    def _count(self, name: str) -> None:
        with self._lock:
            self.counts[name] += 1


def to_xml(fields: Mapping[str, Any]) -> str:
    """The XML of a push: texts in CDATA, numbers bare."""
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Mapping[str, Any]) -> str:
    parts = []
    for name, value in fields.items():
        if isinstance(value, dict):
            parts.append(f"<{name}>{_elements(value)}</{name}>")
        elif isinstance(value, int):
            parts.append(f"<{name}>{value}</{name}>")
        else:
            text = str(value).replace("]]>", "]]]]><![CDATA[>")
            parts.append(f"<{name}><![CDATA[{text}]]></{name}>")
    return "".join(parts)


def _nonce() -> str:
    return str(secrets.randbelow(2_000_000_000))
