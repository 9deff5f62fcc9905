"""Followers, and everything said between each of them and the public account."""

from __future__ import annotations

import re
import secrets
import threading
from bisect import bisect_right
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.clock import Clock
from sandbox.store import Store

OPENID = re.compile(r"o[0-9A-Za-z_-]{27}")
ALWAYS_ON_THE_DESK = 60

# What a customer message may follow: (seconds it may still be sent, how many).
AFTER_TEXT = (48 * 3600, 5)
AFTER_TOUCH = (60, 3)


@dataclass(slots=True)
class Follower:
    """One WeChat user as this account knows them; ``refused`` holds template ids,
    ``consents`` how many subscription messages of a template may still be sent.

    ``blocked`` is 接收消息 switched off: a message is accepted, its receipt says user block.
    ``blacklisted`` is 拉黑 by the account. ``consents`` counts how often each subscription template may
    still be sent (-1: always).
    ``snapshot`` makes web log-ins answer with a virtual identity (快照页).
    """

    openid: str
    nickname: str
    created: float
    following: bool = True
    subscribed: float = 0.0
    scene: str = "ADD_SCENE_SEARCH"
    scene_str: str = ""
    scene_numbered: bool = False
    blocked: bool = False
    snapshot: bool = False
    blacklisted: bool = False
    consents: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    seen: int = 0
    last: int = 0
    allowances: list[list[float]] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """One line of a chat. kind: template, subscription, text (the follower's), reply (the account's), notice.

    ``at`` is in the sandbox's seconds; ``seq`` counts over all chats and never repeats.
    """

    seq: int
    openid: str
    kind: str
    at: float
    body: dict[str, Any]


class Chats:
    """All followers and their chats; safe to use from many threads."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store
        self.lock = threading.RLock()
        self.followers: dict[str, Follower] = {}
        self.templates: list[Entry] = []
        self._of: defaultdict[str, list[Entry]] = defaultdict(list)
        self._by_seq: dict[int, Entry] = {}
        self._by_msgid: dict[int, Entry] = {}
        self._last = 0
        self.largest_msgid = 0
        for key, raw in store.load("follower"):
            self.followers[key] = Follower(**raw)
        for _, raw in store.load("entry"):
            self._place(Entry(**raw))

    def add_follower(self, nickname: str, openid: str = "", following: bool = True) -> Follower:
        """A new user, or the one that already has this openid. Raises ValueError on a bad openid."""
        with self.lock:
            if openid in self.followers:
                return self.followers[openid]
            if openid and not OPENID.fullmatch(openid):
                raise ValueError("openid must be an o and 27 of A-Z a-z 0-9 _ -")
            now = self._clock.now()
            follower = Follower(openid or new_openid(), nickname, now, following)
            follower.subscribed = now if following else 0.0
            self.followers[follower.openid] = follower
            self.keep(follower)
            return follower

    def keep(self, follower: Follower) -> None:
        """Say that a follower changed."""
        self._store.put("follower", follower.openid, follower)

    def say(self, openid: str, kind: str, body: dict[str, Any]) -> Entry:
        """Add a line to a chat."""
        with self.lock:
            entry = Entry(self._last + 1, openid, kind, self._clock.now(), body)
            self._place(entry)
        self.keep_entry(entry)
        return entry

    def keep_entry(self, entry: Entry) -> None:
        """Say that a line is new or changed; one that was forgotten meanwhile stays so."""
        if entry.seq in self._by_seq:
            self._store.put("entry", f"{entry.seq:012d}", entry)

    def _place(self, entry: Entry) -> None:
        self._last = max(self._last, entry.seq)
        self._of[entry.openid].append(entry)
        self._by_seq[entry.seq] = entry
        if entry.openid in self.followers:
            self.followers[entry.openid].last = entry.seq
        if "msgid" in entry.body:
            self.largest_msgid = max(self.largest_msgid, entry.body["msgid"])
            self._by_msgid[entry.body["msgid"]] = entry
        if entry.kind == "template":
            self.templates.append(entry)

    def of(self, openid: str, after: int = 0) -> list[Entry]:
        """A chat's lines after ``after``, oldest first."""
        lines = self._of.get(openid, [])
        if not after:
            return list(lines)
        start = len(lines)
        while start and lines[start - 1].seq > after:
            start -= 1
        return lines[start:]

    def before(self, openid: str, seq: int) -> Entry | None:
        """The line before the one numbered ``seq``, or the last one up to it."""
        earlier = [entry for entry in self._of.get(openid, ()) if entry.seq < seq]
        return earlier[-1] if earlier else None

    def line(self, seq: int) -> Entry | None:
        """The line with this number."""
        return self._by_seq.get(seq)

    def by_msgid(self, msgid: int) -> Entry | None:
        """The template message that got this msgid."""
        return self._by_msgid.get(msgid)

    def accepted_after(self, seq: int, limit: int, openid: str | None = None) -> list[Entry]:
        """The first ``limit`` template messages (of one follower) accepted after the one numbered ``seq``."""
        if openid is not None:
            return [entry for entry in self.of(openid, seq) if entry.kind == "template"][:limit]
        start = bisect_right(self.templates, seq, key=lambda entry: entry.seq)
        return self.templates[start : start + limit]

    def templates_since(self, openid: str, at: float) -> int:
        """How many template messages a follower got after the moment ``at``."""
        count = 0
        for entry in reversed(self._of.get(openid, ())):
            if entry.at <= at:
                break
            count += entry.kind == "template"
        return count

    def forget(self) -> None:
        """Empty every chat; followers stay, and numbers go on."""
        with self.lock:
            self.templates = []
            self._of.clear()
            self._by_seq, self._by_msgid = {}, {}
        self._store.forget("entry")

    def unread(self, follower: Follower) -> int:
        """How many lines came since the chat was last open."""
        return len(self.of(follower.openid, follower.seen)) if follower.last > follower.seen else 0

    def saw(self, follower: Follower) -> None:
        """The follower has the chat open: nothing of it is unread."""
        if follower.seen < follower.last:
            follower.seen = follower.last
            self.keep(follower)

    def allow_customer_messages(self, follower: Follower, window: tuple[int, int]) -> None:
        """The follower did something: customer messages are allowed for a while again."""
        seconds, count = window
        now = self._clock.now()
        with self.lock:
            living = [item for item in follower.allowances if item[0] > now]
            follower.allowances = [*living, [now + seconds, float(count)]]
            self.keep(follower)

    def recent(self, limit: int = ALWAYS_ON_THE_DESK, name: str = "") -> list[Follower]:
        """Followers with the newest talk first, then the newest; ``name`` filters."""
        wanted = [f for f in list(self.followers.values()) if name in f.nickname]
        wanted.sort(key=lambda f: (f.last, f.created), reverse=True)
        return wanted[:limit]


def new_openid() -> str:
    """An openid of the real shape: o and 27 characters."""
    return "o" + secrets.token_urlsafe(21)[:27]


def as_json(thing: Follower | Entry) -> dict[str, Any]:
    """A plain object with the same names."""
    return asdict(thing)
