"""Several at once: threads that start at the same moment, each on a connection of its own, and what each came to."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from app.problems import Problem
from app.services import Services

Outcome = TypeVar("Outcome")
SIZE = float(os.environ.get("QX_RACES", "1"))
"""How many times the usual number of rounds; `make chaos` runs more."""


def rounds(usual: int) -> int:
    """The number of rounds at the present size, at least one."""
    return max(1, round(usual * SIZE))


def at_once(acts: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Run all acts, started together; what each returned, in their order. An exception is the test's failure."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Outcome]) -> Outcome:
        barrier.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(60) for future in [pool.submit(run, act) for act in acts]]


def outcome(services: Services, act: Callable[[Connection], object]) -> str:
    """``ok``, or the code of the problem; any other exception is a defect and surfaces."""
    try:
        with services.db.transaction() as connection:
            act(connection)
    except Problem as problem:
        return problem.code
    return "ok"


def counted(outcomes: Sequence[str]) -> dict[str, int]:
    """How often each outcome came."""
    return dict(Counter(outcomes))
