"""The one screen an operator looks at first (值班一屏): what waits, what was sent, what is stopped, what is stuck."""

from __future__ import annotations

from collections.abc import Iterator

import click

from app import clock
from app.cli.answer_words import DOES, PAUSED, meaning
from app.cli.screen import Line, section, span
from app.notify.errcodes import Behaviour
from app.queries.backlog import MOST, Standing
from app.queries.other_channels import CHANNELS

LATE, LONG = 60.0, 30.0
"""Seconds after which a due push, and a beat, is no longer as it should be."""
KINDS = {"event": "事件", "callback": "微信回调", "deadline": "到期邀请", "document": "文件", "step": "时钟步骤"}
STEPS = {
    "expire": "邀请到期",
    "receipts": "处理回调",
    "introduce": "初次进入",
    "catch up": "关注后补发",
    "fan out": "事件成消息",
    "fall back": "改走备用通道",
    "ring": "叫醒发送",
    "digests": "待审核汇总",
    "upkeep": "问额度和审核",
    "refusals": "解除拒收",
    "overlooked": "补漏",
    "forget": "清理",
}
SLOW_STEPS = ("digests", "upkeep", "refusals", "overlooked", "forget")
"""Steps not taken each second, so that their beats are older."""
_LOOK = (Behaviour.STOP_ACCOUNT, Behaviour.STOP_TEMPLATE, Behaviour.GIVE_UP, Behaviour.DAY_QUOTA)


def show(now: Standing) -> None:
    """Print it."""
    click.echo(f"{clock.beijing(clock.now()):%Y-%m-%d %H:%M:%S} 北京时间 · 数据库结构 {now.schema}\n")
    section("等待", _queue(now))
    section("今天的发送", _sends(now))
    section("额度", _budget(now))
    section("暂停", _pauses(now))
    section("时钟", _beats(now))
    section("卡住", _stuck(now))


def _counted(many: int) -> str:
    return f"{many:,}" + ("+" if many >= MOST else "")


def _waits(label: str, many: int, oldest: float, limit: float = LATE) -> Line:
    tone = "bad" if oldest > limit else "good"
    return Line(label, _counted(many), f"最久 {span(oldest)}" if many else "", tone)


def _queue(now: Standing) -> Iterator[Line]:
    for urgent, label in ((True, "推送 · 加急"), (False, "推送 · 可等")):
        oldest = now.oldest("message", urgent=urgent, held=False)
        yield _waits(label, now.many("message", urgent=urgent, held=False), oldest)
    held = now.many("message", held=True)
    yield Line("推送 · 暂停中保留", _counted(held), "", "look" if held else "good")
    yield Line("推送 · 正在发", _counted(now.many("sending")))
    for state, label in (("unsure", "24 小时内结果不明"), ("in_review", "24 小时内微信审核")):
        many = now.many("unsettled", state=state)
        yield Line(label, _counted(many), "", "look" if many else "good")
    many = now.many("unreceipted")
    yield Line("半小时没有回执", _counted(many), "", "look" if many else "good")
    for channel in ("sms", "email"):
        many, oldest = now.many("fallback", state=channel), now.oldest("fallback", state=channel)
        yield _waits(CHANNELS[channel], many, oldest, 300)
    yield _waits("事件 · 未通知", now.many("event", stuck=False), now.oldest("event", stuck=False), 10)
    yield _waits("微信回调", now.many("callback"), now.oldest("callback"), 900)
    yield _waits("邀请 · 已到期未失效", now.many("deadline", stuck=False), now.oldest("deadline", stuck=False), 10)
    yield _waits("文件 · 待生成", now.many("document", stuck=False), now.oldest("document", stuck=False), 300)


def _sends(now: Standing) -> Iterator[Line]:
    for row in now.sends:
        if not row["today"]:
            continue
        label = f"{CHANNELS.get(row['channel'], row['channel'])} {row['code']}"
        if row["channel"] != "wechat":
            yield Line(label, f"{row['today']:,}")
            continue
        words, behaviour = meaning(row["code"])
        tone = "good" if behaviour is Behaviour.ACCEPTED else "bad" if behaviour in _LOOK else "look"
        yield Line(label, f"{row['today']:,}", f"{words} → {DOES[behaviour]}", tone)


def _budget(now: Standing) -> Iterator[Line]:
    if now.quota is None:
        yield Line("今天已用", f"{now.used:,}", "上限未知：notices quota 会问微信", "look")
        return
    limit = int(now.quota["daily_limit"])
    share = now.used / limit if limit else 1.0
    tone = "bad" if share >= 0.95 else "look" if share >= 0.8 else "good"
    yield Line("今天已用", f"{now.used:,}", f"上限 {limit:,} 的 {share:.0%}", tone)
    told = f"{now.quota['used']:,}" if now.quota["of_today"] else "—"
    yield Line("微信自己的数", told, f"{span(now.quota['age'])}前问的")


def _pauses(now: Standing) -> Iterator[Line]:
    for row in now.pauses:
        what = f"{CHANNELS.get(row['channel'], row['channel'])} {PAUSED.get(row['template'], row['template'])}"
        rid = f" rid {row['rid']}" if row["rid"] else ""
        note = f"{row['errmsg']}{rid}；已 {span(row['age'])}，还有 {span(row['remaining'])}"
        yield Line(what, str(row["errcode"]), note, "bad")
    if not now.pauses:
        yield Line("没有暂停", "", "", "good")


def _beats(now: Standing) -> Iterator[Line]:
    for row in now.beats:
        silent = row["age"] > LONG and row["step"] not in SLOW_STEPS
        notes = [f"用时 {row['milliseconds']:,} 毫秒"]
        if row["late_milliseconds"]:
            notes.append(f"最迟晚 {span(row['late_milliseconds'] / 1000)}")
        if row["fault"]:
            notes.append(f"失败 {row['fault']}")
        tone = "bad" if silent or row["fault"] else "good"
        yield Line(STEPS.get(row["step"], row["step"]), f"{span(row['age'])}前", "，".join(notes), tone)
    if not now.beats:
        yield Line("没有心跳", "", "从来没有 sweeper 进程运行过", "bad")


def _stuck(now: Standing) -> Iterator[Line]:
    for what in ("event", "callback", "deadline", "document"):
        many = now.many(what, stuck=True)
        note = f"最久 {span(now.oldest(what, stuck=True))}；notices poisoned 说明原因" if many else ""
        yield Line(KINDS[what], _counted(many), note, "bad" if many else "good")
