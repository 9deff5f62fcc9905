"""SMTP on a port of its own, with the faults that rules order for an address."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.faults import MAIL, Faults, Rule
from sandbox.mail.mailbox import Mailbox

HOST = "127.0.0.1"
TAKEN = "250 2.0.0 OK"
SENTENCES = {
    421: "421 4.3.2 Service not available, closing transmission channel",
    451: "451 4.3.0 Temporary failure, please try again later",
    452: "452 4.2.2 Mailbox full, try again later",
    550: "550 5.1.1 Mailbox unavailable",
    552: "552 5.2.2 Mailbox full",
    554: "554 5.7.1 Message refused",
}


class Takes:
    """aiosmtpd's handler. A rule with ``after`` keeps the mail first, so that only its answer is lost."""

    def __init__(self, mailbox: Mailbox, faults: Faults) -> None:
        self._mailbox, self._faults = mailbox, faults
        self._afterwards: WeakKeyDictionary[Envelope, Rule] = WeakKeyDictionary()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One receiver: accepted, refused for now (4xx) or for good (5xx), or nothing is said any more."""
        rule = self._faults.take("answer", MAIL, address)
        if rule is not None and rule.after:
            self._afterwards[envelope] = rule
        elif rule is not None and (spoilt := await _spoil(server, rule)):
            return spoilt
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """The mail itself."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        self._mailbox.take(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        rule = self._afterwards.pop(envelope, None)
        return (await _spoil(server, rule) if rule else "") or TAKEN


async def _spoil(server: SMTP, rule: Rule) -> str:
    """Waits, hangs up or returns the refusal; empty: go on."""
    await asyncio.sleep(rule.delay + rule.hang)
    if (rule.reset or rule.hang) and isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
        return "421 4.3.2 Gone"
    return SENTENCES.get(rule.errcode, f"{rule.errcode} refused") if rule.errcode else ""


def serve(port: int, mailbox: Mailbox, faults: Faults) -> Controller:
    """Start to listen; ``stop()`` ends it. Raises OSError when the port is taken."""
    controller = Controller(
        Takes(mailbox, faults), hostname=HOST, port=port, ready_timeout=10, server_hostname="sandbox"
    )
    controller.start()
    return controller
