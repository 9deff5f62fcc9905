"""The virus scanner: none, or ClamAV's daemon spoken to over TCP (INSTREAM)."""

from __future__ import annotations

import socket
import struct
from typing import IO, Final, Protocol

import structlog

from app.models import Scan
from app.problems import UploadBusy, UploadInfected

CHUNK: Final = 64 * 1024
PATIENCE: Final = 15.0
log = structlog.get_logger("app.uploads")


class Scanner(Protocol):
    """Looks at a file as it came."""

    def scan(self, file: IO[bytes]) -> Scan:
        """What is known of it; raises :class:`UploadInfected`, or :class:`UploadBusy` where it cannot be asked."""


class NoScanner:
    """None is set up: everything is 未扫描."""

    def scan(self, file: IO[bytes]) -> Scan:
        """Says so."""
        return Scan.UNSCANNED


class Clamd:
    """ClamAV's daemon. Where it is set up, nothing is taken that it has not seen."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def scan(self, file: IO[bytes]) -> Scan:
        """Send the file in chunks, each after its length; the answer is ``stream: OK`` or ``stream: NAME FOUND``."""
        file.seek(0)
        try:
            with socket.create_connection(self._address, timeout=PATIENCE) as line:
                line.sendall(b"zINSTREAM\0")
                while chunk := file.read(CHUNK):
                    line.sendall(struct.pack(">I", len(chunk)) + chunk)
                line.sendall(struct.pack(">I", 0))
                with line.makefile("rb") as answer:
                    said = answer.read(4096).rstrip(b"\0\n")
        except OSError as error:
            log.warning("scanner away", reason=type(error).__name__)
            raise UploadBusy(headers={"Retry-After": "10"}) from error
        if said == b"stream: OK":
            return Scan.CLEAN
        if said.endswith(b" FOUND"):
            log.warning("upload infected", found=said[:200].decode("ascii", "replace"))
            raise UploadInfected
        log.warning("scanner refused", said=said[:200].decode("ascii", "replace"))
        raise UploadBusy(headers={"Retry-After": "10"})
