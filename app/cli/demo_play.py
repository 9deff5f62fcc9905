"""The whole play, against the running system over HTTP: signing first, then one of every further kind of filing."""

from __future__ import annotations

import time
from collections.abc import Collection

import click

from app.cli import demo_data as demo
from app.cli.demo_cast import Graduate, gathered
from app.cli.demo_clients import StoryStopped
from app.cli.demo_scenes import PARTS
from app.cli.demo_stage import DESKS, Stage
from app.cli.stand_in import StandIn
from app.settings import Settings
from app.workflows.kinds import KINDS

CARDS_COME_WITHIN = 20.0
"""Seconds; what comes later (the stand-in, as WeChat, takes a face of a message once a minute) is not waited for."""


def play(settings: Settings, stand_in: StandIn) -> None:
    """Play every scene, then say whom to sign in as. Raises StoryStopped, also where a kind of filing was not played
    to its end."""
    stage = Stage(settings, stand_in)
    cast = gathered(settings, stand_in, len(PARTS))
    for part, graduate in zip(PARTS, cast, strict=True):
        for title, scene in part:
            stage.told.heading(f"{title} · {graduate.name}")
            scene(stage, graduate)
    require_every_kind(stage.ended)
    _sum_up(stage, cast)
    stage.everybody_leaves()


def require_every_kind(ended: Collection[str]) -> None:
    """Raises StoryStopped unless each kind of filing there is came to its end."""
    missing = [kind.title for name, kind in KINDS.items() if name not in ended]
    if missing:
        raise StoryStopped(f"还有事项没有演到：{'、'.join(missing)}")


def _sum_up(stage: Stage, cast: list[Graduate]) -> None:
    """Who got how many messages, and where to go on looking."""
    seconds, counts = stage.told.seconds, _counts(stage, cast)
    stage.told.heading(
        f"全部 {stage.told.steps} 步用时 {seconds:.1f} 秒，{len(stage.ended)} 种事项都办到了底。接着看："
    )
    for graduate, cards in zip(cast, counts, strict=True):
        unread = graduate.phone.get("/messages/counts")["unread"]
        graduate.phone.sign_out()
        phone = f"{stage.settings.wechat.open_url}/phone/{graduate.openid}"
        click.echo(f"  {graduate.name}（{graduate.login}）微信卡片 {cards} 张、消息 {unread} 条  {phone}")
    click.echo(f"  审核台 {stage.address('/console/')}（{'、'.join(DESKS.values())}）")
    click.echo(
        f"  用人单位 {stage.address('/e/')}（{demo.FIRMS[0].login}）  密码都是 {demo.PASSWORD}，操作码 {demo.PIN}\n"
    )


def _counts(stage: Stage, cast: list[Graduate]) -> list[int]:
    """How many cards each phone has got, once no more come."""
    end = time.monotonic() + CARDS_COME_WITHIN
    before: list[int] = []
    while time.monotonic() < end:
        counts = [len(stage.stand_in.messages_of(graduate.openid)) for graduate in cast]
        if counts == before:
            break
        before = counts
        time.sleep(2)
    return before
