"""Stand-ins for what lies beyond the other channels: an SMS gateway that checks the signature, and a mail server."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.notify.entry import SMS_PARAMETERS
from tests.sandbox.running import free_port

SECRET_ID, SECRET_KEY = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
CALLBACK_TOKEN = "r3p0rts-" + "x" * 32
TEMPLATES = {name: str(100 + number) for number, name in enumerate(sorted(SMS_PARAMETERS))}


def signature(secret_key: str, headers: Any, body: bytes) -> str:
    """The Authorization header this request must carry, computed from the published algorithm (TC3-HMAC-SHA256)."""
    day = time.strftime("%Y-%m-%d", time.gmtime(int(headers["X-TC-Timestamp"])))
    signed = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in ("content-type", "host"))
    request = "\n".join(["POST", "/", "", signed, "content-type;host", hashlib.sha256(body).hexdigest()])
    scope = f"{day}/sms/tc3_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{headers['X-TC-Timestamp']}\n{scope}\n{digest}"
    key = f"TC3{secret_key}".encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    proof = hmac.new(key, text.encode(), "sha256").hexdigest()
    return f"TC3-HMAC-SHA256 Credential={SECRET_ID}/{scope}, SignedHeaders=content-type;host, Signature={proof}"


@dataclass
class SmsGateway:
    """What was sent, and what is answered instead of 「Ok」: a code, an error of the whole call, or silence."""

    url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """codes of the coming calls, one each; ``error:CODE`` refuses the call, ``silence`` takes it and says nothing,
    ``charset:CODE`` refuses under a content type the provider's own library does not look into"""
    while_called: Callable[[], None] | None = None
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, headers: Any, body: bytes) -> tuple[dict[str, Any], str] | None:
        with self._lock:
            self.calls += 1
            wanted = self.answers.pop(0) if self.answers else "Ok"
        if self.while_called:
            self.while_called()
        if not hmac.compare_digest(headers["Authorization"], signature(SECRET_KEY, headers, body)):
            wanted = "error:AuthFailure.SignatureFailure"
        how, _, code = wanted.rpartition(":")
        if how in ("error", "charset"):
            error = {"Error": {"Code": code, "Message": "refused for +8613912345678"}, "RequestId": "r"}
            return {"Response": error}, "application/json" + ("; charset=utf-8" if how == "charset" else "")
        request = json.loads(body)
        (phone,) = request["PhoneNumberSet"]
        serial = f"2640:{self.calls}"
        if code in ("Ok", "silence"):
            self.sent.append(request | {"serial": serial})
        if code == "silence":
            return None
        status = {"SerialNo": serial if code == "Ok" else "", "PhoneNumber": phone, "Fee": 1, "Code": code}
        status |= {"Message": "send success" if code == "Ok" else f"{phone} is refused", "IsoCode": "CN"}
        status |= {"SessionContext": request["SessionContext"]}
        return {"Response": {"SendStatusSet": [status], "RequestId": "r"}}, "application/json"


@contextmanager
def sms_gateway() -> Iterator[SmsGateway]:
    """A gateway on a free port."""
    gateway = SmsGateway()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found = gateway.answer(self.headers, body)
            if found is None:
                self.close_connection = True
                return
            content = json.dumps(found[0]).encode()
            self.send_response(200)
            self.send_header("Content-Type", found[1])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *parts: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    yield gateway
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class MailServer:
    """What arrived; ``refusals`` are said to the coming recipients, one each."""

    url: str = ""
    refusals: list[str] = field(default_factory=list)
    arrived: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0).format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.arrived.append(found)
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server on a free port. What it says of itself is not the product's log."""
    server = MailServer()
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    server.url = f"smtp://127.0.0.1:{port}"
    yield server
    controller.stop()


def environment(sms: SmsGateway, mail: MailServer) -> dict[str, str]:
    """What the product is told of both."""
    return {
        "SMS_API_URL": sms.url,
        "SMS_SECRET_ID": SECRET_ID,
        "SMS_SECRET_KEY": SECRET_KEY,
        "SMS_SDK_APP_ID": "1400006666",
        "SMS_SIGN_NAME": "江州大学就业",
        "SMS_TEMPLATES": json.dumps(TEMPLATES),
        "SMS_CALLBACK_TOKEN": CALLBACK_TOKEN,
        "SMTP_URL": mail.url,
        "MAIL_FROM": "去向 <noreply@example.edu.cn>",
    }
