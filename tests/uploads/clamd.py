"""A server that speaks ClamAV's INSTREAM over TCP, and finds EICAR's test sign."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SIGN = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner takes for a virus, and no machine can be harmed by."""


@dataclass
class Daemon:
    """What it was sent, and what it says instead of the truth."""

    address: tuple[str, int]
    seen: list[bytes] = field(default_factory=list)
    says: bytes | None = None


@contextmanager
def clamd() -> Iterator[Daemon]:
    """The server, in a thread."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            command = b""
            while not command.endswith(b"\0"):
                command += self.rfile.read(1)
            assert command == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack(">I", self.rfile.read(4))[0]:
                content += self.rfile.read(length)
            daemon.seen.append(content)
            found = b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if SIGN in content else b"stream: OK\0"
            self.wfile.write(found if daemon.says is None else daemon.says)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        daemon = Daemon(("127.0.0.1", int(server.server_address[1])))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield daemon
        server.shutdown()
        thread.join()
