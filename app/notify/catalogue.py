"""Which event tells whom what: one table. A further message is a further entry, nothing else.

An entry that does not fit its template is found by a test that renders every one with extreme data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from app.models import Topic
from app.notify.entry import UNTIL_THE_DEADLINE, Audience, Entry, Mark
from app.notify.reminders import EVENING_BEFORE, THREE_HOURS
from app.notify.story import Story

_TO_STUDENT = "/s/invitations/{invitation_id}"
_TO_EMPLOYER = "/e/invitations/{invitation_id}"
_TO_DESK = "/console/filings/{filing_id}"
_WEEK = timedelta(days=7)


def _corrected(story: Story) -> bool:
    return "replaces" in story.facts


def _received(kind: str, mark: Mark, title: str, body: str, phrase: str, when: Callable[[Story], bool]) -> Entry:
    return Entry(
        event="invitation.sent",
        kind=kind,
        to=Audience.GRADUATE,
        topic=Topic.INVITATION,
        mark=mark,
        title=title,
        body=body,
        href=_TO_STUDENT,
        template="invitation_received",
        fields={"thing1": "{employer}", "thing2": "{position}", "time3": "{deadline}", "phrase4": phrase},
        when=when,
        lasts=UNTIL_THE_DEADLINE,
        urgent=True,
        only_while_so=True,
    )


def _reminder(event: str, kind: str, title: str) -> Entry:
    return Entry(
        event=event,
        kind=kind,
        to=Audience.GRADUATE,
        topic=Topic.INVITATION,
        mark=Mark.MINE,
        title=title,
        body="{position}。{deadline} 前没有答复，邀请就会失效，对方可以再发。现在去看条款并答复。",
        href=_TO_STUDENT,
        template="invitation_expiring",
        fields={"thing1": "{employer}", "time2": "{deadline}", "thing3": "{remaining}"},
        lasts=UNTIL_THE_DEADLINE,
        urgent=True,
        only_while_so=True,
        reminder=True,
    )


def _closed(event: str, kind: str, title: str, body: str, phrase: str, short: str, **more: object) -> Entry:
    return Entry(
        event=event,
        kind=kind,
        to=Audience.GRADUATE,
        topic=Topic.INVITATION,
        mark=Mark.LOST,
        title=title,
        body=body,
        href=_TO_STUDENT,
        template="invitation_closed",
        fields={"thing1": "{employer}", "phrase2": phrase, "time3": "{at}", "thing4": short},
        **more,  # type: ignore[arg-type]
    )


def _told_graduate(event: str, kind: str, mark: Mark, title: str, body: str, **more: object) -> Entry:
    """An entry of the graduate's message centre without a push."""
    return Entry(
        event, kind, Audience.GRADUATE, Topic.INVITATION, mark, title, body, _TO_STUDENT,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _answer(event: str, kind: str, mark: Mark, title: str, body: str, phrase: str) -> Entry:
    return Entry(
        event=event,
        kind=kind,
        to=Audience.EMPLOYER,
        topic=Topic.INVITATION,
        mark=mark,
        title=title,
        body=body,
        href=_TO_EMPLOYER,
        template="answer_changed",
        fields={"thing1": "{graduate_masked}", "phrase2": phrase, "time3": "{at}"},
    )


def _result(event: str, mark: Mark, title: str, body: str, phrase: str, short: str) -> Entry:
    return Entry(
        event=event,
        kind=f"result.{event.partition('.')[2]}",
        to=Audience.GRADUATE,
        topic=Topic.RESULT,
        mark=mark,
        title=title,
        body=body,
        href=_TO_STUDENT,
        template="review_result",
        fields={"thing1": "{kind} {employer}", "phrase2": phrase, "thing3": short, "time4": "{at}"},
        lasts=_WEEK,
        only_while_so=True,
    )


def _result_for_employer(event: str, mark: Mark, title: str, body: str) -> Entry:
    kind = f"result.{event.partition('.')[2]}_employer"
    return Entry(event, kind, Audience.EMPLOYER, Topic.RESULT, mark, title, body, _TO_EMPLOYER)


def _on_desk(event: str) -> Entry:
    return Entry(
        event=event,
        kind="desk.arrived",
        to=Audience.DESK,
        topic=Topic.DESK,
        mark=Mark.MINE,
        title="{graduate}的{kind}等你们审核",
        body="{employer} · {position}。审核时限 {due_on}，请看过协议后通过或不通过。",
        href=_TO_DESK,
        note="审核时限 {due_on}",
    )


_DEADLINES = ("invitation.sent", "invitation.extended", "invitation.taken_back")
"""Events that say until when the graduate may answer: reminders are planned at each."""

ENTRIES: tuple[Entry, ...] = (
    # An invitation arrives, is extended, or waits for an answer again.
    _received(
        "invitation.received",
        Mark.MINE,
        "{employer}发来签约邀请",
        "{position}。请在 {deadline} 前看完条款并答复；到时没有答复，邀请会失效。",
        "待应约",
        lambda story: not story.held and not _corrected(story),
    ),
    _received(
        "invitation.received_corrected",
        Mark.MINE,
        "{employer}改了条款，重新发来邀请",
        "{position}。原来那份已撤回，请看新的条款，在 {deadline} 前答复。",
        "待应约",
        lambda story: not story.held and _corrected(story),
    ),
    _received(
        "invitation.received_view_only",
        Mark.OTHERS,
        "{employer}发来签约邀请",
        "{position}。你已有一份进行中的去向，这份现在只能查看；那一份没有成功时，可在 {deadline} 前答复。",
        "仅可查看",
        lambda story: story.held,
    ),
    _told_graduate(
        "invitation.extended",
        "invitation.extended",
        Mark.MINE,
        "{employer}延长了答复时间",
        "{position}。新的截止时间是 {deadline}，其他条款没有变。",
        lasts=UNTIL_THE_DEADLINE,
    ),
    _told_graduate(
        "invitation.taken_back",
        "invitation.open_again",
        Mark.MINE,
        "你撤回了应约，{employer}的邀请等你重新答复",
        "{position}。可在 {deadline} 前接受或拒绝，也可以答复别的邀请。",
        lasts=UNTIL_THE_DEADLINE,
    ),
    *(_reminder(event, EVENING_BEFORE, "{employer}的邀请明天到期") for event in _DEADLINES),
    *(_reminder(event, THREE_HOURS, "{employer}的邀请{remaining}") for event in _DEADLINES),
    # It ends without an answer.
    _closed(
        "invitation.withdrawn",
        "invitation.withdrawn",
        "{employer}撤回了签约邀请",
        "{position}。你不用再答复，不影响你的其他邀请。{because}",
        "已撤回",
        "你不用再答复，其他邀请不受影响",
        when=lambda story: not story.replaced,
    ),
    _told_graduate(
        "invitation.withdrawn",
        "invitation.replaced",
        Mark.LOST,
        "{employer}撤回了原来的邀请",
        "{position}。对方改了条款，另发了一份新的邀请，请答复新的那份。",
        when=lambda story: story.replaced,
    ),
    _closed(
        "invitation.expired",
        "invitation.expired",
        "{employer}的邀请过期了",
        "{position}。截止前没有答复，邀请已失效。还想去，可以请对方再发。",
        "已失效",
        "截止前没有答复，可请对方再发",
        when=lambda story: not story.held,
    ),
    _told_graduate(
        "invitation.expired",
        "invitation.expired_view_only",
        Mark.OTHERS,
        "{employer}的邀请过期了",
        "{position}。你已有一份进行中的去向，这份没有答复，已到期失效。",
        when=lambda story: story.held,
    ),
    _told_graduate(
        "invitation.lapsed",
        "invitation.lapsed",
        Mark.LOST,
        "你撤回了应约，{employer}的邀请已失效",
        "{position}。撤回时已过截止时间 {deadline}。还想去，可以请对方再发。",
    ),
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
    # The offices decide.
    _on_desk("filing.submitted"),
    _on_desk("filing.passed"),
    _result(
        "filing.passed",
        Mark.OTHERS,
        "{desk}审核通过了你与{employer}的签约",
        "接下来由{next_desk}审核，最晚 {due_on}有结果，现在不用你做什么。",
        "已通过",
        "接着由{next_desk}审核",
    ),
    _result_for_employer(
        "filing.passed",
        Mark.OTHERS,
        "{desk}审核通过了{graduate}的签约",
        "{position}。接下来由{next_desk}审核，最晚 {due_on}有结果。",
    ),
    _result(
        "filing.rejected",
        Mark.LOST,
        "{desk}没有通过你与{employer}的签约",
        "{because} 这份签约不成立，你可以答复其他邀请；还想去这家单位，请对方改好后重新发起。",
        "未通过",
        "{reason}",
    ),
    _result_for_employer(
        "filing.rejected",
        Mark.LOST,
        "{desk}没有通过{graduate}的签约",
        "{position}。{because} 改好后可以重新发起邀请。",
    ),
    # The last approval and what it brings about are one moment: it is told once, with the agreement's number.
    Entry(
        event="claim.effective",
        kind="result.effective",
        to=Audience.GRADUATE,
        topic=Topic.RESULT,
        mark=Mark.DONE,
        title="签约成功：{employer}",
        body="审核全部通过，{position}的就业协议已生效，协议编号 {number}。可以查看和下载电子协议书。",
        href=_TO_STUDENT,
        template="agreement_effective",
        fields={"thing1": "{employer}", "character_string2": "{number}", "time3": "{at}"},
        lasts=_WEEK,
        only_while_so=True,
    ),
    _result_for_employer(
        "claim.effective",
        Mark.DONE,
        "与{graduate}的签约成功",
        "审核全部通过，{position}的就业协议已生效，协议编号 {number}。可以查看和下载电子协议书。",
    ),
)

CLOSES: Mapping[str, Mark] = {
    "invitation.extended": Mark.OTHERS,
    "invitation.accepted": Mark.DONE,
    "invitation.refused": Mark.DONE,
    "invitation.withdrawn": Mark.LOST,
    "invitation.expired": Mark.LOST,
    "filing.passed": Mark.DONE,
    "filing.approved": Mark.DONE,
    "filing.rejected": Mark.DONE,
    "filing.withdrawn": Mark.OTHERS,
}
"""Event → what 「轮到你」 becomes on the earlier messages about its subject: the turn is over."""


def of(story: Story) -> list[Entry]:
    """The entries that tell this event."""
    return [entry for entry in _BY_EVENT.get(story.name, ()) if entry.when(story)]


_BY_EVENT: dict[str, list[Entry]] = {}
for _entry in ENTRIES:
    _BY_EVENT.setdefault(_entry.event, []).append(_entry)


def missing_templates(templates: Mapping[str, str]) -> list[str]:
    """Our template names that have no id among ``templates``; a sender must not start without one."""
    return sorted({entry.template for entry in ENTRIES if entry.template} - set(templates))
