"""WeChat for measurements: a bare HTTP/1.1 server that reads every request whole, checks it, counts it and answers.

Run as ``python -m bench.stand_in`` it prints its port. All sides of a measurement send to the same process, so that
none meets a faster WeChat than another. Besides the platform's calls it answers ``GET /bench`` with what it counted;
``POST /bench`` sets the seconds before each answer to a template message, and forgets what was counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import requests

TOKEN = "bench-token"
_SEND = f"/cgi-bin/message/template/send?access_token={TOKEN}".encode()


class Account:
    """What the public account has been sent."""

    def __init__(self) -> None:
        self.open = 0
        self.begin(0.0)

    def begin(self, delay: float) -> None:
        """Forget all; answer after ``delay`` seconds from now on."""
        self.delay = delay
        self.accepted = self.doubles = self.refused = 0
        self.most_open = self.open
        self.digest = 0
        self.seen: set[tuple[str, str]] = set()

    def take(self, body: bytes) -> bytes:
        """The answer to one template message."""
        try:
            message = orjson.loads(body)
            key = (message["touser"], message["client_msg_id"])
            whole = bool(message["template_id"] and key[0] and 0 < len(key[1]) <= 32 and message["data"])
            whole = whole and all(part["value"] for part in message["data"].values())
        except (ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            self.refused += 1
            return b'{"errcode":47003,"errmsg":"argument invalid"}'
        if key in self.seen:
            self.doubles += 1
        else:
            self.seen.add(key)
            self.accepted += 1
            self.digest ^= digest(message)
        return b'{"errcode":0,"errmsg":"ok","msgid":%d}' % self.accepted

    def counts(self) -> dict[str, Any]:
        """What the measurement asks for."""
        return {name: getattr(self, name) for name in ("accepted", "doubles", "refused", "most_open", "digest")}


def digest(message: Mapping[str, Any]) -> int:
    """What is said to whom, whatever the order of the fields, as a number; all that is said is the XOR of them."""
    said = [message["touser"], message["template_id"], message.get("url"), sorted(message["data"].items())]
    return int.from_bytes(hashlib.blake2b(orjson.dumps(said), digest_size=8).digest(), "big")


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._account.open += 1
        self._account.most_open = max(self._account.most_open, self._account.open)

    def connection_lost(self, error: Exception | None) -> None:
        self._account.open -= 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, gap, rest = self._buffer.partition(b"\r\n\r\n")
            if not gap:
                return
            length = _length(head)
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(head, rest[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
        if method == b"POST" and path == _SEND:
            answer = self._account.take(body)
            if self._account.delay:
                asyncio.get_running_loop().call_later(self._account.delay, self._write, answer)
                return
        elif path.partition(b"?")[0] in (b"/cgi-bin/stable_token", b"/cgi-bin/token"):
            answer = b'{"access_token":"%s","expires_in":7200}' % TOKEN.encode()
        elif path.startswith(b"/cgi-bin/"):
            answer = b'{"errcode":40001,"errmsg":"invalid credential"}'
        elif method == b"POST":
            self._account.begin(orjson.loads(body)["delay"])
            answer = b"{}"
        else:
            answer = orjson.dumps(self._account.counts())
        self._write(answer)

    def _write(self, answer: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; encoding=utf-8\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % len(answer) + answer)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


async def _serve() -> None:
    account = Account()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(account), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# The measurement's side of it


@dataclass(frozen=True)
class Counts:
    """What was accepted (each message once), accepted again, refused; how many connections there were at most, and
    the sum of all that was said, see :func:`digest`."""

    accepted: int
    doubles: int
    refused: int
    most_open: int
    digest: int


class StandIn:
    """The running stand-in as a measurement sees it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._session = requests.Session()

    def begin(self, delay: float) -> None:
        """Count anew, answering after ``delay`` seconds."""
        self._session.post(f"{self.url}/bench", json={"delay": delay}, timeout=10)

    def counts(self) -> Counts:
        """What it has been sent since it began to count."""
        found = orjson.loads(self._session.get(f"{self.url}/bench", timeout=10).content)
        return Counts(**found | {"most_open": found["most_open"] - 1})  # one connection is our own


@contextmanager
def running() -> Iterator[StandIn]:
    """A stand-in of one's own, in its own process."""
    argv = [sys.executable, "-m", "bench.stand_in"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield StandIn(int(process.stdout.readline()))
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve())
