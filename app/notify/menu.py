"""The public account's menu (自定义菜单): declared here and nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from app.notify.wechat import Client, WeChatError

NO_MENU = 46003
PROGRESS, INVITATIONS, HELP = "progress", "invitations", "help"
"""What the conversation may be asked for; the keys of the buttons that ask."""


def menu(public_url: str) -> dict[str, Any]:
    """At most three buttons with at most five entries each, names of at most 16 and 60 bytes (WeChat's limits)."""
    return {
        "button": [
            _page(public_url, "去向登记", "/s/"),
            {
                "name": "我的签约",
                "sub_button": [
                    _page(public_url, "我的邀请", "/s/invitations"),
                    _word("查进度", PROGRESS),
                    _page(public_url, "我的名片码", "/s/me/name-card"),
                ],
            },
            _word("帮助", HELP),
        ]
    }


def create(client: Client, public_url: str) -> None:
    """Make the account's menu this one; phones show it within a day, at once to whoever opens the account anew."""
    client.call("menu/create", menu(public_url))


def shown(client: Client) -> dict[str, Any] | None:
    """The menu WeChat has, if any."""
    try:
        return dict(client.call("menu/get", None)["menu"])
    except WeChatError as error:
        if error.errcode == NO_MENU:
            return None
        raise


def delete(client: Client) -> None:
    """Take the menu away."""
    client.call("menu/delete", None)


def _page(public_url: str, name: str, path: str) -> dict[str, Any]:
    return {"type": "view", "name": name, "url": f"{public_url}/auth/wechat/start?next={quote(path)}"}


def _word(name: str, key: str) -> dict[str, Any]:
    return {"type": "click", "name": name, "key": key}
