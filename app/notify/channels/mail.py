"""E-mail by SMTP: plain text with title, body and link.

A repeat carries the same Message-ID, by which mail servers and readers drop it: what got no answer goes again.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from app import clock
from app.notify.channels.reply import NO_ANSWER, Behaviour, Notice, Reply, without_addresses
from app.settings import Mail

TIME_LIMIT = 5.0
"""Seconds for each step of the conversation, of which there are at most eight."""
_FOOT = "这封邮件由系统发出，请不要回复。登录后可在消息中心查看全部通知。"


class MailChannel:
    """Sends one message a connection; safe to use from many threads. ``host`` is our own name."""

    def __init__(self, account: Mail, host: str) -> None:
        self._account = account
        self._host = host.partition(":")[0]

    def send(self, notice: Notice, address: str) -> Reply:
        """Send to one mailbox; never raises for what the server or the network does."""
        try:
            address.encode("ascii")
            message = self._composed(notice, address)
        except (ValueError, IndexError, TypeError):  # the parts of no address; the parser raises whatever it trips over
            return Reply(Behaviour.GIVE_UP, "no_mailbox", called=False)
        try:
            server = self._server()
            try:
                server.send_message(message)
                with suppress(smtplib.SMTPException, OSError):  # taken is taken, however we part
                    server.quit()
            finally:
                server.close()
        except (smtplib.SMTPException, OSError) as error:
            return _refusal(error, address)
        return Reply(Behaviour.ACCEPTED, "250", provider_id=str(message["Message-ID"]))

    def close(self) -> None:
        """Nothing is kept open."""

    def _composed(self, notice: Notice, address: str) -> EmailMessage:
        message = EmailMessage()
        name, sender = parseaddr(self._account.sender)
        message["From"] = Address(name, addr_spec=sender)
        message["To"] = Address(addr_spec=address)
        message["Subject"] = " ".join(notice.title.split())
        message["Date"] = format_datetime(clock.beijing(clock.now()))
        message["Message-ID"] = f"<{notice.id}@{self._host}>"
        message["Auto-Submitted"] = "auto-generated"
        link = f"查看：{notice.url}" if notice.url else None
        message.set_content("\n\n".join(filter(None, (notice.title, notice.body, link, _FOOT))) + "\n", cte="base64")
        return message

    def _server(self) -> smtplib.SMTP:
        account = self._account
        secured = ssl.create_default_context() if account.security != "none" else None
        # Our own name is said, not looked up: a look-up may take longer than the whole conversation.
        if account.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                account.host, account.port, local_hostname=self._host, timeout=TIME_LIMIT, context=secured
            )
        else:
            server = smtplib.SMTP(account.host, account.port, local_hostname=self._host, timeout=TIME_LIMIT)
        try:
            if account.security == "starttls":
                server.starttls(context=secured)
            if account.user:
                server.login(account.user, account.password)
        except BaseException:
            server.close()
            raise
        return server


def _refusal(error: Exception, address: str) -> Reply:
    """Refusals of the mailbox, of ourselves, and silence."""
    code, said = NO_ANSWER, type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        number, raw = next(iter(error.recipients.values()))
        code, said = str(number), _text(raw)
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = str(error.smtp_code), _text(error.smtp_error)
    return Reply(_behaviour(error, code), code, without_addresses(said, address))


def _behaviour(error: Exception, code: str) -> Behaviour:
    ours = smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused | smtplib.SMTPHeloError
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError):
        return Behaviour.STOP_CHANNEL  # no TLS where it is demanded, or a certificate nobody vouches for
    if not code.startswith("5"):
        return Behaviour.BUSY
    return Behaviour.STOP_CHANNEL if isinstance(error, ours | smtplib.SMTPConnectError) else Behaviour.GIVE_UP


def _text(raw: bytes | str) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
