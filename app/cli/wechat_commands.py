"""``wechat``: what an operator sets on the public account itself."""

from __future__ import annotations

import click
import orjson

from app.cli.opening import opened
from app.notify import menu as account_menu
from app.notify.wechat import WeChatError


@click.group("wechat")
def wechat() -> None:
    """The public account (公众号)."""


@wechat.command("menu")
@click.option("--show", is_flag=True, help="print the menu WeChat has; change nothing")
@click.option("--delete", is_flag=True, help="take the menu away")
def menu(show: bool, delete: bool) -> None:
    """Give the account our menu (app/notify/menu.py); again and again without harm."""
    if show and delete:
        raise click.UsageError("--show or --delete, not both")
    with opened() as services:
        try:
            if show:
                found = account_menu.shown(services.wechat)
                click.echo("公众号还没有菜单。" if found is None else orjson.dumps(found, option=orjson.OPT_INDENT_2))
            elif delete:
                account_menu.delete(services.wechat)
                click.echo("菜单已删除。")
            else:
                account_menu.create(services.wechat, services.settings.public_url)
                click.echo("菜单已设置。")
        except WeChatError as error:
            raise click.ClickException(f"微信没有接受：{error.errcode} {error.errmsg}") from None
