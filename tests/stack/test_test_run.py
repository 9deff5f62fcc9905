"""A test run ends its engines, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from stack.settings_for_development import CHECKOUT

SLOW = """
import pathlib, time
def test_slow(engines):
    pathlib.Path(__file__).with_name("folder").write_text(engines["folder"])
    time.sleep(60)
"""


def engines_over(folder: str) -> list[str]:
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [command for command in commands if folder in command and ("postgres" in command or "redis" in command)]


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "with workers"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_engine_outlives_a_test_run_that_is_stopped(tmp_path: Path, workers: int, number: signal.Signals) -> None:
    (tmp_path / "test_slow.py").write_text(SLOW)
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QX_", "PYTEST_", "DATABASE_", "REDIS_"))
    }
    run = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.conftest",
            "-n",
            str(workers),
            "-c",
            "pyproject.toml",
            str(tmp_path),
        ],
        cwd=CHECKOUT,
        env={**own, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: (tmp_path / "folder").exists() and (tmp_path / "folder").read_text())
        folder = (tmp_path / "folder").read_text()
        assert engines_over(folder)
        os.killpg(run.pid, number)
        run.wait(30)
        wait_for(lambda: not engines_over(folder))
        if number == signal.SIGINT:
            assert not Path(folder).exists()
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
