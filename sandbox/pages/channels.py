"""Text messages as a phone shows them, and mails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, abort, current_app, render_template
from werkzeug.exceptions import NotFound

from sandbox.clock import chat_time
from sandbox.pages.views import AVATARS, QUIET_GAP
from sandbox.sms.gateway import TextMessage
from sandbox.world import World

channels = Blueprint("channels", __name__)

SHOWN = 200
# What stands on a phone in place of a name: the carriers' numbers for such accounts begin like this.
SENDER = "1069"
ADDRESS = re.compile(r"(https?://[!-;=?-~]+)")
"""Nothing outside ASCII, and no angle brackets, belongs to it."""


@dataclass(frozen=True, slots=True)
class Text:
    """One message as drawn; ``outcome`` is what its report said, ``failed`` whether that is bad news."""

    divider: str
    text: str
    outcome: str
    failed: bool


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


@channels.get("/sms")
def sms_page() -> str:
    """Every number that got a message, newest first."""
    threads = [
        {"key": key, "phone": spaced(m.phone), "text": m.text, "at": m.at, "colour": int(m.phone[-4:]) % AVATARS}
        for key, m in list(_world().sms.threads().items())[:SHOWN]
    ]
    return render_template("sms.html", threads=threads, refused=_world().sms.refused)


@channels.get("/sms/<key>")
def sms_thread(key: str) -> str:
    """What one number got."""
    newest = _world().sms.threads().get(key)
    if newest is None:
        raise NotFound
    found = _world().sms.of(newest.phone)
    sender = f"{SENDER}{_world().settings.sms_sdk_app_id}"
    return render_template("sms_thread.html", phone=spaced(newest.phone), texts=_texts(found[-SHOWN:]), sender=sender)


def _texts(messages: list[TextMessage]) -> list[Text]:
    drawn: list[Text] = []
    last = 0.0
    now = _world().clock.now()
    for message in messages:
        divider = chat_time(message.at, now) if message.at - last > QUIET_GAP else ""
        report = message.reports[-1] if message.reports else None
        failed = report is not None and report["status"] != "SUCCESS"
        outcome = "还没有回执" if report is None else f"没有送达 {report['errmsg']}" if failed else "已送达"
        drawn.append(Text(divider, message.text, outcome, failed))
        last = message.at
    return drawn


@channels.get("/mail")
def mail_page() -> str:
    """Mails, the newest first."""
    world = _world()
    return render_template("mails.html", mails=world.mails.of()[::-1][:SHOWN], port=world.settings.smtp_port)


@channels.get("/mail/<int:number>")
def one_mail(number: int) -> str:
    """One mail: what the receiver reads, and its source."""
    mail = _world().mails.one(number)
    if mail is None:
        abort(404)
    return render_template("mail.html", mail=mail, pieces=[*cut_at_addresses(mail.text)])


def cut_at_addresses(text: str) -> Iterator[tuple[str, bool]]:
    """A plain text in pieces, with whether a piece is an address that a mail program makes a link of."""
    for piece in ADDRESS.split(text):
        yield piece, ADDRESS.fullmatch(piece) is not None


def spaced(phone: str) -> str:
    """+8613812345678 as a phone writes it: 138 1234 5678."""
    number = phone.removeprefix("+86")
    return f"{number[:3]} {number[3:7]} {number[7:]}"
