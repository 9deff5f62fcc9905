"""What the offices decide (审核结果), as graduate and employer hear of it."""

from __future__ import annotations

from datetime import timedelta

from app.models import Channel, Topic
from app.notify.entry import Audience, Entry, Mark
from app.notify.story import Story

_TO_STUDENT = "/s/invitations/{invitation_id}"
_TO_EMPLOYER = "/e/invitations/{invitation_id}"
_WEEK = timedelta(days=7)


def _signing(story: Story) -> bool:
    """Other kinds are told by app.notify.catalogue.filings."""
    return story.facts.get("kind") == "online_signing"


def _result(event: str, mark: Mark, title: str, body: str, phrase: str, short: str, **more: object) -> Entry:
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
        when=_signing,
        **more,  # type: ignore[arg-type]
    )


def _result_for_employer(event: str, mark: Mark, title: str, body: str) -> Entry:
    kind = f"result.{event.partition('.')[2]}_employer"
    return Entry(event, kind, Audience.EMPLOYER, Topic.RESULT, mark, title, body, _TO_EMPLOYER, when=_signing)


ENTRIES: tuple[Entry, ...] = (
    # The offices decide.
    _result(
        "filing.passed",
        Mark.OTHERS,
        "{desk}审核通过了你与{employer}的签约",
        "接下来由{next_desk}审核，{due_on}有结果，现在不用你做什么。",
        "已通过",
        "接着由{next_desk}审核",
        merge="results",
        choice="progress",
    ),
    _result_for_employer(
        "filing.passed",
        Mark.OTHERS,
        "{desk}审核通过了{graduate}的签约",
        "{position}。接下来由{next_desk}审核，{due_on}有结果。",
    ),
    _result(
        "filing.rejected",
        Mark.LOST,
        "{desk}没有通过你与{employer}的签约",
        "{because}这份签约不成立，你可以答复其他邀请；还想去这家单位，请对方改好后重新发起。",
        "未通过",
        "{reason}",
        fallback=Channel.SMS,
    ),
    _result_for_employer(
        "filing.rejected",
        Mark.LOST,
        "{desk}没有通过{graduate}的签约",
        "{position}。{because}改好后可以重新发起邀请。",
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
        when=_signing,
    ),
    _result_for_employer(
        "claim.effective",
        Mark.DONE,
        "与{graduate}的签约成功",
        "审核全部通过，{position}的就业协议已生效，协议编号 {number}。可以查看和下载电子协议书。",
    ),
)
