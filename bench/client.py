"""The load: a process of its own that keeps a number of connections busy, one request at a time on each (closed loop).

Every answer is read to its end and held against what was expected; the first wrong one ends the run. Requests are
rendered beforehand, so that the client costs the machine little; what it costs it tells.
"""

from __future__ import annotations

import json
import pickle
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CONNECTIONS = 16
_CHUNK = 65_536
_STALL_SECONDS = 30


@dataclass(frozen=True)
class Request:
    """One request as bytes, and what must come back: the status, and the body where it is known beforehand."""

    raw: bytes
    status: int = 200
    body: bytes | None = None


@dataclass(frozen=True)
class Load:
    """What to ask of which port. Without ``seconds`` every request is sent once, otherwise they go round until then."""

    port: int
    requests: Sequence[Request]
    seconds: float | None = None
    connections: int = CONNECTIONS


@dataclass(frozen=True)
class Outcome:
    """What a run came to. ``cpu`` is the client's own share, in microseconds a request."""

    count: int
    seconds: float
    median_ms: float
    p95_ms: float
    cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.count / self.seconds


class WrongAnswer(Exception):
    """A server answered something else than it should have."""


def run(load: Load) -> Outcome:
    """Put the load on the server from a fresh process; raises :class:`WrongAnswer`."""
    with tempfile.NamedTemporaryFile(suffix=".load") as file:
        Path(file.name).write_bytes(pickle.dumps(load))
        argv = [sys.executable, "-m", "bench.client", file.name]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WrongAnswer(done.stderr.strip()[-2_000:])
    return Outcome(**json.loads(done.stdout))


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(port: int, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own: status, headers in lower case, body."""
    connection = _Connection(port)
    connection.send(Request(raw))
    connection.socket.settimeout(_STALL_SECONDS)
    while (answer := connection.receive()) is None:
        pass
    connection.socket.close()
    status, head, body = answer
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return status, {name.lower(): value for name, value in pairs}, body


@dataclass
class _Connection:
    """One keep-alive connection; opened anew where the server closes after an answer."""

    port: int
    socket: socket.socket = field(init=False)
    request: Request = field(init=False)
    sent_at: float = 0.0
    buffer: bytes = b""

    def __post_init__(self) -> None:
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, wanted: Request) -> None:
        self.request, self.buffer, self.sent_at = wanted, b"", time.perf_counter()
        self.socket.sendall(wanted.raw)

    def receive(self) -> tuple[int, bytes, bytes] | None:
        """Read what has come; status, head and body once the answer is whole."""
        chunk = self.socket.recv(_CHUNK)
        if not chunk:
            raise WrongAnswer("the server closed the connection within an answer")
        self.buffer += chunk
        head, gap, body = self.buffer.partition(b"\r\n\r\n")
        if not gap:
            return None
        status = int(head[9:12])
        wanted = 0 if status == 304 else _length(head)
        if len(body) < wanted:
            return None
        return status, head, body

    def closes(self, head: bytes) -> bool:
        return b"connection: close" in head.lower()

    def open_again(self) -> None:
        self.socket.close()
        self._open()


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    end = lower.find(b"\r\n", start)
    return int(lower[start : end if end > 0 else len(lower)])


def _drive(load: Load) -> dict[str, Any]:
    waiting = _requests(load)
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        spent, started = time.process_time(), time.perf_counter()
        for _ in range(load.connections):
            connection = _Connection(load.port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            _next(selector, connection, waiting)
        while selector.get_map():
            ready = selector.select(_STALL_SECONDS)
            if not ready:
                raise WrongAnswer(f"no answer for {_STALL_SECONDS} s")
            for key, _ in ready:
                connection = key.data
                answer = connection.receive()
                if answer is None:
                    continue
                times.append(time.perf_counter() - connection.sent_at)
                _check(connection.request, *answer)
                if connection.closes(answer[1]):
                    selector.unregister(connection.socket)
                    connection.open_again()
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                _next(selector, connection, waiting)
        seconds = time.perf_counter() - started
    times.sort()
    return asdict(
        Outcome(
            count=len(times),
            seconds=seconds,
            median_ms=times[len(times) // 2] * 1000,
            p95_ms=times[len(times) * 95 // 100] * 1000,
            cpu=(time.process_time() - spent) / len(times) * 1e6,
        )
    )


def _requests(load: Load) -> Iterator[Request]:
    if load.seconds is None:
        yield from load.requests
        return
    until = time.perf_counter() + load.seconds
    while True:
        for wanted in load.requests:
            if time.perf_counter() > until:
                return
            yield wanted


def _next(selector: selectors.BaseSelector, connection: _Connection, waiting: Iterator[Request]) -> None:
    wanted = next(waiting, None)
    if wanted is None:
        selector.unregister(connection.socket)
        connection.socket.close()
        return
    connection.send(wanted)


def _check(wanted: Request, status: int, head: bytes, body: bytes) -> None:
    right = body == wanted.body if wanted.body is not None else bool(body) or status == 304
    if status != wanted.status or not right:
        raise WrongAnswer(f"{wanted.raw[:80]!r} was answered {head[:300]!r} {body[:600].decode(errors='replace')}")


if __name__ == "__main__":
    print(json.dumps(_drive(pickle.loads(Path(sys.argv[1]).read_bytes()))))
