"""The whole product as processes, on engines that may be crashed, beside the stand-in; and time made short for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from app.notify.claims import LEASE
from app.schema import migrate
from app.services import Services
from app.settings import Settings
from stack.settings_for_development import CHECKOUT
from tests.machine import Machine
from tests.notify.processes import Processes, Running, end, processes
from tests.sandbox.running import AES_KEY, APP_ID, SECRET, TOKEN, Sandbox, eventually, free_port, running_sandbox

SENDERS = SWEEPERS = 2
A_MINUTE_LASTS = 8
"""Seconds after which a lease of a minute has ended: longer than any call, shorter than a test is patient."""

# Rows that another process holds at this moment are left to the next time: waiting for them could be a deadlock.
_MESSAGES = text("""
    UPDATE message SET next_try_at = now() WHERE id IN (
        SELECT id FROM message
        WHERE due_at <= now() AND next_try_at > now()
            AND (state IN ('queued', 'rate_limited') OR (state = 'sending' AND next_try_at < now() + :rest))
        FOR UPDATE SKIP LOCKED)
""")
_PAUSES = text("UPDATE sending_pause SET until = now() WHERE until > now()")
_EVENTS = text("""
    UPDATE event SET put_off_until = now() WHERE id IN (
        SELECT id FROM event WHERE fanned_out_at IS NULL AND put_off_until > now() FOR UPDATE SKIP LOCKED)
""")


@dataclass
class System:
    """Everything that runs, and its services for looking and writing."""

    machine: Machine
    sandbox: Sandbox
    services: Services
    processes: Processes
    senders: list[Running]
    sweepers: list[Running]

    def scalar(self, query: str, **parameters: Any) -> Any:
        with self.services.db.reading() as connection:
            return connection.scalar(text(query), parameters)

    def execute(self, statement: str) -> None:
        with self.services.db.transaction() as connection:
            connection.execute(text(statement))

    def accepted(self) -> int:
        """How many messages the stand-in has taken."""
        return int(self.sandbox.control("GET", "/state")["messages"])

    def let_time_pass(self) -> None:
        """Leases that have lasted their while, pauses and waits for another try end, as hours would end them."""
        with self.services.db.transaction() as connection:
            connection.execute(_MESSAGES, {"rest": f"{LEASE.total_seconds() - A_MINUTE_LASTS} seconds"})
            connection.execute(_PAUSES)
            connection.execute(_EVENTS)

    def kill(self, running: list[Running], number: int) -> None:
        """kill -9 of one of them, and another in its place."""
        dead = running[number]
        dead.kill()
        running[number] = self.processes.sweeper() if running is self.sweepers else self.processes.notices()

    def crash(self, engine: str) -> None:
        """The engine goes without a word and comes back at the same address."""
        self.machine.crash(engine)
        self.services.db.dispose()
        self.machine.start(engine)

    def stumbled(self) -> list[str]:
        """Tracebacks in the processes' logs that go through the product's own code. RQ writes some of its own when
        Redis forgets the job it is at."""
        found = []
        for running in self.processes.started:
            for part in running.said().split("Traceback (most recent call last):")[1:]:
                frames = "".join(takewhile(lambda line: line[:1].isspace(), part.splitlines(keepends=True)))
                found += [frames] if str(CHECKOUT / "app") in frames else []
        return found


@contextmanager
def running_system(
    environment: Mapping[str, str],
    folder: Path,
    *,
    program: str = "worker.py",
    durable: bool = True,
    **sandbox_settings: str,
) -> Iterator[System]:
    """Engines, stand-in, API, senders, sweepers; nothing of it outlives the block.

    The stand-in's refusal of equal contents within a minute is off: it would hide a double.
    """
    with ExitStack() as stack:
        machine = Machine(folder / "machine", durable=durable)
        stack.callback(machine.close)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        of_sandbox = {
            "SANDBOX_CALLBACK_URL": f"{url}/wechat/callback",
            "SANDBOX_CALLBACK_PAUSE": "0.3",
            "SANDBOX_DUPLICATE_WINDOW": "0",
        }
        sandbox = stack.enter_context(running_sandbox(folder / "sandbox", **of_sandbox | sandbox_settings))
        whole = {**environment, **machine.urls, **of_account(sandbox), "QX_PUBLIC_URL": url}
        services = Services.build(Settings.from_environment(whole))
        stack.callback(services.close)
        migrate(services.db.engine)
        made = stack.enter_context(processes(whole, folder, program))
        with ThreadPoolExecutor() as starting:
            sweepers = [starting.submit(made.sweeper) for _ in range(SWEEPERS)]
            senders = [starting.submit(made.notices) for _ in range(SENDERS)]
            stack.enter_context(running_api(port, whole, folder / "api.log"))
        system = System(machine, sandbox, services, made, [s.result() for s in senders], [s.result() for s in sweepers])
        yield system


def of_account(sandbox: Sandbox) -> dict[str, str]:
    """The stand-in as WeChat, at a rate that leaves the pace to the faults."""
    return {
        "WECHAT_API_URL": sandbox.url,
        "WECHAT_OPEN_URL": sandbox.url,
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": SECRET,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_AES_KEY": AES_KEY,
        "WECHAT_SEND_RATE": "4000",
    }


@contextmanager
def running_api(port: int, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """The API as it serves, for the callback."""
    argv = ["granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *argv, "--blocking-threads", "4", "wsgi:application"],
            cwd=CHECKOUT,
            env={**os.environ, **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: process.poll() is not None or _answers(port), 90)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        end(process)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.ConnectionError:
        return False
