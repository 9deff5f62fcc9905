"""Messages that the platform holds for review (40252): sent by itself when they pass, listed when they do not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.clock import Clock
from sandbox.errors import WeChatError
from sandbox.store import Store
from sandbox.timer import Timer
from sandbox.wechat.call import Call
from sandbox.wechat.contents import as_text

if TYPE_CHECKING:
    from sandbox.world import World

MOST_A_PAGE = 100


@dataclass(slots=True)
class Held:
    """One message in review. ``verdict`` (pass, block) comes at ``due``; ``state``: held, passed, blocked.

    ``record`` is the message as it came, with its msgid, which its sender is never told.
    """

    id: int
    openid: str
    record: dict[str, Any]
    verdict: str
    at: float
    due: float
    state: str = "held"


class Reviews:
    """All messages that were ever held; ``deliver`` is called with each that passes."""

    def __init__(self, clock: Clock, store: Store, timer: Timer, deliver: Callable[[Held], None]) -> None:
        self._clock, self._store, self._timer = clock, store, timer
        self._deliver = deliver
        self._lock = threading.Lock()
        self._all: dict[int, Held] = {}
        for _, raw in store.load("held"):
            held = Held(**raw)
            self._all[held.record["msgid"]] = held
            if held.state == "held":
                self._arm(held)

    def hold(self, openid: str, record: dict[str, Any], verdict: str, delay: float) -> None:
        """Keep a message; decide after ``delay`` seconds."""
        now = self._clock.now()
        with self._lock:
            held = Held(len(self._all) + 1, openid, record, verdict, now, now + delay)
            self._all[record["msgid"]] = held
        self._keep(held)
        self._arm(held)

    def keeps(self, msgid: int) -> bool:
        """Whether this message has not been sent on."""
        held = self._all.get(msgid)
        return held is not None and held.state != "passed"

    def decide(self, msgid: int, verdict: str) -> bool:
        """End a review now; False when there is none for this msgid."""
        held = self._all.get(msgid)
        if held is None or held.state != "held":
            return False
        held.verdict = verdict
        self._end(held)
        return True

    def shown(self) -> list[Held]:
        """All, the newest first."""
        return list(self._all.values())[::-1]

    def blocked(self, template_id: str, after: int, limit: int) -> list[Held]:
        """Refused messages of a template with an id above ``after``, oldest first."""
        fitting = [
            held
            for held in list(self._all.values())
            if held.state == "blocked" and held.id > after and held.record["template_id"] == template_id
        ]
        return fitting[:limit]

    def forget(self) -> None:
        """Drop everything, what is under review too."""
        with self._lock:
            self._all = {}
        self._store.forget("held")

    def _arm(self, held: Held) -> None:
        self._timer.after(max(0.0, held.due - self._clock.now()), partial(self._end, held))

    def _end(self, held: Held) -> None:
        with self._lock:
            if held.state != "held" or self._all.get(held.record["msgid"]) is not held:
                return
            held.state = "passed" if held.verdict == "pass" else "blocked"
        self._keep(held)
        if held.state == "passed":
            self._deliver(held)

    def _keep(self, held: Held) -> None:
        self._store.put("held", f"{held.id:012d}", held)


def query_blocked(world: World, call: Call) -> dict[str, Any]:
    """POST /wxa/sec/queryblocktmplmsg ``{tmpl_msg_id, largest_id, limit}``: what review refused of a template.

    No reason is given, and no msgid. Raises 40037 (no such template), 40097 (page of more than 100).
    """
    body = call.json
    template = world.templates.get(str(body.get("tmpl_msg_id")))
    largest, limit = body.get("largest_id", 0), body.get("limit", MOST_A_PAGE)
    if template is None:
        raise WeChatError(40037)
    if not _is_count(largest) or not _is_count(limit) or not 1 <= limit <= MOST_A_PAGE:
        raise WeChatError(40097)
    found = [
        {
            "id": held.id,
            "tmpl_msg_id": template.id,
            "title": template.title,
            "content": as_text(template, held.record["data"]),
            "send_timestamp": int(held.at),
            "openid": held.openid,
        }
        for held in world.reviews.blocked(template.id, largest, limit)
    ]
    return {"errcode": 0, "errmsg": "ok", "msginfo": found}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
