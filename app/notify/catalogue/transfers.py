"""What becomes of archive and hukou (档案、户口) without a filing of the graduate's own."""

from __future__ import annotations

from datetime import timedelta

from app.models import Channel, Topic
from app.notify.entry import Audience, Entry, Mark
from app.notify.story import Story


def _copied(story: Story) -> bool:
    return story.facts.get("source") == "copied"


def _to_take_over(story: Story) -> bool:
    return bool(story.facts.get("take_over"))


def _told(
    event: str,
    kind: str,
    mark: Mark,
    title: str,
    body: str,
    phrase: str,
    short: str,
    thing: str = "{kind}",
    **more: object,
) -> Entry:
    return Entry(
        event=event,
        kind=kind,
        to=Audience.GRADUATE,
        topic=Topic.RESULT,
        mark=mark,
        title=title,
        body=body,
        template="review_result",
        fields={"thing1": thing, "phrase2": phrase, "thing3": short, "time4": "{at}"},
        lasts=timedelta(days=7),
        **{"href": "/s/{lane}", **more},  # type: ignore[arg-type]
    )


ENTRIES: tuple[Entry, ...] = (
    _told(
        "transfer.registered",
        "transfer.copied",
        Mark.DONE,
        "{kind}已按你的去向登记",
        "去向审核通过，其中的{kind}已带过来登记：{of}。不用再填；有变化请办理修改。",
        "已登记",
        "由去向带入，请核对",
        when=_copied,
    ),
    _told(
        "transfer.doubted",
        "transfer.doubted",
        Mark.MINE,
        "请核对{kind}：来源去向已失效",
        "登记的{kind}来自已经解约或作废的去向，现在仍然有效。请核对：没有变化点「核对无误」，有变化请办理修改。",
        "请核对",
        "来源去向已失效，请核对",
        fallback=Channel.SMS,
        only_while_so=True,
    ),
    _told(
        "transfer.lapsed",
        "transfer.lapsed",
        Mark.LOST,
        "{kind}登记已失效",
        "学校删除了你的基本信息，登记的{kind}随之失效。基本信息恢复后，请重新登记；有疑问请联系学校就业部门。",
        "已失效",
        "基本信息删除，需重新登记",
        fallback=Channel.SMS,
    ),
    _told(
        "claim.effective",
        "transfer.take_over",
        Mark.MINE,
        "新去向里有不同的{take_over}",
        "你已登记或正在填写{take_over}，没有用新去向里的内容覆盖。请核对，需要换成新内容的，请办理修改。",
        "请核对",
        "新去向里有{take_over}，请核对",
        "{take_over}",
        href="/s/",
        when=_to_take_over,
    ),
    _told(
        "confirmation.renewed",
        "confirmation.renewed",
        Mark.MINE,
        "信息有变化，去向登记需要再次确认",
        "你确认以后，去向、档案或户口信息有了变化。学校更新上报后，请再次核对并确认。",
        "待再次确认",
        "去向、档案或户口信息有变化",
        "去向登记确认",
        href="/s/",
        only_while_so=True,
    ),
)
