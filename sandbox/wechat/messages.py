"""Template messages and customer messages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.chat import Entry, Follower
from sandbox.errors import WeChatError
from sandbox.faults import Rule
from sandbox.fields import is_acceptable
from sandbox.message_templates import MessageTemplate
from sandbox.wechat.call import Call

if TYPE_CHECKING:
    from sandbox.world import World

SEND = "/cgi-bin/message/template/send"
LATE = 30.0
CLIENT_MSG_ID_LONGEST = 32
TEXT_LONGEST_BYTES = 2048
RECORDED = ("touser", "template_id", "data", "url", "miniprogram", "client_msg_id")


def send_template(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/template/send: check, remember, put into the chat, promise a receipt.

    A second message with the same client_msg_id within ten minutes gets the first one's msgid and
    is not delivered; the same contents under another id within a minute are refused (40241).
    """
    message = call.json
    follower, template = _check_address(world, message)
    _check_data(template, message.get("data"))
    openid, now = follower.openid, world.clock.now()
    window = world.settings.duplicate_window
    with world.chats.lock:
        first = world.memory.same_client_msg_id(openid, message)
        if first is not None:
            _note_repeat(world, first)
            return {"errcode": 0, "errmsg": "ok", "msgid": first}
        if world.memory.same_contents(openid, message, window):
            raise WeChatError(40241)
        msgid = world.memory.new_msgid()
        record = {name: message[name] for name in RECORDED if name in message}
        record |= {"msgid": msgid, "title": template.title, "receipts": [], "repeats": 0}
        entry = world.chats.say(openid, "template", record)
        world.memory.remember(openid, message, msgid, now, window)
    _promise_receipt(world, follower, entry)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def _note_repeat(world: World, msgid: int) -> None:
    """Say of an accepted message that it was sent once more under its client_msg_id."""
    entry = world.chats.by_msgid(msgid)
    if entry is not None:
        entry.body["repeats"] = entry.body.get("repeats", 0) + 1
        world.chats.keep_entry(entry)


def _check_address(world: World, message: dict[str, Any]) -> tuple[Follower, MessageTemplate]:
    touser, template_id = message.get("touser"), message.get("template_id")
    follower = world.chats.followers.get(touser) if isinstance(touser, str) else None
    if follower is None:
        raise WeChatError(40003)
    template = world.templates.get(template_id) if isinstance(template_id, str) else None
    if template is None:
        raise WeChatError(40037)
    if not follower.following:
        raise WeChatError(43004)
    if template.id in follower.refused:
        raise WeChatError(43101)
    client_id = message.get("client_msg_id", "")
    if not isinstance(client_id, str) or len(client_id) > CLIENT_MSG_ID_LONGEST:
        raise WeChatError(47003, "argument invalid! client_msg_id invalid")
    url = message.get("url", "")
    if not isinstance(url, str) or (url and not url.startswith(("http://", "https://"))):
        raise WeChatError(47003, "argument invalid! url invalid")
    return follower, template


def _check_data(template: MessageTemplate, data: Any) -> None:
    """Raises 47003 with the field named, 47001 when data is no object."""
    if not isinstance(data, dict):
        raise WeChatError(47001)
    for field in template.fields:
        item = data.get(field.key)
        value = item.get("value") if isinstance(item, dict) else None
        if value is None or value == "":
            raise WeChatError(47003, f"argument invalid! data.{field.key}.value is empty")
        if not isinstance(value, str) or not is_acceptable(field.type, value, field.values):
            raise WeChatError(47003, f"argument invalid! data.{field.key}.value invalid")
    if len(data) > len(template.fields):
        known = {field.key for field in template.fields}
        stray = next(key for key in data if key not in known)
        raise WeChatError(47003, f"argument invalid! data.{stray} is not in the template")


def _promise_receipt(world: World, follower: Follower, entry: Entry) -> None:
    rule = world.faults.for_receipt(SEND, follower.openid, entry.body["template_id"]) or Rule()
    if rule.receipt == "missing":
        return
    status = rule.status or ("failed:user block" if follower.blocked else "success")
    send = partial(_push_receipt, world, entry, status, rule.msgid_zero)
    if rule.receipt == "early":
        send(at_once=True)
        return
    delay = rule.receipt_delay or world.settings.receipt_delay
    if rule.receipt == "late":
        delay = rule.receipt_delay or LATE
    for number in range(2 if rule.receipt == "double" else 1):
        world.timer.after(delay + 0.05 * number, send)


def _push_receipt(world: World, entry: Entry, status: str, msgid_zero: bool, *, at_once: bool = False) -> None:
    now = world.clock.now()
    entry.body["receipts"].append({"status": status, "at": now})
    world.chats.keep_entry(entry)
    event = {
        "FromUserName": entry.openid,
        "CreateTime": int(now),
        "MsgType": "event",
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": 0 if msgid_zero else entry.body["msgid"],
        "Status": status,
    }
    if at_once:
        world.callback.push_now(entry.openid, event)
    else:
        world.callback.push(entry.openid, event)


def send_custom(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/custom/send: text, only for a while after the follower did something.

    Raises 45015 outside the windows, 45047 when the windows are used up.
    """
    message = call.json
    follower = world.chats.followers.get(str(message.get("touser")))
    if follower is None:
        raise WeChatError(40003)
    if message.get("msgtype") != "text":
        raise WeChatError(40008)
    text = message.get("text")
    content = text.get("content") if isinstance(text, dict) else None
    if not isinstance(content, str) or not content:
        raise WeChatError(44004)
    if len(content.encode()) > TEXT_LONGEST_BYTES:
        raise WeChatError(45002)
    _use_allowance(world, follower)
    world.chats.say(follower.openid, "reply", {"text": content})
    return {"errcode": 0, "errmsg": "ok"}


def _use_allowance(world: World, follower: Follower) -> None:
    now = world.clock.now()
    with world.chats.lock:
        living = [item for item in follower.allowances if item[0] > now]
        if not follower.following or not living:
            raise WeChatError(45015)
        usable = [item for item in living if item[1] > 0]
        if not usable:
            raise WeChatError(45047)
        # The window that closes first is used first.
        min(usable)[1] -= 1
        world.chats.keep(follower)
