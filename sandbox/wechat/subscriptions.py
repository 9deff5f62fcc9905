"""Subscription messages (订阅通知): sent only to who agreed, once for each consent unless it is a lasting one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.chat import Entry, Follower
from sandbox.errors import WeChatError
from sandbox.message_templates import MessageTemplate
from sandbox.wechat.call import Call
from sandbox.wechat.contents import check_address, check_data
from sandbox.wechat.receipts import BLOCKED, DELIVERED, promise

if TYPE_CHECKING:
    from sandbox.world import World

SEND = "/cgi-bin/message/subscribe/bizsend"
RECORDED = ("touser", "template_id", "data", "page", "miniprogram")
LASTING = -1
# Where the question was asked: 0 in a web page, 1 elsewhere, 2 in an article (弹框场景).
SCENES = (0, 1, 2)
ANSWERS = ("accept", "reject")


def send_subscription(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/subscribe/bizsend: uses up a consent. Raises 43101 when there is none."""
    message = call.json
    follower = world.chats.followers.get(str(message.get("touser")))
    if follower is None:
        raise WeChatError(40003)
    template = world.templates.get(str(message.get("template_id")))
    if template is None or not template.subscription:
        raise WeChatError(40037)
    check_address("page", message.get("page"))
    check_data(template, message.get("data"), world.settings.sensitive_words)
    record = {name: message[name] for name in RECORDED if name in message}
    with world.chats.lock:
        _use_consent(world, follower, template)
        record |= {"msgid": world.memory.new_msgid(), "title": template.title, "receipts": []}
        entry = world.chats.say(follower.openid, "subscription", record)
    promise(world, SEND, entry, BLOCKED if follower.blocked else DELIVERED, _sent)
    return {"errcode": 0, "errmsg": "ok"}


def _use_consent(world: World, follower: Follower, template: MessageTemplate) -> None:
    left = follower.consents.get(template.id, 0)
    if not left:
        raise WeChatError(43101)
    if left != LASTING:
        follower.consents = follower.consents | {template.id: left - 1}
        world.chats.keep(follower)


def _sent(entry: Entry, status: str, msgid_zero: bool) -> Mapping[str, Any]:
    item = {
        "TemplateId": entry.body["template_id"],
        "MsgID": 0 if msgid_zero else entry.body["msgid"],
        "ErrorCode": 0 if status == DELIVERED else 1,
        "ErrorStatus": status,
    }
    return {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": [item]}}


def answer_question(world: World, follower: Follower, answers: Mapping[str, str], scene: int) -> None:
    """What a follower taps in the question that a page asks (template id → accept, reject); told as one event."""
    with world.chats.lock:
        for template_id, said in answers.items():
            if said == "accept":
                _agree(world, follower, template_id)
    items = [
        {"TemplateId": template_id, "SubscribeStatusString": said, "PopupScene": scene}
        for template_id, said in answers.items()
    ]
    world.tell(follower, {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": items}})
    world.chats.keep(follower)


def change_in_settings(world: World, follower: Follower, answers: Mapping[str, str]) -> None:
    """What a follower switches in the list of service notices; a rejection ends every consent to that template."""
    with world.chats.lock:
        for template_id, said in answers.items():
            if said == "accept":
                _agree(world, follower, template_id)
            else:
                follower.consents = {kept: left for kept, left in follower.consents.items() if kept != template_id}
    items = [{"TemplateId": template_id, "SubscribeStatusString": said} for template_id, said in answers.items()]
    world.tell(follower, {"Event": "subscribe_msg_change_event", "SubscribeMsgChangeEvent": {"List": items}})
    world.chats.keep(follower)


def _agree(world: World, follower: Follower, template_id: str) -> None:
    lasting = world.templates[template_id].subscription == "long"
    left = LASTING if lasting else follower.consents.get(template_id, 0) + 1
    follower.consents = follower.consents | {template_id: left}
