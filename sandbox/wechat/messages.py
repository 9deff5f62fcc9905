"""Template messages (模板消息)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.chat import Follower
from sandbox.errors import WeChatError
from sandbox.message_templates import MessageTemplate
from sandbox.wechat.call import Call
from sandbox.wechat.contents import check_address, check_data
from sandbox.wechat.memory import contents_of
from sandbox.wechat.receipts import BLOCKED, DELIVERED, promise_receipt
from sandbox.wechat.receipts import TEMPLATE_SEND as SEND

if TYPE_CHECKING:
    from sandbox.world import World

CLIENT_MSG_ID_LONGEST = 32
HOUR = 3600
RECORDED = ("touser", "template_id", "data", "url", "miniprogram", "client_msg_id")


def send_template(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/template/send: check, remember, put into the chat, promise a receipt.

    A second message with the same client_msg_id within ten minutes gets the first one's msgid and
    is not delivered; the same contents under another id within a minute are refused (40241). A message
    that is held for review is answered with 40252 and may still arrive.
    """
    message = call.json
    follower, template = _check_receiver(world, message)
    check_data(template, message.get("data"), world.settings.sensitive_words)
    record = {name: message[name] for name in RECORDED if name in message}
    contents = contents_of(message) if world.settings.duplicate_window else b""
    with world.chats.lock:
        first = world.memory.same_client_msg_id(follower.openid, message)
        if first is not None:
            world.repeats.count(follower.openid, message["client_msg_id"], first)
            return _answer_repeat(world, first)
        if contents and world.memory.same_contents(follower.openid, contents):
            raise WeChatError(40241)
        _check_frequency(world, follower)
        msgid = world.memory.new_msgid()
        record |= {"msgid": msgid, "title": template.title, "receipts": []}
        world.memory.remember(follower.openid, message, contents, msgid)
        rule = world.faults.take("review", SEND, follower.openid, template.id)
        if rule is not None:
            world.reviews.hold(follower.openid, record, rule.review, rule.review_delay)
            raise WeChatError(40252)
        entry = world.chats.say(follower.openid, "template", record)
    promise_receipt(world, entry, BLOCKED if follower.blocked else DELIVERED)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def _answer_repeat(world: World, msgid: int) -> dict[str, Any]:
    if world.reviews.keeps(msgid):
        raise WeChatError(40252)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def _check_frequency(world: World, follower: Follower) -> None:
    """Raises 43117 when this follower got as many messages in the last hour as the setting allows."""
    most = world.settings.openid_hourly_limit
    if most and world.chats.templates_since(follower.openid, world.clock.now() - HOUR) >= most:
        raise WeChatError(43117)


def _check_receiver(world: World, message: dict[str, Any]) -> tuple[Follower, MessageTemplate]:
    touser, template_id = message.get("touser"), message.get("template_id")
    follower = world.chats.followers.get(touser) if isinstance(touser, str) else None
    if follower is None:
        raise WeChatError(40003)
    template = world.templates.get(template_id) if isinstance(template_id, str) else None
    if template is None or template.subscription:
        raise WeChatError(40037)
    if not follower.following:
        raise WeChatError(43004)
    if follower.blacklisted:
        raise WeChatError(43019)
    if template.id in follower.refused:
        raise WeChatError(43101)
    client_id = message.get("client_msg_id", "")
    if not isinstance(client_id, str) or len(client_id) > CLIENT_MSG_ID_LONGEST:
        raise WeChatError(47003, "argument invalid! client_msg_id invalid")
    check_address("url", message.get("url"))
    return follower, template
