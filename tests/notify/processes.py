"""Real workers and sweepers as processes, their logs kept for the test to read."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from stack.settings_for_development import CHECKOUT
from tests.sandbox.running import eventually


class Running:
    """One process of the product; ``program`` is the script that starts it."""

    def __init__(
        self, argv: tuple[str, ...], environment: Mapping[str, str], log: Path, program: str = "worker.py"
    ) -> None:
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, program, *argv],
                cwd=CHECKOUT,
                env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self._word = "sweeping" if argv == ("sweep",) else "working"

    def wait_until_it_runs(self) -> None:
        eventually(lambda: self._word in self.said() or not self.alive, 60)
        assert self.alive, self.said()

    def said(self) -> str:
        return self.log.read_text()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """As the kernel or an impatient operator does it."""
        self.process.kill()
        self.process.wait()

    def terminate(self, seconds: float = 20) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)


def end(server: subprocess.Popen[bytes]) -> None:
    """End a server that was started in a session of its own."""
    server.terminate()
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    # A server told to end while it starts may leave its worker behind; both are of the session made for them.
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)


class Processes:
    """Starts workers and sweepers of one product."""

    def __init__(self, environment: Mapping[str, str], folder: Path, program: str = "worker.py") -> None:
        self._environment = environment
        self._folder = folder
        self._program = program
        self._numbers = itertools.count()
        self.started: list[Running] = []

    def start(self, *argv: str) -> Running:
        log = self._folder / f"{next(self._numbers)}-{'-'.join(argv)}.log"
        running = Running(argv, self._environment, log, self._program)
        self.started.append(running)
        running.wait_until_it_runs()
        return running

    def sweeper(self) -> Running:
        return self.start("sweep")

    def notices(self) -> Running:
        return self.start("work", "notices")


@contextmanager
def processes(environment: Mapping[str, str], folder: Path, program: str = "worker.py") -> Iterator[Processes]:
    """Processes that do not outlive the block."""
    made = Processes(environment, folder, program)
    try:
        yield made
    finally:
        for running in made.started:
            if running.alive:
                running.kill()
