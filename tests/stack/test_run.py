"""`make run`: one start, one Ctrl-C, and a second start that finds everything."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import requests

from stack import places, ports, running
from stack.settings_for_development import CHECKOUT

UP = "Quxiang is up after"

# One worker runs these in turn: they share the data folder of one system.
pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.timeout(400)]


class System:
    """A system started as a person does, in a process of its own."""

    def __init__(self, data: Path, port: int, sandbox_port: int) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("QX_", "DATABASE_", "REDIS_"))}
        self.data = data
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "stack",
                "run",
                "--data",
                data,
                "--port",
                str(port),
                "--sandbox-port",
                str(sandbox_port),
                "--smtp-port",
                str(ports.free()),
            ],
            cwd=CHECKOUT,
            env={**own, "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            self.said.extend(output)

    @property
    def output(self) -> str:
        return "".join(self.said)

    def wait_for(self, text: str, seconds: float = 120) -> None:
        until = time.monotonic() + seconds
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < until, self.output
            time.sleep(0.05)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(40)
        self._reader.join(20)  # at the end of all that was said
        return code

    def address(self, words: str) -> str:
        """The address the banner shows beside ``words``."""
        found = re.search(rf"^\s+(http\S+) .*{re.escape(words)}", self.output, re.M)
        assert found, self.output
        return found.group(1)


@contextmanager
def running_system(data: Path, port: int | None = None) -> Iterator[System]:
    system = System(data, port or ports.free(), ports.free())
    try:
        system.wait_for(UP)
        yield system
    finally:
        if system.process.poll() is None:
            system.end()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("system") / "data"
    yield folder
    places.forget(folder)


def left_of(system: System) -> list[str]:
    """Processes of the system: they carry its data folder in their environment or command."""
    found = []
    for process in psutil.process_iter():
        try:
            told = " ".join([*process.cmdline(), *process.environ().values()])
        except psutil.Error:
            continue
        if str(system.data) in told and process.pid != os.getpid():
            found.append(" ".join(process.cmdline()))
    return found


def graduates(data: Path) -> int:
    url = running.environment_of(data)["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(url) as database:
        (count,) = database.execute("SELECT count(*) FROM graduate").fetchone() or (0,)
    return int(count)


def test_it_serves_what_the_banner_says_and_a_second_start_finds_its_data(data: Path) -> None:
    with running_system(data) as system:
        for words in (
            "student's phone",
            "text messages",
            "mails",
            "employer",
            "review console",
            "graduate",
            "API description",
        ):
            assert requests.get(system.address(words), timeout=10).status_code == 200, words
        with smtplib.SMTP("127.0.0.1", urlsplit(running.environment_of(data)["SMTP_URL"]).port or 0) as mail:
            assert mail.noop()[0] == 250
        loaded = graduates(data)
        assert loaded > 1000
        secrets = (data / "dev.env").read_text()
        refused = subprocess.run(
            [sys.executable, "-m", "stack", "run", "--data", data],
            cwd=CHECKOUT,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode == 1
        assert "a system already runs over these data" in refused.stderr
        assert system.end() == 0
        assert "all stopped" in system.output
        assert left_of(system) == []
        with pytest.raises(running.NotRunning):
            running.environment_of(data)

    with socket.socket() as other:
        other.bind((ports.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        with running_system(data, taken) as system:
            assert f"port {taken} is taken" in system.output
            assert requests.get(system.address("employer"), timeout=10).status_code == 200
            assert graduates(data) == loaded
            assert (data / "dev.env").read_text() == secrets
            assert system.end(signal.SIGTERM) == 0
            assert left_of(system) == []


def test_a_program_that_dies_stops_the_whole_with_its_name(data: Path) -> None:
    with running_system(data) as system:
        (sweeper,) = [
            process
            for process in psutil.Process(system.process.pid).children(recursive=True)
            if process.cmdline()[-2:] == ["worker.py", "sweep"]
        ]
        sweeper.kill()
        assert system.wait() == 1
        assert "sweeper has died" in system.output
        assert left_of(system) == []


def test_nothing_outlives_a_system_that_is_killed(data: Path) -> None:
    with running_system(data) as system:
        assert system.end(signal.SIGKILL) == -signal.SIGKILL
        until = time.monotonic() + 20
        while left_of(system) and time.monotonic() < until:
            time.sleep(0.1)
        assert left_of(system) == []
