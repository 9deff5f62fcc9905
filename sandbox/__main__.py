"""``python -m sandbox --host 127.0.0.1 --port 8090 --data DIR``; every option is also a variable."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from sandbox.mail.server import HOST
from sandbox.settings import BadSettings, Settings

OPTIONS = {
    "data": ("SANDBOX_DATA", "folder of what is kept (.data/sandbox)"),
    "callback-url": ("SANDBOX_CALLBACK_URL", "where events are pushed; empty: nowhere"),
    "callback-mode": ("SANDBOX_CALLBACK_MODE", "plain or aes"),
    "h5-domain": ("SANDBOX_H5_DOMAIN", "host:port allowed as redirect of the web log-in"),
    "h5-url": ("SANDBOX_H5_URL", "what the default menu opens"),
    "cas-services": ("SANDBOX_CAS_SERVICES", "host:port,… that may use the CHSI log-in"),
    "answer-delay": ("SANDBOX_ANSWER_DELAY", "seconds before each WeChat answer"),
    "receipt-delay": ("SANDBOX_RECEIPT_DELAY", "seconds before a receipt (0.2)"),
    "template-files": ("SANDBOX_TEMPLATE_FILES", "JSON files with further message templates"),
    "smtp-port": ("SANDBOX_SMTP_PORT", "port of the mail server; 0: none"),
    "sms-callback-url": ("SANDBOX_SMS_CALLBACK_URL", "where delivery reports of text messages are pushed"),
    "advance-url": ("SANDBOX_ADVANCE_URL", "told {seconds} when time is skipped"),
}
# Held answers (delays) each occupy one; idle ones cost next to nothing.
THREADS = 96


def main() -> int:
    """Read options, check the settings, serve until told to stop."""
    parser = argparse.ArgumentParser("sandbox", description="Stand-in for WeChat, CHSI, SMS and mail")
    parser.add_argument("--host", default=os.environ.get("SANDBOX_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=os.environ.get("SANDBOX_PORT", "8090"))
    for option, (variable, meaning) in OPTIONS.items():
        parser.add_argument(f"--{option}", help=f"{meaning} [{variable}]")
    given = parser.parse_args()
    for option, (variable, _) in OPTIONS.items():
        value = getattr(given, option.replace("-", "_"))
        if value is not None:
            os.environ[variable] = value
    try:
        settings = Settings.from_environment()
    except BadSettings as error:
        parser.error(str(error))
    if settings.smtp_port and not _is_free(settings.smtp_port):
        parser.error(f"SANDBOX_SMTP_PORT: port {settings.smtp_port} is taken")
    sys.stdout.write(f"沙箱  http://{given.host}:{given.port}/  数据 {settings.data}\n")
    sys.stdout.flush()
    Server(
        "sandbox.app:application",
        factory=True,
        address=given.host,
        port=given.port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
        workers_kill_timeout=5,  # a worker told to end in the moment of its start may miss it
        websockets=False,
    ).serve()
    return 0


def _is_free(port: int) -> bool:
    """Whether the mail server will be able to listen: said here, its sentence is lost in the worker's end."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    raise SystemExit(main())
