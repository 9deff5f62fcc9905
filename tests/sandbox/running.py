"""A sandbox on a free port and a stand-in for the product's callback, for any test that needs them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

APP_ID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "quxiangsandbox"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CHECKOUT = Path(__file__).resolve().parents[2]
SEND = "/cgi-bin/message/template/send"
INVITATION = "tpl-invitation_received"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(look: Callable[[], Any], seconds: float = 8.0) -> Any:
    """The first true answer of ``look``; fails when none comes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing came in {seconds} s")


@dataclass
class Sandbox:
    """The address of a running sandbox, with the calls that tests make most."""

    url: str
    data: Path
    http: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(self.url + path, params=query, timeout=10).json()

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.http.post(self.url + path, params=query, json=body, timeout=10).json()

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.http.request(method, f"{self.url}/_sandbox/api{path}", params=query, json=body, timeout=10)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json()

    def set(self, **values: Any) -> None:
        self.control("PATCH", "/settings", values)

    def follower(self, nickname: str = "林晓", **switches: Any) -> str:
        """A new follower's openid."""
        openid = str(self.control("POST", "/followers", {"nickname": nickname})["openid"])
        if switches:
            self.control("PATCH", f"/followers/{openid}", switches)
        return openid

    def access_token(self) -> str:
        body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        return str(self.post("/cgi-bin/stable_token", body)["access_token"])

    def call(self, path: str, body: Any) -> Any:
        return self.post(path, body, access_token=self.access_token())

    def send(self, openid: str, **changes: Any) -> Any:
        """An invitation card to a follower, with parts of the message exchanged."""
        return self.call(SEND, invitation(openid) | changes)

    def messages(self, openid: str, since: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "/messages", openid=openid, since=since)["messages"]
        return found


def invitation(openid: str, employer: str = "杭州远岸数据科技有限公司") -> dict[str, Any]:
    return {
        "touser": openid,
        "template_id": INVITATION,
        "url": "http://127.0.0.1:8000/s/invitations/7",
        "data": {
            "thing1": {"value": employer},
            "thing2": {"value": "后端开发工程师"},
            "time3": {"value": "2026年3月20日 23:59"},
            "phrase4": {"value": "待应约"},
        },
    }


@contextmanager
def running_sandbox(data: Path, **environment: str) -> Iterator[Sandbox]:
    """A sandbox process; pushes nothing until it is given a callback address."""
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SANDBOX_", "WECHAT_"))}
    account = {"WECHAT_APP_ID": APP_ID, "WECHAT_APP_SECRET": SECRET, "WECHAT_TOKEN": TOKEN, "WECHAT_AES_KEY": AES_KEY}
    quick = {"SANDBOX_CALLBACK_URL": "", "SANDBOX_RECEIPT_DELAY": "0.05", "SANDBOX_CALLBACK_PAUSE": "0.05"}
    argv = [sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(argv, cwd=CHECKOUT, env=own | account | quick | environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: process.poll() is not None or _answers(url), 20)
        assert process.poll() is None, "the sandbox ended at once"
        with requests.Session() as session:
            yield Sandbox(url, data, session)
    finally:
        process.terminate()
        process.wait(timeout=15)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_sandbox/api/state", timeout=2).ok
    except requests.ConnectionError:
        return False


@dataclass
class Push:
    """One push as the product's side opened it: its query, the raw body, the parsed message."""

    query: dict[str, str]
    raw: str
    xml: str
    message: Any


class Product:
    """The product's callback: checks the signature, opens the seal, answers what it is told to."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.pushes: list[Push] = []
        self.faults: list[str] = []
        self.answers: list[tuple[int, bytes, float]] = []
        self.crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._endpoint())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/wechat/callback"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, event: str, count: int = 1) -> list[Push]:
        """The first ``count`` pushes of an event (or message type) to come."""

        def found() -> list[Push]:
            assert not self.faults, self.faults
            kind = f"<Event><![CDATA[{event}]]>", f"<MsgType><![CDATA[{event}]]>"
            fitting = [push for push in list(self.pushes) if any(mark in push.xml for mark in kind)]
            return fitting if len(fitting) >= count else []

        result: list[Push] = eventually(found)
        return result

    def receive(self, query: dict[str, str], body: bytes) -> tuple[int, bytes, float]:
        try:
            check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
            raw = xml = body.decode()
            if self.mode == "aes":
                assert query["encrypt_type"] == "aes"
                assert "FromUserName" not in raw, "a sealed push must not also be readable"
                xml = self.crypto.decrypt_message(raw, query["msg_signature"], query["timestamp"], query["nonce"])
            self.pushes.append(Push(query, raw, xml, parse_message(xml)))
        except Exception as error:
            self.faults.append(repr(error))
            return 403, b"", 0.0
        return self.answers.pop(0) if self.answers else (200, b"success", 0.0)

    def _endpoint(self) -> type[BaseHTTPRequestHandler]:
        product = self

        class Endpoint(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
                self._answer(200, query["echostr"].encode())

            def do_POST(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer, delay = product.receive(query, body)
                time.sleep(delay)
                self._answer(status, answer)

            def _answer(self, status: int, body: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                pass

        return Endpoint
