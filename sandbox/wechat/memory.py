"""What the platform remembers of sends for a while, so that a repeat does not arrive twice."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Hashable
from typing import Any

import orjson

from sandbox.chat import Chats
from sandbox.clock import Clock

CLIENT_MSG_ID_MEMORY = 600.0
# Ids of the real platform are of this size: beyond what a JavaScript number holds exactly.
FIRST_MSGID = 3_557_254_367_693_750_000


class Recent:
    """Keys of the last ``seconds``; older ones are forgotten as new ones come."""

    def __init__(self) -> None:
        self._at: dict[Hashable, tuple[float, int]] = {}
        self._order: deque[tuple[float, Hashable]] = deque()

    def find(self, key: Hashable, since: float) -> int | None:
        """The msgid kept under ``key`` after ``since``."""
        found = self._at.get(key)
        return found[1] if found and found[0] > since else None

    def add(self, key: Hashable, msgid: int, now: float, since: float) -> None:
        """Keep ``msgid``; forget what is older than ``since``."""
        self._at[key] = (now, msgid)
        self._order.append((now, key))
        while self._order and self._order[0][0] <= since:
            at, old = self._order.popleft()
            if self._at.get(old, (at + 1, 0))[0] <= at:
                del self._at[old]


class SendMemory:
    """client_msg_id for ten minutes, same contents for one. Call it under the chats' lock."""

    def __init__(self, clock: Clock, chats: Chats) -> None:
        self._clock = clock
        self._ids = Recent()
        self._contents = Recent()
        self._last_msgid = FIRST_MSGID
        now = clock.now()
        for entry in chats.templates:
            self._last_msgid = max(self._last_msgid, entry.body["msgid"])
            if entry.at > now - CLIENT_MSG_ID_MEMORY:
                self.remember(entry.openid, entry.body, entry.body["msgid"], entry.at, 60.0)

    def new_msgid(self) -> int:
        """Growing, with gaps, above 2**53."""
        self._last_msgid += random.randint(1, 1000)  # noqa: S311 - an id, not a secret
        return self._last_msgid

    def same_client_msg_id(self, openid: str, message: dict[str, Any]) -> int | None:
        """The msgid that a message of this follower with this client_msg_id got first."""
        client_id = message.get("client_msg_id")
        if not client_id:
            return None
        return self._ids.find((openid, client_id), self._clock.now() - CLIENT_MSG_ID_MEMORY)

    def same_contents(self, openid: str, message: dict[str, Any], window: float) -> bool:
        """Whether this follower got these very contents within ``window`` seconds."""
        since = self._clock.now() - window
        return self._contents.find((openid, _contents(message)), since) is not None

    def remember(self, openid: str, message: dict[str, Any], msgid: int, now: float, window: float) -> None:
        """Keep what was accepted at ``now`` for both questions above."""
        if message.get("client_msg_id"):
            key = (openid, message["client_msg_id"])
            self._ids.add(key, msgid, now, now - CLIENT_MSG_ID_MEMORY)
        self._contents.add((openid, _contents(message)), msgid, now, now - window)


def _contents(message: dict[str, Any]) -> bytes:
    parts = [message.get(name) for name in ("template_id", "data", "url", "miniprogram")]
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
