"""Programs under the supervisor end together, and never outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stack.settings_for_development import CHECKOUT

SCRIPT = """
import os, shlex, sys
from pathlib import Path
from stack.supervisor import Supervisor

supervisor = Supervisor(lambda: print("all started", flush=True))
for name, program in (argument.split("=", 1) for argument in sys.argv[1:]):
    name, _, after = name.partition("@")
    line = shlex.join([sys.executable, "-u", "-c", program])
    supervisor.add(name, line, dict(os.environ), os.getcwd(), Path(after) if after else None)
supervisor.loop()
print("first:", supervisor.ended_first, flush=True)
"""
STAY = "import os, time; print('pid', os.getpid()); time.sleep(60)"


def supervised(*programs: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *programs],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], *awaited: str) -> list[str]:
    assert process.stdout
    missing, lines = list(awaited), list[str]()
    while missing:
        line = process.stdout.readline()
        assert line, "".join(lines)
        lines.append(line)
        missing = [text for text in missing if text not in line]
    return lines


def pids(lines: list[str]) -> list[int]:
    return [int(line.rpartition("| pid ")[2]) for line in lines if "| pid " in line]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wish_to_end_ends_all_and_names_nobody(number: signal.Signals) -> None:
    process = supervised(f"one={STAY}", f"other={STAY}")
    lines = read_until(process, "one    | pid", "other  | pid", "all started")
    process.send_signal(number)
    rest, _ = process.communicate(timeout=20)
    assert "first: None" in rest
    assert len(pids(lines)) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids(lines))


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2])
def test_a_wish_to_end_in_the_middle_of_the_start_is_kept(delay: float) -> None:
    process = supervised(f"one={STAY}", f"other={STAY}")
    read_until(process, "started (pid=")
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert "first: None" in rest
    assert process.returncode == 0


def test_a_program_waits_for_the_file_it_is_to_start_after(tmp_path: Path) -> None:
    ready = tmp_path / "it is ready"
    process = supervised(f"late@{ready}={STAY}", f"early={STAY}")
    lines = read_until(process, "early  | pid")
    time.sleep(0.5)
    ready.touch()
    lines += read_until(process, "late   | pid")
    assert [line.split("|")[0].split()[-1] for line in lines if "| pid" in line] == ["early", "late"]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)


def test_a_program_that_dies_stops_the_others_and_is_named() -> None:
    process = supervised(f"steady={STAY}", "fragile=import time; time.sleep(0.5); raise SystemExit('out of ideas')")
    rest, _ = process.communicate(timeout=20)
    assert "fragile | out of ideas" in " ".join(rest.split("\n"))
    assert "first: fragile" in rest
    assert not any(psutil.pid_exists(pid) for pid in pids(rest.splitlines()))


def test_programs_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    process = supervised(f"one={STAY}", f"other={STAY}")
    lines = read_until(process, "one    | pid", "other  | pid")
    process.kill()
    process.wait()
    until = time.monotonic() + 10
    while any(psutil.pid_exists(pid) for pid in pids(lines)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(psutil.pid_exists(pid) for pid in pids(lines))
    assert process.stdout
    process.stdout.close()
