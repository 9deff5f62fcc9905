"""``notices``: how sending stands, what is stuck and why, and setting it going again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from app import clock
from app.cli import notice_status
from app.cli.answer_words import PAUSED
from app.cli.opening import opened
from app.cli.screen import Line, section, span, table
from app.notify import budget, mending
from app.notify.wechat import Client, WeChatError
from app.queries import upkeep
from app.queries.backlog import standing
from app.queries.other_channels import CHANNELS
from app.workflows import deadlines, printing

AGAIN = ("event", "callback", "deadline", "document")


@click.group("notices")
def notices() -> None:
    """Pushes and what drives them, for whoever is on duty. Shows no personal data."""


@notices.command()
def status() -> None:
    """One screen: queue, today's sends, budget, pauses, the clock's beats, what is stuck."""
    with opened() as services, services.db.reading() as connection:
        notice_status.show(standing(connection, services.settings.wechat.app_id))


@notices.command()
def poisoned() -> None:
    """What failed and was put off or given up: why, since when, and when it is tried again by itself."""
    with opened() as services, services.db.reading() as connection:
        rows = upkeep.poisoned(connection)
    if not rows:
        click.echo("没有卡住的行。")
        return
    head = ("种类", "编号", "内容", "已经", "自动再试", "原因")
    table(head, [_stuck(row) for row in rows])


def _stuck(row: upkeep.Poisoned) -> tuple[str, ...]:
    again = f"{clock.beijing(row.again_at):%H:%M}" if row.again_at else "—"
    return notice_status.KINDS[row.what], row.id, row.kind, span(row.age), again, row.reason or "见日志"


@notices.command()
@click.argument("what", type=click.Choice([*AGAIN, "all"]))
@click.argument("number", required=False)
def retry(what: str, number: str | None) -> None:
    """Try again what is stuck: all rows of a kind, or the one with this NUMBER; mend the cause first."""
    if what == "all" and number:
        raise click.UsageError("all takes no number")
    kinds = AGAIN if what == "all" else (what,)
    with opened() as services, services.db.transaction() as connection:
        done = {kind: _again(connection, kind, number) for kind in kinds}
    if number and not any(done.values()):
        raise click.ClickException("没有这样一行卡住。")
    for kind, many in done.items():
        click.echo(f"{notice_status.KINDS[kind]}：{many} 行马上再试")


def _again(connection: Connection, kind: str, number: str | None) -> int:
    try:
        match kind:
            case "event":
                return mending.tell_again(connection, _whole(number))
            case "callback":
                return mending.work_again(connection, _whole(number))
            case "deadline":
                return deadlines.try_again(connection, _id(number))
            case _:
                return printing.try_again(connection, _id(number))
    except ValueError:
        raise click.UsageError(f"{number} is no number of a {kind}") from None


def _whole(number: str | None) -> int | None:
    return None if number is None else int(number)


def _id(number: str | None) -> uuid.UUID | None:
    return None if number is None else uuid.UUID(number)


@notices.command()
@click.option("--template", help="our name of a template; without it every pause ends")
def resume(template: str | None) -> None:
    """End pauses of sending now. Where the cause is still there, the first call pauses again."""
    with opened() as services, services.db.transaction() as connection:
        done = mending.resume(connection, template)
    if not done.templates:
        raise click.ClickException("没有正在生效的暂停。")
    for name in done.templates:
        click.echo(f"恢复发送：{PAUSED.get(name, name)}")
    click.echo(f"因暂停而推迟的 {done.messages} 条马上再发")


@notices.command()
def quota() -> None:
    """Ask WeChat for today's limit and use of template messages, and keep the answer."""
    with opened() as services, closing(Client(services.settings.wechat, services.redis)) as client:
        try:
            told = budget.ask(services.db, services.settings.wechat.app_id, client)
        except WeChatError as error:
            code = "没有可用的回答" if error.errcode is None else str(error.errcode)
            raise click.ClickException(f"微信拒绝了查询：{code} {error.errmsg}") from None
    click.echo(f"今天的模板消息：上限 {told.daily_limit:,}，已用 {told.used:,}，还剩 {told.daily_limit - told.used:,}")


@notices.command()
@click.argument("message_id", type=click.UUID)
def show(message_id: uuid.UUID) -> None:
    """The whole life of one message, without what it says and to whom."""
    with opened() as services, services.db.reading() as connection:
        row = upkeep.life(connection, message_id)
    if row is None:
        raise click.ClickException("没有这条消息。")
    section("消息", _facts(row, _MESSAGE))
    section("起因", _facts(row, _CAUSE))
    section("微信", _facts(row, _WECHAT))
    section("时间", _facts(row, _TIMES))
    for fallback in row["fallbacks"]:
        section(f"备用通道 · {CHANNELS[fallback['channel']]}", _facts(fallback, _FALLBACK))


_MESSAGE = {
    "id": "编号", "kind": "种类", "topic": "栏目", "template": "模板", "state": "状态", "urgent": "加急",
    "reminder": "提醒", "subject": "事项", "recipient": "收件账号", "wanted_while": "只在状态", "choice": "可关闭分组",
    "merge": "合并词", "merged": "带走几条", "merged_into": "并入", "fallback": "备用通道",
}  # fmt: skip
_CAUSE = {
    "event_id": "事件", "event_name": "事件名", "version": "第几步", "request_id": "请求", "slot": "汇总时段",
}  # fmt: skip
_WECHAT = {
    "attempts": "次数", "errcode": "返回码", "errmsg": "微信的话", "rid": "rid", "wechat_msgid": "msgid",
    "client_msg_id": "去重编号",
}  # fmt: skip
_TIMES = {
    "event_at": "事件发生", "fanned_out_at": "成为消息", "created_at": "写入", "due_at": "应发",
    "first_tried_at": "首次尝试", "sent_at": "微信接收", "delivered_at": "送达", "read_at": "已读",
    "next_try_at": "下次不早于", "expires_at": "过期不发",
}  # fmt: skip
_FALLBACK = {
    "id": "编号", "state": "状态", "attempts": "次数", "code": "返回码", "words": "通道的话", "provider_id": "流水号",
    "created_at": "写入", "next_try_at": "下次不早于", "sent_at": "通道接收", "delivered_at": "送达",
}  # fmt: skip


def _facts(row: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Line]:
    """What is known, under its Chinese name; the value stands in the note, where it is left-aligned."""
    for name, label in names.items():
        value = row[name]
        if value is not None and value is not False and value != "":
            yield Line(label, "", _said(name, value))


def _said(name: str, value: Any) -> str:
    if name.endswith("_at") and isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return f"{clock.beijing(value):%Y-%m-%d %H:%M:%S.%f}"[:-3]
    return "是" if value is True else str(value)
