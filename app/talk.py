"""The public account's conversation (公众号对话): what somebody who writes, taps or scans is answered.

An answer costs one statement and speaks of the writer's own affairs only: of whom WeChat named in a signed push.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from app import clock
from app.identity import binding
from app.notify import callback
from app.notify.menu import HELP, INVITATIONS, PROGRESS
from app.queries.follower import Follower, follower
from app.settings import Settings

MOST_INVITATIONS = 5
LONGEST_QUESTION = 30
"""Letters; whoever writes more is telling a story, which no keyword answers."""
SPOKEN = ("text", "image", "voice", "video", "shortvideo", "location", "link")
KEYWORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (PROGRESS, ("进度", "进展", "审核", "状态", "到哪")),
    (INVITATIONS, ("邀请", "签约", "应约", "offer")),
    (HELP, ("帮助", "帮忙", "怎么", "电话", "客服", "人工", "help")),
)
_NOT_A_LETTER = re.compile(r"[\W_]+")
GONE = "这个绑定码已失效，或不是给你的。请在原来的页面换一个新的，再扫一次。"


def wanted(words: str) -> str | None:
    """What a text asks for, however it is written: spaces, width, case and politeness around the word do not count."""
    plain = _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", words)).casefold()
    if len(plain) > LONGEST_QUESTION:
        return None
    return next((topic for topic, marks in KEYWORDS if any(mark in plain for mark in marks)), None)


def expects_answer(content: Mapping[str, Any]) -> bool:
    """Whether somebody sits before the phone: wrote, tapped, scanned or came."""
    if content["MsgType"] == "event":
        return content.get("Event") in ("CLICK", "SCAN", "subscribe")
    return content["MsgType"] in SPOKEN


def answer(connection: Connection, settings: Settings, content: Mapping[str, Any]) -> str | None:
    """The words to send back to the writer of a verified push; None where nothing is to be said."""
    if not expects_answer(content):
        return None
    event = content.get("Event") if content["MsgType"] == "event" else None
    scene = callback.scene_of(content)
    if scene is not None:
        return _scanned(connection, settings, content, scene)
    if event == "SCAN":
        return None  # a poster's code, to somebody who follows already
    person = follower(connection, settings.wechat.app_id, content["FromUserName"])
    speaker = _Speaker(settings, person)
    if event == "subscribe":
        return speaker.welcome()
    key = content.get("EventKey") if event == "CLICK" else wanted(str(content.get("Content") or ""))
    return speaker.about(str(key))


def _scanned(connection: Connection, settings: Settings, content: Mapping[str, Any], scene: bytes) -> str:
    seen = binding.scan(connection, scene, content["FromUserName"])
    welcome = "欢迎关注！\n" if content.get("Event") == "subscribe" else ""
    if seen is None:
        return welcome + GONE
    number = f"，学号尾号 {seen.student_no_tail}" if seen.student_no_tail else ""
    return (
        f"{welcome}有人在「去向」网页上请求把这个微信绑定给：\n{_plain(seen.name)}，{_plain(seen.school)}{number}\n\n"
        f"是你本人：{_link(settings, binding.PAGE + str(seen.id), '去确认绑定')}\n不是你，不用理会，什么也不会改变。"
    )


class _Speaker:
    """Answers for one person as they stand now."""

    def __init__(self, settings: Settings, person: Follower) -> None:
        self._settings = settings
        self._person = person

    def welcome(self) -> str:
        """关注之后."""
        if self._person.name is not None:
            return f"欢迎回来！签约邀请和审核结果会推到这里。\n\n{self.about(PROGRESS)}"
        return (
            "欢迎关注！单位发来签约邀请、学校审核有结果时，会在这里告诉你。\n\n"
            f"第一步：{self._link('/s/', '绑定学信网账号')}\n绑定后回复「进度」「邀请」「帮助」可以随时查。"
        )

    def about(self, topic: str) -> str:
        """进度, 邀请 or 帮助; anything else is met with what can be asked."""
        if topic == HELP:
            return self._help()
        if topic not in (PROGRESS, INVITATIONS):
            return f"没看懂。回复「进度」「邀请」「帮助」，或点下面的菜单。\n{self._call()}".rstrip()
        if (obstacle := self._obstacle()) is not None:
            return obstacle
        told = self._progress() if topic == PROGRESS else self._invitations()
        if self._person.base_state == "changed":
            told += f"\n\n学校更正了你的基本信息，{self._link('/s/welcome', '核对后')}才能办理。"
        return told

    def _obstacle(self) -> str | None:
        """Why nothing can be told yet, and what to do about it."""
        person = self._person
        if person.name is None:
            return f"这个微信还没有绑定。\n{self._link('/s/', '登录学信网账号')}，绑定后就能查。"
        if person.disabled:
            return f"你的账号已停用。想知道原因或要恢复，请找学校。\n{self._call()}"
        if person.base_state == "deleted":
            return f"学校删除了你的毕业信息，重新上传后才能查。请找学校。\n{self._call()}"
        if person.base_state == "uploaded":
            return f"还差一步：{self._link('/s/welcome', '核对并确认基本信息')}，确认后就能答复邀请、查进度。"
        return None

    def _progress(self) -> str:
        person = self._person
        lines = [person.standing]
        for card in (person.running or person.answerable)[:2]:
            lines += ["", f"{_plain(card['employer'])} · {_plain(card['position'])}", self._turn(card)]
            lines += [self._link(f"/s{card['href']}", "看条款并答复" if card["main_action"] else "看这一份")]
        if not person.cards:
            lines += ["", f"单位在线邀请你签约后，这里能看到。{self._link('/s/me/name-card', '我的名片码')}"]
        elif person.running and person.open:
            lines += ["", f"另有 {person.open} 份邀请，回复「邀请」看。"]
        elif len(person.answerable) > 2:
            lines += ["", f"另有 {person.open - 2} 份邀请，回复「邀请」看。"]
        return "\n".join(lines)

    def _invitations(self) -> str:
        pending = self._person.pending[:MOST_INVITATIONS]
        if not pending:
            return f"现在没有等你答复的邀请。\n{self._link('/s/invitations', '看以往的邀请')}"
        lines = [f"你有 {self._person.open} 份邀请还没答复："]
        for number, card in enumerate(pending, 1):
            lines += ["", f"{number}. {_plain(card['employer'])} · {_plain(card['position'])}", self._turn(card)]
            lines += [self._link(f"/s{card['href']}", "看条款并答复" if card["main_action"] else "看条款")]
        if self._person.open > len(pending):
            more = f"另有 {self._person.open - len(pending)} 份"
            lines += ["", f"{more}，{self._link('/s/invitations', '全部邀请')}"]
        return "\n".join(lines)

    def _help(self) -> str:
        first = (
            f"这里能收到签约邀请和审核结果。先{self._link('/s/', '绑定学信网账号')}。"
            if self._person.name is None
            else "签约邀请和审核结果会推到这里，点开就能办理。"
        )
        return f"{first}\n\n回复「进度」：到哪一步了，轮到谁\n回复「邀请」：还没答复的邀请\n\n{self._call()}"

    def _call(self) -> str:
        """Whom to call, with what is known of it."""
        contact = self._person.contact
        if not contact.get("phone"):
            return "还有问题，请打你学校就业部门的电话。"
        office = _plain(contact.get("office") or "学校就业部门")
        hours = f"（{_plain(contact['hours'])}）" if contact.get("hours") else ""
        return f"还有问题，请打{office}电话 {_plain(contact['phone'])}{hours}"

    def _turn(self, card: Mapping[str, Any]) -> str:
        """「等你答复，3月20日 23:59 截止」, 「学院审核中，从3月18日起，最晚 3月23日」."""
        turn = card["turn"]
        parts = [turn["text"]]
        if turn["until"]:
            at = clock.beijing(datetime.fromisoformat(turn["until"]))
            parts.append(f"{at.month}月{at.day}日 {at:%H:%M} 截止")
        if turn["since"]:
            at = clock.beijing(datetime.fromisoformat(turn["since"]))
            parts.append(f"从{at.month}月{at.day}日起")
        return "，".join(parts + ([turn["note"]] if turn["note"] else []))

    def _link(self, path: str, words: str) -> str:
        return _link(self._settings, path, words)


def _link(settings: Settings, path: str, words: str) -> str:
    """A link WeChat shows as ``words``; it opens the page as whoever taps it."""
    return f'<a href="{settings.public_url}/auth/wechat/start?next={quote(path, safe="")}">{words}</a>'


LONGEST_NAME = 24


def _plain(words: str) -> str:
    """Somebody else's words, short and unable to become a link of their own."""
    short = words if len(words) <= LONGEST_NAME else words[: LONGEST_NAME - 1] + "…"
    return short.replace("<", "〈").replace(">", "〉")
