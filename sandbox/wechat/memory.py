"""What the platform remembers of sends for a while, so that a repeat does not arrive twice."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.chat import Chats
from sandbox.clock import Clock
from sandbox.settings import Settings
from sandbox.store import Store

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
    """client_msg_id for ten minutes, same contents for one, as set. Call it under the chats' lock."""

    def __init__(self, settings: Callable[[], Settings], clock: Clock, chats: Chats) -> None:
        self._settings = settings
        self._clock = clock
        self.forget()
        self._last_msgid = max(FIRST_MSGID, chats.largest_msgid)
        now = clock.now()
        for entry in chats.templates:
            if entry.at > now - settings().client_msg_id_memory:
                self._keep(entry.openid, entry.body, contents_of(entry.body), entry.body["msgid"], entry.at)

    def forget(self) -> None:
        """As if nothing had been sent yet; msgids go on."""
        self._ids = Recent()
        self._contents = Recent()

    def new_msgid(self) -> int:
        """Growing, with gaps, above 2**53."""
        self._last_msgid += random.randint(1, 1000)  # noqa: S311 - an id, not a secret
        return self._last_msgid

    def saw(self, msgid: int) -> None:
        """This id was given out before: later ones are larger."""
        self._last_msgid = max(self._last_msgid, msgid)

    def same_client_msg_id(self, openid: str, message: dict[str, Any]) -> int | None:
        """The msgid that a message of this follower with this client_msg_id got first."""
        client_id = message.get("client_msg_id")
        if not client_id:
            return None
        return self._ids.find((openid, client_id), self._clock.now() - self._settings().client_msg_id_memory)

    def same_contents(self, openid: str, contents: bytes) -> bool:
        """Whether this follower got these very contents within the window."""
        since = self._clock.now() - self._settings().duplicate_window
        return self._contents.find((openid, contents), since) is not None

    def remember(self, openid: str, message: dict[str, Any], contents: bytes, msgid: int) -> None:
        """Keep what is accepted now for both questions above."""
        self._keep(openid, message, contents, msgid, self._clock.now())

    def _keep(self, openid: str, message: dict[str, Any], contents: bytes, msgid: int, now: float) -> None:
        settings = self._settings()
        if message.get("client_msg_id"):
            key = (openid, message["client_msg_id"])
            self._ids.add(key, msgid, now, now - settings.client_msg_id_memory)
        if contents:
            self._contents.add((openid, contents), msgid, now, now - settings.duplicate_window)


def contents_of(message: dict[str, Any]) -> bytes:
    """What makes two messages the same."""
    parts = [message.get(name) for name in ("template_id", "data", "url", "miniprogram")]
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)


@dataclass(slots=True)
class Repeat:
    """Sends of one client_msg_id to one follower that were dropped because the platform remembered it."""

    openid: str
    client_msg_id: str
    msgid: int
    count: int = 0


class Repeats:
    """All repeats, counted. Call ``count`` under the chats' lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all = {(raw["openid"], raw["client_msg_id"]): Repeat(**raw) for _, raw in store.load("repeat")}

    def count(self, openid: str, client_msg_id: str, msgid: int) -> None:
        """One more was dropped; ``msgid`` is the one that arrived."""
        repeat = self._all.setdefault((openid, client_msg_id), Repeat(openid, client_msg_id, msgid))
        repeat.count += 1
        repeat.msgid = msgid
        self._store.put("repeat", f"{openid} {client_msg_id}", repeat)

    def of(self, openid: str | None = None) -> list[Repeat]:
        """Those of one follower, or all, in the order of their first repeat."""
        return [repeat for repeat in list(self._all.values()) if openid in (None, repeat.openid)]

    def forget(self) -> None:
        """Start to count anew."""
        self._all = {}
        self._store.forget("repeat")
