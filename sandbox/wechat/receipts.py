"""Receipts: what became of an accepted message, pushed a little later, or as a rule has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.chat import Entry
from sandbox.faults import Rule

if TYPE_CHECKING:
    from sandbox.world import World

LATE = 30.0
DELIVERED, BLOCKED, FAILED = "success", "failed:user block", "failed: system failed"
TEMPLATE_SEND = "/cgi-bin/message/template/send"

# Entry, status and whether the receipt lacks the msgid → the event's own fields.
Event = Callable[[Entry, str, bool], Mapping[str, Any]]


def promise_receipt(world: World, entry: Entry, status: str) -> None:
    """A TEMPLATESENDJOBFINISH for one template message; ``status`` unless a rule has another."""
    promise(world, TEMPLATE_SEND, entry, status, _job_finished)


def promise(world: World, path: str, entry: Entry, status: str, event: Event) -> None:
    """Push what ``event`` makes of the entry: once, or twice, late, early, never."""
    rule = world.faults.take("receipt", path, entry.openid, entry.body["template_id"]) or PLAIN
    if rule.receipt == "missing":
        return
    send = partial(_push, world, entry, rule.status or status, rule.msgid_zero, event)
    if rule.receipt == "early":
        send()
        return
    delay = rule.receipt_delay or world.settings.receipt_delay
    if rule.receipt == "late":
        delay = rule.receipt_delay or LATE
    for number in range(2 if rule.receipt == "double" else 1):
        world.timer.after(delay + 0.05 * number, send)


PLAIN = Rule()


def _job_finished(entry: Entry, status: str, msgid_zero: bool) -> Mapping[str, Any]:
    return {
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": 0 if msgid_zero else entry.body["msgid"],
        "Status": status,
    }


def _push(world: World, entry: Entry, status: str, msgid_zero: bool, event: Event) -> None:
    now = world.clock.now()
    entry.body["receipts"].append({"status": status, "at": now})
    world.chats.keep_entry(entry)
    head = {"FromUserName": entry.openid, "CreateTime": int(now), "MsgType": "event"}
    world.callback.push_now(entry.openid, {**head, **event(entry, status, msgid_zero)})
