"""How a notice fared on the other channels (备用通道): a column beside ``message m``, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.models import Channel, FallbackState, MessageState
from app.models.fallback import FALLBACK_OPEN
from app.queries import Fields

CALL = "请打电话告诉对方"
CHANNELS: Mapping[str, str] = {Channel.SMS: "短信", Channel.EMAIL: "邮件"}
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
        return f"{CHANNELS[found['channel']]}已送达 {found['at']}", "ok"
    if found := by_state.get(_S.SENT):
        return f"{because}，已发{CHANNELS[found['channel']]} {found['at']}", "wait"
    if found := next((one for one in tried if one["state"] in FALLBACK_OPEN), None):
        when = "早上 8 点后发" if found["asleep"] and found["channel"] == Channel.SMS else "正在发"
        return f"{because}，{when}{CHANNELS[found['channel']]}", "wait"
    if found := by_state.get(_S.UNSURE):
        return f"不确定{CHANNELS[found['channel']]}是否送到，急的话{CALL}", "look"
    if _S.EXPIRED in by_state:
        return None
    return "都没送到，请打电话", "look"


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
_BY_STATE: Mapping[str, str] = {
    _S.QUEUED: "一小时还没发出",
    _S.SENDING: "一小时还没发出",
    _S.FAILED: "没送到",
    _S.EXPIRED: "没有再发",
    _S.UNSURE: "不确定是否送到",
}
_NO_ADDRESS: Mapping[str, str] = {Channel.SMS: "没有手机号", Channel.EMAIL: "没有邮箱"}


def reasons(state: str | None, others: Sequence[Fields] | None) -> list[dict[str, str]]:
    """``[{channel, text}]``: why each channel failed. ``state`` is the push's, None where there never was one."""
    found = [{"channel": "微信", "text": _WECHAT.get(state, "没送到")}]
    for one in others or ():
        if one["state"] == _S.NO_ADDRESS:
            text = _NO_ADDRESS[one["channel"]]
        else:
            by_code = _BY_CODE.get(one["code"] or "") if one["state"] == _S.FAILED else None
            text = by_code or _BY_STATE.get(one["state"], "没送到")
        found.append({"channel": CHANNELS[one["channel"]], "text": text})
    return found
