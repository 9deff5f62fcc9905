"""How lines of a chat and the account's menu are prepared for the templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from sandbox.chat import Entry, Follower
from sandbox.clock import chat_time, in_beijing
from sandbox.world import World

# WeChat draws a time above a line when the one before is older than this (seconds).
QUIET_GAP = 300
AVATARS = 6
CARDS = ("template", "subscription")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as drawn: ``rows`` are (label, value, strong)."""

    seq: int
    kind: str
    divider: str
    title: str
    rows: tuple[tuple[str, str, bool], ...]
    text: str
    opens: bool
    program: bool
    pieces: tuple[tuple[str, int | None], ...] = ()
    """A reply's text in pieces; a number: the piece is that link of the line."""


class Views:
    """Template globals; one for each sandbox."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_to(self, app: Flask) -> None:
        """Make the helpers known to the templates."""
        app.jinja_env.globals.update(
            account_name=lambda: self._world.settings.account_name,
            now_label=self.now_label,
            moment=self.moment,
            avatar=avatar,
        )
        app.extensions["views"] = self

    def now_label(self) -> str:
        """The sandbox's time for the strip: 3月20日 08:05."""
        now = in_beijing(self._world.clock.now())
        return f"{now.month}月{now.day}日 {now:%H:%M}"

    def moment(self, at: float) -> str:
        """A time as WeChat writes it above a line."""
        return chat_time(at, self._world.clock.now())

    def lines(self, entries: Sequence[Entry], before: Entry | None) -> list[Line]:
        """Entries as lines, with times where the talk paused."""
        drawn: list[Line] = []
        last = before.at if before else 0.0
        for entry in entries:
            divider = self.moment(entry.at) if entry.at - last > QUIET_GAP else ""
            drawn.append(self._line(entry, divider))
            last = entry.at
        return drawn

    def preview(self, follower: Follower) -> str:
        """The last line, as the list of phones shows it."""
        entry = self._world.chats.line(follower.last)
        if entry is None:
            return "还没有消息"
        if entry.kind in CARDS:
            return f"[{self._line(entry, '').title}]"
        text = str(entry.body.get("text", ""))
        return f"我：{text}" if entry.kind == "text" else LINK.sub(r"\2", text)

    def menu(self) -> list[dict[str, Any]]:
        """The menu in force: the product's, or a simple one that leads to the H5."""
        made = self._world.menu
        if made:
            return list(made["button"])
        home = self._world.settings.h5_url
        return [
            {"type": "view", "name": "去向登记", "url": home},
            {"type": "click", "name": "我的邀请", "key": "invitations"},
            {"type": "click", "name": "帮助", "key": "help"},
        ]

    def _line(self, entry: Entry, divider: str) -> Line:
        body = entry.body
        if entry.kind not in CARDS:
            words = str(body["text"])
            pieces = pieces_of(words) if entry.kind == "reply" else ((words, None),)
            return Line(entry.seq, entry.kind, divider, "", (), words, False, False, pieces)
        template = self._world.templates.get(body["template_id"])
        rows = tuple(
            (field.label, str(body["data"][field.key]["value"]), field.strong)
            for field in (template.fields if template else ())
            if field.key in body["data"]
        )
        title = template.title if template else body["title"]
        program = bool(body.get("miniprogram"))
        opens = bool(page_of(body)) and not program
        return Line(entry.seq, entry.kind, divider, title, rows, "", opens, program)


LINK = re.compile(r'<a href="(https?://[^"<>]+)">([^<>]+)</a>')
"""The one kind of markup WeChat draws in a text."""


def pieces_of(text: str) -> tuple[tuple[str, int | None], ...]:
    """A text cut at its links: ``(words, None)``, or ``(words of the link, its number)``."""
    pieces: list[tuple[str, int | None]] = []
    end = 0
    for number, link in enumerate(LINK.finditer(text)):
        pieces += [(text[end : link.start()], None), (link[2], number)]
        end = link.end()
    return (*pieces, (text[end:], None))


def avatar(follower: Follower) -> tuple[str, int]:
    """A letter and one of a few colours, steady for a person."""
    return follower.nickname[:1], sum(follower.openid.encode()) % AVATARS


def page_of(body: dict[str, Any]) -> str:
    """What a tap on a card opens; empty: nothing."""
    return str(body.get("url") or body.get("page") or "")


def is_web_address(url: str) -> bool:
    """Whether a browser may be sent there."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)
