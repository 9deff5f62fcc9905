"""What a running system leaves in its data folder for others on the same machine to find it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from stack.certificates import write_secret


class NotRunning(Exception):
    """No system runs over this data folder."""


@contextmanager
def announced(data: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Let others find ``environment`` for the block; it holds secrets, so only our own account may read it."""
    file = _file(data)
    write_secret(file, json.dumps({"pid": os.getpid(), "environment": dict(environment)}).encode())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def environment_of(data: Path) -> dict[str, str]:
    """The settings of the system that runs over ``data``. Raises :class:`NotRunning`."""
    try:
        found = json.loads(_file(data).read_text())
    except FileNotFoundError:
        raise NotRunning("没有正在运行的系统，请先执行 make run · nothing is running: start it with make run") from None
    if not psutil.pid_exists(found["pid"]):
        _file(data).unlink(missing_ok=True)
        raise NotRunning("系统已意外停止，请重新执行 make run · the system has ended unexpectedly: make run again")
    return dict(found["environment"])


def _file(data: Path) -> Path:
    return data / "running.json"
