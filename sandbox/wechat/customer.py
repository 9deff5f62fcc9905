"""Customer messages (客服消息): text, only for a while after the follower did something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.chat import Follower
from sandbox.errors import WeChatError
from sandbox.wechat.call import Call

if TYPE_CHECKING:
    from sandbox.world import World

TEXT_LONGEST_BYTES = 2048


def send_custom(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/custom/send.

    Raises 45015 outside the windows, 45047 when the windows are used up, 43019 when blacklisted.
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
    if follower.blacklisted:
        raise WeChatError(43019)
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
