"""What becomes of a graduate's filings (申报), whatever their kind: the kind's own words come with the event."""

from __future__ import annotations

from datetime import timedelta

from app.models import Channel, Topic
from app.notify.entry import Audience, Entry, Mark
from app.notify.story import Story

_TO_FILING = "/s/filings/{filing_id}"
_WEEK = timedelta(days=7)


def _own(story: Story) -> bool:
    """A filing of one's own; what two parties agreed on is told to both in words of its own."""
    return story.filing_id is not None and story.facts.get("kind") not in ("online_signing", "online_termination")


def _on_behalf(story: Story) -> bool:
    return _own(story) and bool(story.facts.get("on_behalf"))


def _by_link(story: Story) -> bool:
    return _own(story) and bool(story.facts.get("by_link"))


STAMP_AFTER = timedelta(days=30)
"""How long after an agreement was generated its graduate is reminded that it is not stamped yet."""


def _told(event: str, kind: str, mark: Mark, title: str, body: str, phrase: str, short: str, **more: object) -> Entry:
    return Entry(
        event=event,
        kind=kind,
        to=Audience.GRADUATE,
        topic=Topic.RESULT,
        mark=mark,
        title=title,
        body=body,
        href=_TO_FILING,
        template="review_result",
        fields={"thing1": "{kind}", "phrase2": phrase, "thing3": short, "time4": "{at}"},
        **{"when": _own, "only_while_so": True, "lasts": _WEEK, **more},  # type: ignore[arg-type]
    )


ENTRIES: tuple[Entry, ...] = (
    _told(
        "filing.passed",
        "filing.passed",
        Mark.OTHERS,
        "{desk}审核通过：{of}",
        "{kind}。接下来由{next_desk}审核，{due_on}有结果，现在不用你做什么。",
        "已通过",
        "接着由{next_desk}审核",
        merge="results",
        choice="progress",
    ),
    _told(
        "filing.approved",
        "filing.approved",
        Mark.DONE,
        "审核通过：{of}",
        "{kind}。{says}",
        "已通过",
        "{says}",
    ),
    _told(
        "filing.returned",
        "filing.returned",
        Mark.MINE,
        "{desk}退回修改：{of}",
        "{kind}。{because}请改好后重新提交，不用从头填写。",
        "退回修改",
        "{reason}",
        fallback=Channel.SMS,
    ),
    _told(
        "filing.rejected",
        "filing.rejected",
        Mark.LOST,
        "{desk}没有通过：{of}",
        "{kind}。{because}{says}",
        "未通过",
        "{reason}",
        fallback=Channel.SMS,
    ),
    _told(
        "filing.edited",
        "filing.edited",
        Mark.OTHERS,
        "{desk}修改了你填的内容：{of}",
        "{kind}。{because}点开可以看到修改前后的内容，有疑问请联系{desk}。",
        "已修改",
        "学校代为修改，请核对",
        only_while_so=False,
    ),
    *(
        _told(
            event,
            "filing.filed_for_you",
            Mark.OTHERS,
            "学校代你提交了{of}",
            "{kind}，由{by}代为填报。请点开核对，与实际不符的请马上联系学校就业部门。",
            "代为提交",
            "请核对是否与实际相符",
            when=_on_behalf,
            only_while_so=False,
        )
        for event in ("filing.submitted", "filing.resubmitted")
    ),
    _told(
        "filing.assisted",
        "filing.assisted",
        Mark.OTHERS,
        "学校在代你修改{of}",
        "{kind}，由{by}代为修改。{because} 你也可以自己改；不是你请学校办的，请马上联系学校就业部门。",
        "代为修改",
        "不是你请学校办的请联系",
        only_while_so=False,
    ),
    *(
        _told(
            event,
            "filing.sent_for_you",
            Mark.OTHERS,
            "单位传回了盖章的协议书",
            "{by}通过你发的链接提交了盖章的协议书，现在由{desk}审核。请点开核对，不对的可以在审核前撤回修改。",
            "单位已提交",
            "请点开核对",
            when=_by_link,
            only_while_so=False,
        )
        for event in ("filing.submitted", "filing.resubmitted")
    ),
    # What is printed and never stamped holds the graduate's lane. Not sent while the school has pictures of it to look
    # at (app.notify.wanted).
    _told(
        "claim.generated",
        "claim.reminder_stamp",
        Mark.MINE,
        f"协议书生成 {STAMP_AFTER.days} 天了，还没有盖章传回",
        "与{of}的就业协议书传回并审核通过，才算签约成功。请尽快请单位盖章传回；不签了就作废，作废前不能另外登记去向。",
        "待盖章传回",
        "还没有盖章传回",
        when=lambda story: story.filing_id is not None,
        reminder=True,
        after=STAMP_AFTER,
        lasts=STAMP_AFTER + _WEEK,
        fallback=Channel.SMS,
    ),
)
