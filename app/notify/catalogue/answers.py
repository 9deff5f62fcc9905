"""The graduate's answer (应约结果), as the employer hears of it."""

from __future__ import annotations

from app.models import Channel, Topic
from app.notify.entry import Audience, Entry, Mark

_PAGE = "/e/invitations/{invitation_id}"


def _answer(event: str, kind: str, mark: Mark, title: str, body: str, phrase: str) -> Entry:
    return Entry(
        event=event,
        kind=kind,
        to=Audience.EMPLOYER,
        topic=Topic.INVITATION,
        mark=mark,
        title=title,
        body=body,
        href=_PAGE,
        template="answer_changed",
        fields={"thing1": "{graduate_masked}", "phrase2": phrase, "time3": "{at}"},
        merge="answers",
        choice="answers",
        fallback=Channel.EMAIL,
    )


ENTRIES: tuple[Entry, ...] = (
    # The employer hears of the answer.
    _answer(
        "invitation.accepted",
        "answer.accepted",
        Mark.OTHERS,
        "{graduate}接受了签约邀请",
        "{position}。接下来由学院和学校审核，通过后协议生效，现在不用你做什么。",
        "已接受",
    ),
    _answer(
        "invitation.refused",
        "answer.refused",
        Mark.LOST,
        "{graduate}拒绝了签约邀请",
        "{position}。{because}",
        "已拒绝",
    ),
    _answer(
        "invitation.taken_back",
        "answer.taken_back",
        Mark.OTHERS,
        "{graduate}撤回了应约",
        "{position}。邀请恢复为待答复，截止时间仍是 {deadline}。",
        "已撤回",
    ),
    _answer(
        "invitation.lapsed",
        "answer.lapsed",
        Mark.LOST,
        "{graduate}撤回了应约，邀请已失效",
        "{position}。撤回时已过截止时间。需要时可以重新发起。",
        "已撤回",
    ),
    _answer(
        "invitation.expired",
        "answer.expired",
        Mark.LOST,
        "{graduate}没有在截止前答复",
        "{position}。邀请已在 {deadline} 失效。需要时可以重新发起，或打电话问问对方。",
        "已失效",
    ),
)
