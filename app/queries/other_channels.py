"""How a notice fared on the other channels (备用通道): a column beside ``message m``, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.models import Channel, FallbackState, MessageState
from app.models.fallback import FALLBACK_OPEN
from app.queries import Fields

CALL = "请打电话告诉对方"
CHANNELS: Mapping[str, str] = {"wechat": "微信", Channel.SMS: "短信", Channel.EMAIL: "邮件"}
"""Every channel → its name."""
OFF = "off"
"""The code of a channel that is not set up: it is not spoken of."""
_S = FallbackState
_BECAUSE: Mapping[str, str] = {
    MessageState.NOT_FOLLOWING: "未关注",
    MessageState.BLOCKED: "关闭了公众号消息",
    MessageState.REFUSED: "拒收微信通知",
    MessageState.FAILED: "微信没送到",
    MessageState.UNSURE: "微信不确定",
}


class _Words(NamedTuple):
    """A state of another channel: as a sentence with the channel in it, and as a reason beside the channel's name."""

    told: str
    reason: str


_STATES: Mapping[str, _Words] = {
    _S.QUEUED: _Words("正在发{way}", "一小时还没发出"),
    _S.SENDING: _Words("正在发{way}", "一小时还没发出"),
    _S.SENT: _Words("{way}已发出，等待送达", "已发出，等待送达"),
    _S.DELIVERED: _Words("{way}已送达", "已送达"),
    _S.FAILED: _Words("{way}也没送到", "没送到"),
    _S.NO_ADDRESS: _Words("没有可用的{address}", "没有{address}"),
    _S.EXPIRED: _Words("没有发{way}：情况已变化", "没有再发"),
    _S.UNSURE: _Words("不确定{way}是否送到", "不确定是否送到"),
}
_ADDRESSES: Mapping[str, str] = {Channel.SMS: "手机号", Channel.EMAIL: "邮箱"}


def _said(words: str, channel: str) -> str:
    return words.format(way=CHANNELS[channel], address=_ADDRESSES[channel])


def day_and_time(column: str) -> str:
    """SQL for 「10:02」 today, 「3月16日 10:13」 before (Beijing)."""
    local = f"{column} AT TIME ZONE 'Asia/Shanghai'"
    today = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
    return (
        f"to_char({local}, CASE WHEN ({local})::date = {today} THEN 'HH24:MI' ELSE 'FMMM\"月\"FMDD\"日\" HH24:MI' END)"
    )


OTHERS = f"""(SELECT json_agg(json_build_object('channel', o.channel, 'state', o.state, 'code', o.code,
        'at', {day_and_time("coalesce(o.delivered_at, o.sent_at)")},
        'asleep', o.attempts = 0 AND o.next_try_at > now() + interval '5 minutes') ORDER BY o.created_at)
    FROM fallback o WHERE o.message_id = m.id)"""  # noqa: S608  (only constants)
"""The other channels a message was given to, in order."""


def fared(state: str, others: Sequence[Fields] | None) -> tuple[str, str] | None:
    """Text and tone for the sender; None where WeChat's own fate says it all.

    The best that any channel came to is told; 「都没送到」 only once the last has failed.
    """
    tried = [one for one in others or () if one["code"] != OFF]
    because = _BECAUSE.get(state)
    if because is None or not tried:
        return None
    by_state = {one["state"]: one for one in tried}
    if found := by_state.get(_S.DELIVERED):
        return f"{_told(found)} {found['at']}", "ok"
    if found := by_state.get(_S.SENT):
        return f"{because}，已发{CHANNELS[found['channel']]} {found['at']}", "wait"
    if found := next((one for one in tried if one["state"] in FALLBACK_OPEN), None):
        asleep = found["asleep"] and found["channel"] == Channel.SMS
        return f"{because}，{_said('早上 8 点后发{way}', found['channel']) if asleep else _told(found)}", "wait"
    if found := by_state.get(_S.UNSURE):
        return f"{_told(found)}，急的话{CALL}", "look"
    if _S.EXPIRED in by_state:
        return None
    return "都没送到，请打电话", "look"


def _told(one: Fields) -> str:
    return _said(_STATES[one["state"]].told, one["channel"])


def told(one: Fields) -> dict[str, Any]:
    """``{channel, text, tone, attempts, code}`` of one other channel, for an office."""
    state, channel = one["state"], one["channel"]
    tone = "ok" if state == _S.DELIVERED else "wait" if state in (*FALLBACK_OPEN, _S.SENT) else "look"
    return {"channel": channel, "text": _told(one), "tone": tone, "attempts": one["attempts"], "code": one["code"]}


# Why not, for whoever rings up

_WECHAT: Mapping[str | None, str] = {
    None: "还没有进入系统",
    MessageState.NOT_FOLLOWING: "没有关注公众号",
    MessageState.BLOCKED: "关闭了公众号消息",
    MessageState.REFUSED: "拒收这类通知",
    MessageState.FAILED: "没送到",
    MessageState.UNSURE: "不确定是否送到",
}
_BY_CODE: Mapping[str, str] = {
    OFF: "没有开通",
    "no_mobile": "手机号不对",
    "no_mailbox": "邮箱地址不对",
    "no_template": "没有这类短信",
    "unreadable": "地址读不出，请联系管理员",
    "FailedOperation.PhoneNumberInBlacklist": "号码在免打扰名单里",
    "FailedOperation.PhoneNumberParseFail": "手机号不对",
    "InvalidParameterValue.IncorrectPhoneNumber": "手机号不对",
    "LimitExceeded.PhoneNumberDailyLimit": "今天发给这个号码的短信太多",
    "LimitExceeded.PhoneNumberSameContentDailyLimit": "今天发给这个号码的短信太多",
    "550": "邮箱不存在或拒收",
    "552": "邮箱已满",
}


def reasons(state: str | None, others: Sequence[Fields] | None) -> list[dict[str, str]]:
    """``[{channel, text}]``: why each channel failed. ``state`` is the push's, None where there never was one."""
    found = [{"channel": CHANNELS["wechat"], "text": _WECHAT.get(state, "没送到")}]
    for one in others or ():
        by_code = _BY_CODE.get(one["code"] or "") if one["state"] == _S.FAILED else None
        text = by_code or _said(_STATES[one["state"]].reason, one["channel"])
        found.append({"channel": CHANNELS[one["channel"]], "text": text})
    return found
