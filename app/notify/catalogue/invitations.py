"""Invitations (签约邀请), as the graduate hears of them."""

from __future__ import annotations

from collections.abc import Callable

from app.models import Channel, Topic
from app.notify.entry import UNTIL_THE_DEADLINE, Audience, Entry, Mark
from app.notify.reminders import EVENING_BEFORE, THREE_HOURS
from app.notify.story import Story

_PAGE = "/s/invitations/{invitation_id}"


def _corrected(story: Story) -> bool:
    return "replaces" in story.facts


def _received(
    kind: str, mark: Mark, title: str, body: str, phrase: str, when: Callable[[Story], bool], *, answerable: bool = True
) -> Entry:
    """An invitation that arrives. Only one that can be answered is worth a night, or an SMS."""
    return Entry(
        event="invitation.sent",
        kind=kind,
        to=Audience.GRADUATE,
        topic=Topic.INVITATION,
        mark=mark,
        title=title,
        body=body,
        href=_PAGE,
        template="invitation_received",
        fields={"thing1": "{employer}", "thing2": "{position}", "time3": "{deadline}", "phrase4": phrase},
        when=when,
        lasts=UNTIL_THE_DEADLINE,
        urgent=answerable,
        only_while_so=True,
        fallback=Channel.SMS if answerable else None,
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
        href=_PAGE,
        template="invitation_expiring",
        fields={"thing1": "{employer}", "time2": "{deadline}", "thing3": "{remaining}"},
        lasts=UNTIL_THE_DEADLINE,
        urgent=True,
        only_while_so=True,
        reminder=True,
        fallback=Channel.SMS,
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
        href=_PAGE,
        template="invitation_closed",
        fields={"thing1": "{employer}", "phrase2": phrase, "time3": "{at}", "thing4": short},
        merge="closed",
        choice="closed",
        **more,  # type: ignore[arg-type]
    )


def _told_graduate(event: str, kind: str, mark: Mark, title: str, body: str, **more: object) -> Entry:
    """An entry of the graduate's message centre without a push."""
    return Entry(
        event, kind, Audience.GRADUATE, Topic.INVITATION, mark, title, body, _PAGE,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


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
        answerable=False,
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
)
