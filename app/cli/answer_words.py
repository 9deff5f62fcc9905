"""What a sender does about each of WeChat's answers, in words for operators; and the page that lists them."""

from __future__ import annotations

from collections.abc import Mapping

from app.models.sending import ORDINARY
from app.notify.errcodes import TABLE, Behaviour

DOES: Mapping[Behaviour, str] = {
    Behaviour.ACCEPTED: "微信已接收，等送达回执",
    Behaviour.UNANSWERED: "没有回答：9 分钟内用同一编号重发，之后记为结果不明，等回执",
    Behaviour.BUSY: "1、2、4、8 … 秒后重发，整个账号减速",
    Behaviour.MINUTE_QUOTA: "一分钟后重发，速度减半",
    Behaviour.DAY_QUOTA: "账号暂停到北京时间零点，队列保留",
    Behaviour.STOP_ACCOUNT: "账号暂停，每五分钟试一次，队列保留，叫人",
    Behaviour.STOP_TEMPLATE: "这个模板暂停，每五分钟试一次，叫人",
    Behaviour.UNREACHABLE: "没有关注公众号：等对方关注",
    Behaviour.BLOCKED: "对方屏蔽了公众号：放弃微信，走备用通道",
    Behaviour.REFUSED: "对方拒收这个模板：放弃微信，走备用通道",
    Behaviour.SPARE_PERSON: "一小时内不再给这个人发",
    Behaviour.DUPLICATE: "一分钟内内容相同：是我们重发的就算已发，否则 61 秒后再发",
    Behaviour.IN_REVIEW: "微信在审核，通过后由微信自己发出，绝不重发",
    Behaviour.GIVE_UP: "我们的错误或不能发的文字：放弃并叫人",
}


def meaning(code: str) -> tuple[str, Behaviour]:
    """What a counted code means and what we do; ``none`` is no answer."""
    if code == "none":
        return "no usable answer", Behaviour.UNANSWERED
    known = TABLE.get(int(code)) if code.lstrip("-").isdigit() else None
    return (known.meaning, known.behaviour) if known else ("unknown code", Behaviour.GIVE_UP)


def errcodes_page() -> str:
    """docs/errcodes.md: every code once, under what is done about it."""
    parts = [
        "# WeChat's answers",
        "Drawn from `app/notify/errcodes.py` by `make docs`; a test keeps it fresh. A code that is not listed is given "
        "up and reported, never repeated blindly.",
    ]
    for behaviour, words in DOES.items():
        rows = [f"| {code} | {answer.meaning} |" for code, answer in TABLE.items() if answer.behaviour is behaviour]
        if behaviour is Behaviour.UNANSWERED:
            rows.append("| none | no answer, HTTP 5xx, or not JSON |")
        parts.append(
            "\n".join([f"## `{behaviour.value}`", "", words + "。", "", "| code | meaning |", "| --- | --- |", *rows])
        )
    return "\n\n".join(parts) + "\n"


PAUSED = {"": "整个账号", ORDINARY: "不急的通知"}
"""What a pause of no single template stops."""
