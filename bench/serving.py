"""What the HTTP measurements share: engines of their own, a migrated database, and the servers that take turns."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any

from honcho.environ import parse_procfile

from app.services import Services
from app.settings import Settings
from bench.client import ask, request
from stack import engines
from stack.settings_for_development import CHECKOUT, environment

GUNICORN = "python -m gunicorn --worker-class gthread --workers 2 --threads 4 --bind 127.0.0.1:$PORT {application}"
"""As gunicorn's documentation advises where keep-alive clients wait for a database, with as many workers and threads as
the product gets. The default worker (sync) cannot keep a connection open and comes out slower."""
_START_SECONDS = 60


@dataclass(frozen=True)
class Ground:
    """Where a measurement takes place."""

    settings: Settings
    services: Services
    environment: Mapping[str, str]


@contextmanager
def ground(given: Mapping[str, str] | None = None) -> Iterator[Ground]:
    """Engines that wait for the disk as those of ``make run`` do, over a folder that is thrown away.

    ``given`` is set in the product's environment instead of what is made for it.
    """
    with engines.temporary({}, durable=True) as (data, urls):
        nowhere = "http://127.0.0.1:9"
        settings = environment(data, urls, nowhere, nowhere, {}) | dict(given or {})
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
        whole = {**os.environ, **settings, "PATH": path}
        subprocess.run([sys.executable, "-m", "app.cli", "migrate"], cwd=CHECKOUT, env=whole, check=True)
        services = Services.build(Settings.from_environment(settings), jobs=True)
        try:
            yield Ground(services.settings, services, whole)
        finally:
            services.close()


def as_the_stack_starts(application: str = "wsgi:application") -> str:
    """The command line of the product's Procfile; with another application under the same server, if wanted."""
    line = dict(parse_procfile((CHECKOUT / "Procfile").read_text()).processes)["api"]
    if "wsgi:application" not in line:
        raise RuntimeError(f"the Procfile starts something else: {line}")
    return str(line).replace("wsgi:application", application)


@contextmanager
def server(line: str, ground: Ground, path: str = "/healthz") -> Iterator[int]:
    """Run a server by its command line; yields its port once ``path`` answers."""
    port = _free_port()
    whole = {**ground.environment, "HOST": "127.0.0.1", "PORT": str(port)}
    with TemporaryFile() as log:
        argv = [shutil.which("sh") or "/bin/sh", "-c", f"exec {line}"]
        process = subprocess.Popen(argv, cwd=CHECKOUT, env=whole, stdout=log, stderr=log)
        try:
            if not _answers(process, port, path):
                log.seek(0)
                raise RuntimeError(f"{line} has not started:\n{log.read().decode(errors='replace')[-3_000:]}")
            yield port
        finally:
            process.terminate()
            _end(process)


@contextmanager
def beside(lines: Sequence[Sequence[str]], ground: Ground) -> Iterator[None]:
    """Run processes beside the block; raises with what they wrote when one ends before it does."""
    with TemporaryFile() as log:
        environment = dict(ground.environment)
        started = [subprocess.Popen(line, cwd=CHECKOUT, env=environment, stdout=log, stderr=log) for line in lines]
        try:
            yield
            if any(process.poll() is not None for process in started):
                log.seek(0)
                raise RuntimeError(f"a process has ended:\n{log.read().decode(errors='replace')[-3_000:]}")
        finally:
            for process in started:
                process.terminate()
            for process in started:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def start_together(processes: Sequence[subprocess.Popen[str]]) -> list[tuple[float, float]]:
    """Let processes that say when they are ready begin; returns when each began and ended by its own account."""
    for process in processes:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("a side could not start")
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    spans = []
    for process in processes:
        assert process.stdout is not None
        start, end = process.stdout.readline().split()
        spans.append((float(start), float(end)))
    return spans


def in_turn(
    sides: Mapping[str, Callable[[], float]], rounds: int, what: str, *, warm: bool = True
) -> dict[str, list[float]]:
    """``rounds`` figures of each side, the sides taking turns; to ``warm`` up there is one more before."""
    figures: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(0 if warm else 1, rounds + 1):
        found = {name: side() for name, side in sides.items()}
        if turn:
            print(f"   {what} {turn}/{rounds}: " + ", ".join(f"{k} {v:,.0f}" for k, v in found.items()), flush=True)
            for name, value in found.items():
                figures[name].append(value)
    return figures


def row(title: str, unit: str, figures: Mapping[str, Sequence[float]], **more: Any) -> dict[str, Any]:
    """A row of the table from the rounds of each side, higher being better."""
    return {
        "row": title,
        "unit": unit,
        "better": "higher",
        **{name: round(median(values), 1) for name, values in figures.items()},
        **more,
        "rounds": {name: [round(value, 1) for value in values] for name, values in figures.items()},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int, path: str) -> bool:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if ask(port, request("GET", path, {"Connection": "close"}))[0] == 200:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False
