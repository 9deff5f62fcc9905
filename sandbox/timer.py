"""Things to do a little later, by the sandbox's clock; skipping time makes them due."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sandbox.clock import Clock

log = logging.getLogger("sandbox.timer")


class Timer:
    """One thread that watches the time, a pool that does the work."""

    def __init__(self, clock: Clock, threads: int) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._closing = False
        self._under_way = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="callback")
        threading.Thread(target=self._watch, name="timer", daemon=True).start()

    def after(self, seconds: float, work: Callable[[], object]) -> None:
        """Do ``work`` in the pool once ``seconds`` have passed."""
        with self._wake:
            due = self._clock.now() + seconds
            heapq.heappush(self._heap, (due, next(self._order), work))
            if self._heap[0][0] == due:
                self._wake.notify()

    def look(self) -> None:
        """The clock was moved: look again what is due."""
        with self._wake:
            self._wake.notify()

    def waiting(self) -> int:
        """How many things are not yet due, or not yet done."""
        with self._wake:
            return len(self._heap) + self._under_way

    def close(self) -> None:
        """Forget what is not yet due and let the threads end."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _watch(self) -> None:
        while True:
            with self._wake:
                if self._closing:
                    return
                now = self._clock.now()
                due: list[Callable[[], object]] = []
                while self._heap and self._heap[0][0] <= now:
                    due.append(heapq.heappop(self._heap)[2])
                self._under_way += len(due)
                if not due:
                    self._wake.wait(self._heap[0][0] - now if self._heap else None)
            for work in due:
                self._pool.submit(self._carry_out, work)

    def _carry_out(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("a delayed task failed")
        finally:
            with self._wake:
                self._under_way -= 1
