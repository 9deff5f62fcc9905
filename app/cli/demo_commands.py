"""``demo``: a university full of invented people, their log-ins, and the whole story played by itself."""

from __future__ import annotations

import click

from app.cli import demo_data as data
from app.cli import demo_load
from app.cli.opening import opened
from app.cli.sample_people import STARS
from app.cli.stand_in import StandIn
from app.services import Services
from app.settings import Settings


@click.group()
def demo() -> None:
    """Invented people to try everything with; never in production."""


@demo.command()
def load() -> None:
    """Load the demo's people; again and again without harm."""
    with opened() as services:
        _refuse_production(services)
        for sentence in demo_load.load(services):
            click.echo(sentence)
        _meet(services)


@demo.command()
def meet() -> None:
    """Register the demo's people with the stand-in for WeChat and CHSI, then send their first invitations."""
    with opened() as services:
        _refuse_production(services)
        _meet(services)


@demo.command()
def play() -> None:
    """Play one of every kind of filing against the running system, printing each step as it happens."""
    from app.cli.demo_play import play as whole_play

    settings = Settings.from_environment()
    stand_in = StandIn(settings)
    if settings.production or not stand_in.is_there():
        raise click.ClickException("演示要在 make run 启动的系统上进行，微信和学信网须是模拟的。")
    whole_play(settings, stand_in)


@demo.command()
def cards() -> None:
    """Send every message of the catalogue to one phone of the stand-in, to look at them."""
    from app.cli.demo_cards import NICKNAME, send_all

    with opened() as services:
        stand_in = StandIn(services.settings)
        _refuse_production(services)
        if not stand_in.is_there():
            raise click.ClickException("要在 make run 启动的系统上进行，微信须是模拟的。")
        click.echo(f"已发 {send_all(services, stand_in)} 条，在模拟微信里打开「{NICKNAME}」看")


@demo.command()
def logins() -> None:
    """Print who may log in, and how."""
    firm = data.FIRMS[0]
    lines = [
        f"密码都是 {data.PASSWORD}，毕业生的操作码是 {data.PIN} · every password and PIN",
        f"单位    {firm.login}（{firm.name} {firm.operator}）等 {len(data.FIRMS)} 家",
        "学院    chenlaoshi、lilaoshi（计算机与人工智能学院），其余学院见 demo_data.py",
        "学校    fanglaoshi、shenlaoshi（江州大学就业指导中心）",
        "毕业生  在模拟微信里点开手机即可；普通浏览器用学信网账号：",
    ]
    lines += [f"        {star.login} {star.name}，{_standing(star.name)}" for star in STARS[:7]]
    lines += [f"        {one.login} {one.name}，{_misfit(one)}" for one in data.MISFITS]
    click.echo("\n".join(lines))


def _standing(name: str) -> str:
    if name not in data.ENTERED:
        return "还没有进入过：看首次核对和设置操作码"
    reached = {offer.reached for offer in data.OFFERS if offer.graduate == name}
    told = {"pending": "有邀请等答复", "accepted": "学院审核中", "passed": "学校审核中", "effective": "已签约"}
    return "，".join(told[step] for step in told if step in reached) or "没有邀请"


def _misfit(one: data.Misfit) -> str:
    return "姓名与名单不一致，进不去" if one.like else "不在名单里，进不去"


def _meet(services: Services) -> None:
    stand_in = StandIn(services.settings)
    if not stand_in.is_there():
        click.echo("微信和学信网的模拟服务还没有启动：启动后用 demo meet 登记账号、发出邀请。")
        return
    for sentence in demo_load.meet(services, stand_in):
        click.echo(sentence)


def _refuse_production(services: Services) -> None:
    if services.settings.production:
        raise click.ClickException("演示数据里的密码人人知道，不能装进正式系统。")
