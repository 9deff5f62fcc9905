"""Engines of a test's own, that may be stopped, crashed and started again at the same address."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import psutil
from redis import Redis

from stack import engines, places


class Machine:
    """PostgreSQL and Redis over one folder. Redis keeps nothing over a stop.

    ``durable`` makes PostgreSQL keep what was committed over a crash; without it nothing waits for the disk.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._durable = durable
        self._running: dict[str, ExitStack] = {}
        self.urls = {"DATABASE_URL": self.start("postgres"), "REDIS_URL": self.start("redis")}

    def start(self, engine: str) -> str:
        """Returns the engine's URL, the same each time."""
        self._running[engine] = ExitStack()
        server = (
            engines.postgres(self.folder, self._durable) if engine == "postgres" else engines.redis(self.folder, False)
        )
        return self._running[engine].enter_context(server)

    def stop(self, engine: str) -> None:
        """In good order."""
        self._running.pop(engine).close()

    def crash(self, engine: str) -> None:
        """Redis by kill -9; PostgreSQL by an immediate shutdown, which leaves its recovery to the next start."""
        pid = self._postmaster() if engine == "postgres" else self._redis()
        server = psutil.Process(pid)
        os.kill(pid, signal.SIGQUIT if engine == "postgres" else signal.SIGKILL)
        psutil.wait_procs([server], timeout=30)
        self.stop(engine)

    def close(self) -> None:
        for stack in self._running.values():
            stack.close()
        places.forget(self.folder)

    def _postmaster(self) -> int:
        place = places.home(self.folder, "postgres", places.unprivileged())
        return int((place.path / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])

    def _redis(self) -> int:
        with Redis.from_url(self.urls["REDIS_URL"]) as connection:
            return int(cast(dict[str, Any], connection.info("server"))["process_id"])
