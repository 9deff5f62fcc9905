"""A real server is lied to about lengths, cut off and flooded: it answers, keeps nothing, and serves the next one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.access import Actor
from app.services import Services
from app.settings import Settings
from stack import ports
from stack.settings_for_development import CHECKOUT
from tests.api.caller import Caller
from tests.factories import make_graduate, make_world
from tests.uploads.hostile import picture
from tests.uploads.papers import jpeg
from tests.uploads.test_refusals import MEMBERS

GOOD = jpeg(picture(1400, 1000))
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
BODY = HEAD + GOOD + b"\r\n--x--\r\n"
MB = 1_000_000


@dataclass
class Server:
    """The product under the server it is run by, and one graduate's token."""

    port: int
    process: subprocess.Popen[bytes]
    services: Services
    authorization: str

    def talk(self, headers: dict[str, str], *pieces: bytes, close: bool = False) -> tuple[int, dict[str, Any]] | None:
        """One POST /uploads as told; None where the connection ended without an answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            given = {
                "Host": "x",
                "Authorization": self.authorization,
                "Content-Type": "multipart/form-data; boundary=x",
            }
            lines = [f"{name}: {value}\r\n" for name, value in (given | headers).items()]
            try:
                line.sendall(f"POST /api/v1/uploads HTTP/1.1\r\n{''.join(lines)}Connection: close\r\n\r\n".encode())
                for piece in pieces:
                    line.sendall(piece)
            except OSError:  # it may answer and hang up before all is sent
                pass
            if close:
                return None
            answer = b""
            try:
                while piece := line.recv(65536):
                    answer += piece
            except OSError:
                pass
        if not answer:
            return None
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body or b"{}")  # what is no HTTP at all the server refuses by itself

    def rows(self) -> int:
        with self.services.db.reading() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM upload").scalar() or 0)

    def memory(self) -> int:
        """MB the server's processes hold at most so far."""
        most = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            except OSError:
                continue
            ours = str(self.process.pid) in (fields["Pid"].strip(), fields["PPid"].strip())
            most = max(most, int(fields.get("VmHWM", "0 kB").split()[0]) // 1024 if ours else 0)
        return most


@pytest.fixture
def server(product_environment: dict[str, str]) -> Iterator[Server]:
    port = ports.free()
    services = Services.build(Settings.from_environment(product_environment))
    graduate: Actor = make_graduate(make_world(services))
    from app import create_app

    caller = Caller(create_app(services.settings, services), None, graduate)  # type: ignore[arg-type]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "4", "wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env={**os.environ, **product_environment}, stdout=subprocess.DEVNULL
    )
    for _ in range(400):
        assert process.poll() is None
        if not ports.is_free(port):
            break
        time.sleep(0.05)
    yield Server(port, process, services, caller.headers["Authorization"])
    process.terminate()
    process.wait()
    services.close()


def chunks(content: bytes) -> bytes:
    return b"".join(
        f"{len(part):x}\r\n".encode() + part + b"\r\n"
        for part in (content[start : start + MB] for start in range(0, len(content), MB))
    )


def good(server: Server) -> None:
    answer = server.talk({"Content-Length": str(len(BODY))}, BODY)
    assert answer and answer[0] == 201, answer


def refused(answer: tuple[int, dict[str, Any]] | None, status: int, code: str) -> None:
    assert answer and (answer[0], answer[1]["code"]) == (status, code) and answer[1].keys() == MEMBERS, answer


def test_lengths_that_lie_and_lines_that_break_harm_nobody(server: Server) -> None:
    refused(server.talk({"Content-Length": str(10**10)}, HEAD), 413, "upload_too_large")
    for claimed in (len(BODY) + 5_000, len(BODY) * 2):
        server.talk({"Content-Length": str(claimed)}, BODY[: len(BODY) // 2], close=True)
    cut = server.talk({"Content-Length": str(len(BODY) // 2)}, BODY)
    assert cut is None or cut[0] == 400
    for nonsense in ("-5", "abc", "1e9"):
        wrong = server.talk({"Content-Length": nonsense}, BODY)
        assert wrong is None or 400 <= wrong[0] < 500, wrong
    assert server.rows() == 0
    good(server)
    assert server.rows() == 1


def test_a_body_without_a_length_is_taken_and_a_flood_is_cut_off_in_bounded_memory(server: Server) -> None:
    good(server)
    before = server.memory()
    answer = server.talk({"Transfer-Encoding": "chunked"}, chunks(BODY), b"0\r\n\r\n")
    assert answer and answer[0] in (201, 400), answer
    flood = chunks(HEAD + GOOD + bytes(60 * MB))
    refused(server.talk({"Transfer-Encoding": "chunked"}, flood, b"0\r\n\r\n"), 413, "upload_too_large")
    refused(server.talk({"Content-Length": str(len(HEAD) + 25 * MB)}, HEAD + bytes(25 * MB)), 413, "upload_too_large")
    largest = HEAD + GOOD + bytes(20 * MB - len(GOOD)) + b"\r\n--x--\r\n"
    answer = server.talk({"Content-Length": str(len(largest))}, largest)
    assert answer and answer[0] == 201
    assert server.memory() - before < 60, "a file is spooled to disk as it comes in"
    good(server)
