"""线上解约: what one party is told of the other's request and answer, and both of the offices' decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from app.models import Channel, Topic
from app.notify.entry import Audience, Entry, Mark
from app.notify.story import Story

_PAGES = {Audience.GRADUATE: "/s/invitations/{invitation_id}", Audience.EMPLOYER: "/e/invitations/{invitation_id}"}
_WEEK = timedelta(days=7)
REMIND_AFTER = (3, 7, 15)
"""Days without an answer after which the other party is reminded (docs/rules.md, 解约)."""
HELP_AFTER = REMIND_AFTER[-1]
"""Days after which the starter is told that the school may be asked to help."""


def _started_by(audience: Audience) -> Callable[[Story], bool]:
    return lambda story: story.facts.get("started_by") == audience.value


def _answered_by(audience: Audience) -> Callable[[Story], bool]:
    return lambda story: story.facts.get("started_by") != audience.value


def _ending(story: Story) -> bool:
    return story.facts.get("kind") == "online_termination"


def _told(
    event: str, name: str, to: Audience, mark: Mark, title: str, body: str, phrase: str | None = None, **more: object
) -> Entry:
    """An entry of either party's message centre; with a ``phrase`` it is pushed as well."""
    push: dict[str, object] = {}
    if phrase is not None and to is Audience.GRADUATE:
        fields = {"thing1": "签约 {employer}", "phrase2": phrase, "thing3": "{reason}", "time4": "{at}"}
        push = {"template": "review_result", "fields": fields}
    elif phrase is not None:
        fields = {"thing1": "{graduate_masked}", "phrase2": phrase, "time3": "{at}"}
        push = {"template": "answer_changed", "fields": fields, "choice": "answers", "fallback": Channel.EMAIL}
    told: dict[str, object] = {"topic": Topic.INVITATION, "lasts": _WEEK, **push, **more}
    return Entry(
        event=event,
        kind=f"termination.{name}_{to.value}",
        to=to,
        mark=mark,
        title=title,
        body=body,
        href=_PAGES[to],
        **told,  # type: ignore[arg-type]
    )


def _reminders(to: Audience, title: str, body: str) -> list[Entry]:
    """While no answer comes; each is dropped once the request is no longer open."""
    return [
        _told(
            "termination.requested",
            f"reminder_{days}",
            to,
            Mark.MINE,
            title,
            f"对方已经等了 {days} 天。{body}",
            "待答复解约",
            when=_answered_by(to),
            reminder=True,
            only_while_so=True,
            after=timedelta(days=days),
            lasts=timedelta(days=days + 3),
        )
        for days in REMIND_AFTER
    ]


def _help(to: Audience, other: str) -> Entry:
    return _told(
        "termination.requested",
        "help",
        to,
        Mark.MINE,
        f"{other} {HELP_AFTER} 天没有答复解约",
        "可以请学校协助，学校会联系双方核实。也可以继续等待，或撤销申请。",
        "可请学校",
        when=_started_by(to),
        reminder=True,
        only_while_so=True,
        after=timedelta(days=HELP_AFTER),
        lasts=timedelta(days=HELP_AFTER + 7),
    )


_G, _E = Audience.GRADUATE, Audience.EMPLOYER
_KEPT = "签约仍然有效。"

ENTRIES: tuple[Entry, ...] = (
    # One asks: the other is to answer, without a time limit.
    _told(
        "termination.requested", "asked", _G, Mark.MINE, "{employer}申请与你解约",
        "{because}请和单位商量好，再同意或拒绝。同意后还要学校审核，审核通过前签约仍然有效。", "单位要解约",
        when=_answered_by(_G), only_while_so=True, fallback=Channel.SMS,
    ),
    _told(
        "termination.requested", "asked", _E, Mark.MINE, "{graduate}申请解约",
        "{position}。{because}请同意或拒绝；同意后还要学校审核，审核通过前签约仍然有效。", "申请解约",
        when=_answered_by(_E), only_while_so=True,
    ),
    *_reminders(_G, "{employer}的解约申请等你答复", "同意或拒绝都可以，答复前签约仍然有效。"),
    *_reminders(_E, "{graduate}的解约申请等你答复", "同意或拒绝都可以，答复前签约仍然有效。"),
    _help(_G, "{employer}"),
    _help(_E, "{graduate}"),
    # The answer.
    _told(
        "termination.accepted", "accepted", _G, Mark.OTHERS, "{employer}同意解约",
        "接下来由学校审核，审核通过前签约仍然有效，现在不用你做什么。", "单位同意", when=_started_by(_G),
    ),
    _told(
        "termination.accepted", "accepted", _E, Mark.OTHERS, "{graduate}同意解约",
        "{position}。接下来由学校审核，审核通过前签约仍然有效。", "同意解约", when=_started_by(_E),
    ),
    _told(
        "termination.refused", "refused", _G, Mark.LOST, "{employer}拒绝解约",
        "{because}" + _KEPT + "和单位商量好后可以重新申请。", "单位拒绝", when=_started_by(_G),
    ),
    _told(
        "termination.refused", "refused", _E, Mark.LOST, "{graduate}拒绝解约",
        "{position}。{because}" + _KEPT + "和毕业生商量好后可以重新申请。", "拒绝解约", when=_started_by(_E),
    ),
    _told(
        "termination.cancelled", "cancelled", _G, Mark.OTHERS, "{employer}撤销了解约申请",
        _KEPT + "你不用再答复。", when=_answered_by(_G),
    ),
    _told(
        "termination.cancelled", "cancelled", _E, Mark.OTHERS, "{graduate}撤销了解约申请",
        "{position}。" + _KEPT + "不用再答复。", when=_answered_by(_E),
    ),
    # The school is asked to help.
    _told(
        "termination.help_asked", "help_asked", _G, Mark.MINE, "{employer}请学校协助解约",
        "学校会联系你核实。你也可以直接同意或拒绝。", when=_answered_by(_G),
    ),
    _told(
        "termination.help_asked", "help_asked", _E, Mark.MINE, "{graduate}请学校协助解约",
        "{position}。学校会联系贵单位核实。也可以直接同意或拒绝。", when=_answered_by(_E),
    ),
    *(
        _told(
            "termination.settled", "settled", to, Mark.OTHERS, "学校受理了解约申请",
            "学校与双方核实后转入审核，审核通过前签约仍然有效。", "学校受理",
        )
        for to in (_G, _E)
    ),
    *(
        _told(
            "termination.dismissed", "dismissed", to, Mark.LOST, "学校不予解约",
            "核实情况：{reason}。" + _KEPT, "不予解约",
        )
        for to in (_G, _E)
    ),
    # The offices decide.
    _told(
        "filing.approved", "approved", _G, Mark.DONE, "与{employer}的解约已生效",
        "可以和其他单位签约，或登记其他去向。", "解约生效", topic=Topic.RESULT, when=_ending, only_while_so=True,
        fallback=Channel.SMS,
    ),
    _told(
        "filing.approved", "approved", _E, Mark.DONE, "与{graduate}的解约已生效",
        "{position}。学校审核通过，签约已经解除；双方仍可重新签约。", topic=Topic.RESULT, when=_ending,
    ),
    _told(
        "filing.rejected", "rejected", _G, Mark.LOST, "{desk}没有通过与{employer}的解约",
        "{because}" + _KEPT, "解约未通过", topic=Topic.RESULT, when=_ending, only_while_so=True,
        fallback=Channel.SMS,
    ),
    _told(
        "filing.rejected", "rejected", _E, Mark.LOST, "{desk}没有通过与{graduate}的解约",
        "{position}。{because}" + _KEPT, topic=Topic.RESULT, when=_ending,
    ),
)  # fmt: skip
