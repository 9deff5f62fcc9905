"""Subscription messages (订阅通知): what a follower consented to, and one message for each consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.errors import WeChatError

if TYPE_CHECKING:
    from sandbox.chat import Follower
    from sandbox.wechat.call import Call
    from sandbox.world import World

SEND = "/cgi-bin/message/subscribe/bizsend"


def send_subscription(world: World, call: Call) -> dict[str, Any]:
    """POST bizsend. Raises 40003 (openid), 40037 (template), 47003 (data), 43101 (no consent left)."""
    body = call.json
    follower = world.chats.followers.get(str(body.get("touser")))
    if follower is None:
        raise WeChatError(40003)
    template, data = body.get("template_id"), body.get("data")
    if not isinstance(template, str) or not template:
        raise WeChatError(40037)
    if not isinstance(data, dict) or not all(isinstance(item, dict) and "value" in item for item in data.values()):
        raise WeChatError(47003)
    if follower.consents.get(template, 0) < 1:
        raise WeChatError(43101)
    follower.consents[template] -= 1
    world.chats.keep(follower)
    world.chats.say(
        follower.openid, "notice", {"text": "订阅通知：" + "，".join(str(i["value"]) for i in data.values())}
    )
    line = {"TemplateId": template, "MsgID": str(world.memory.new_msgid()), "ErrorCode": 0, "ErrorStatus": "success"}
    _tell(world, follower, "subscribe_msg_sent_event", "SubscribeMsgSentEvent", line)
    return {"errcode": 0, "errmsg": "ok"}


def answer(world: World, follower: Follower, template: str, accept: bool) -> None:
    """A page asked for consent, and the person answered."""
    if accept:
        follower.consents[template] = follower.consents.get(template, 0) + 1
        world.chats.keep(follower)
    line = {"TemplateId": template, "SubscribeStatusString": "accept" if accept else "reject", "PopupScene": "2"}
    _tell(world, follower, "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", line)


def switch_off(world: World, follower: Follower, template: str) -> None:
    """The person took every consent back in the account's settings."""
    follower.consents.pop(template, None)
    world.chats.keep(follower)
    line = {"TemplateId": template, "SubscribeStatusString": "reject"}
    _tell(world, follower, "subscribe_msg_change_event", "SubscribeMsgChangeEvent", line)


def _tell(world: World, follower: Follower, event: str, holder: str, line: dict[str, Any]) -> None:
    world.push_event(follower, {"Event": event, holder: {"List": line}})
