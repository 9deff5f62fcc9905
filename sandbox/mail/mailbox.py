"""Mails as they came in, the newest kept."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from sandbox.clock import Clock
from sandbox.store import Store

KEPT = 2000


@dataclass(slots=True)
class Mail:
    """One accepted mail. ``sender`` and ``to`` are those of the envelope; ``raw`` is the whole of it as text."""

    id: int
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str
    message_id: str
    at: float
    raw: str


class Mailbox:
    """Everyone's mails; safe to use from many threads."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock, self._store = clock, store
        self._lock = threading.Lock()
        self._mails: deque[Mail] = deque(maxlen=KEPT)
        self._last = 0
        for _, raw in store.load("mail"):
            mail = Mail(**raw)
            self._mails.append(mail)
            self._last = mail.id

    def take(self, sender: str, to: list[str], raw: bytes) -> Mail:
        """Keep a mail. Headers that cannot be read are shown as they are."""
        parsed = message_from_bytes(raw, policy=policy.default)
        with self._lock:
            self._last += 1
            mail = Mail(
                self._last,
                sender,
                to,
                _header(parsed, "Subject"),
                _part(parsed, "plain"),
                _part(parsed, "html"),
                _header(parsed, "Message-ID"),
                self._clock.now(),
                raw.decode(errors="replace"),
            )
            self._mails.append(mail)
        self._store.put("mail", f"{mail.id:012d}", mail)
        return mail

    def of(self, to: str = "", since: int = 0, limit: int = KEPT) -> list[Mail]:
        """Mails to one address, or all, with an id above ``since``, oldest first."""
        wanted = to.lower()
        fitting = [
            mail
            for mail in list(self._mails)
            if mail.id > since and (not wanted or wanted in (address.lower() for address in mail.to))
        ]
        return fitting[:limit]

    def one(self, number: int) -> Mail | None:
        """The mail with this id."""
        return next((mail for mail in list(self._mails) if mail.id == number), None)

    def __len__(self) -> int:
        return len(self._mails)

    def forget(self) -> None:
        """Drop every mail; numbers go on."""
        with self._lock:
            self._mails.clear()
        self._store.forget("mail")


def _header(parsed: EmailMessage, name: str) -> str:
    return str(parsed.get(name, ""))


def _part(parsed: EmailMessage, kind: str) -> str:
    body = parsed.get_body((kind,))
    if body is None:
        return ""
    try:
        return str(body.get_content()).replace("\r\n", "\n")
    except (LookupError, UnicodeError):  # an encoding nobody knows
        return str(body.get_payload())
