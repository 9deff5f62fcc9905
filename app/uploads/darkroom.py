"""The process of its own in which files from outside are opened.

Decoders of pictures and PDFs are large programs in C that strangers' bytes are fed to. Here they hold no key and no
connection; one that crashes, hangs or eats memory ends with its process, and the file is refused. Each process of the
API has one darkroom, made when first needed: so no more files are open at once than there are API processes.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import structlog

from app import problems
from app.problems import Problem, UploadBusy, UploadUnreadable
from app.uploads.sniff import Form

PATIENCE: Final = 30.0
"""Seconds one file may take; twelve megapixels take less than one."""
QUEUE: Final = 20.0
"""Seconds to wait for the files before."""
WORN_OUT: Final = 500
"""Files after which the process is made anew, whatever its libraries have hoarded."""
ROOT: Final = Path(__file__).resolve().parents[2]
log = structlog.get_logger("app.uploads")

_PROBLEMS: Mapping[str, type[Problem]] = {
    one.code: one for one in vars(problems).values() if isinstance(one, type) and issubclass(one, Problem)
}


@dataclass(frozen=True)
class Developed:
    """``facts`` and ``parts`` of :func:`app.uploads.developing.develop`."""

    facts: Mapping[str, Any]
    parts: Mapping[str, bytes]


class Darkroom:
    """Opens files in a process of its own, one at a time."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._parent = 0
        self._used = 0

    def develop(self, file: IO[bytes], form: Form) -> Developed:
        """Facts and parts of a file (it must have a descriptor).

        Raises :class:`UploadBusy`, or the problem with the file; a file that ended the process is unreadable.
        """
        with self._own_turn():
            line = self._open()
            try:
                line.settimeout(self._patience)
                file.flush()
                socket.send_fds(line, [json.dumps({"form": form.value}).encode()], [file.fileno()])
                return _heard(line)
            except Problem:
                raise
            except (OSError, ValueError) as error:
                self._end()
                log.warning("darkroom lost", form=form.value, reason=type(error).__name__)
                raise UploadUnreadable from error

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=QUEUE):
            raise UploadBusy(headers={"Retry-After": "5"})
        try:
            yield
        finally:
            self._turn.release()

    def _open(self) -> socket.socket:
        """The line to the process, which is begun where there is none of this very process."""
        self._used += 1
        if self._line is None or self._parent != os.getpid() or self._used > WORN_OUT:
            self._end()
            ours, theirs = socket.socketpair()
            command = [sys.executable, "-m", "app.uploads.developing", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1"},  # none of our secrets
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
            theirs.close()
            self._line, self._parent, self._used = ours, os.getpid(), 1
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None and self._parent == os.getpid():
            self._process.kill()
            self._process.wait()
        self._line = self._process = None


def _heard(line: socket.socket) -> Developed:
    """The whole answer; raises OSError or ValueError for anything else."""
    with line.makefile("rb") as answer:
        head = answer.readline()
        if not head.endswith(b"\n"):
            raise ConnectionResetError("the darkroom ended")
        told = json.loads(head)
        if "problem" in told:
            raise _PROBLEMS[told["problem"]]
        parts = {}
        for name, size in told["parts"]:
            parts[name] = answer.read(size)
            if len(parts[name]) != size:
                raise ConnectionResetError("the darkroom ended")
    return Developed(told["facts"], parts)
