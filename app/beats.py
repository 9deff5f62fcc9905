"""The clock's beats (时钟心跳): what each step of the sweeper last did, written down where every process can see it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import Database

EVERY = 5.0
"""Seconds between two writings of a process, whatever the number of steps."""
LATE_FOR = 60.0
"""Seconds for which the worst lateness of a step is told: longer than anyone waits between two looks at it."""

# In one order, so that two sweepers never wait for each other; by the database's clock, as all deadlines are.
_WRITE = text("""
    INSERT INTO clock_beat (step, at, milliseconds, late_milliseconds, fault)
    SELECT step, now() - make_interval(secs => ago), milliseconds, late, fault
    FROM jsonb_to_recordset(CAST(:beats AS jsonb)) AS r (step text, ago double precision, milliseconds integer,
        late integer, fault text)
    ORDER BY step
    ON CONFLICT (step) DO UPDATE SET at = greatest(clock_beat.at, excluded.at), milliseconds = excluded.milliseconds,
        late_milliseconds = excluded.late_milliseconds, fault = excluded.fault
""")


@dataclass
class _Beat:
    at: float
    seconds: float
    fault: str | None
    late: float


@dataclass
class Beats:
    """Kept in memory with every step taken, written in one statement every :data:`EVERY` seconds."""

    _fresh: dict[str, _Beat] = field(default_factory=dict)
    """steps taken since the last writing"""
    _late: dict[str, tuple[float, float]] = field(default_factory=dict)
    """step → its worst lateness of late, and until when that is told"""
    _write_at: float = 0.0

    def note(self, step: str, seconds: float, *, late: float = 0.0, fault: BaseException | None = None) -> None:
        """A step was taken and took so long; ``late`` (seconds) is how late the latest of what it handled was."""
        now = time.monotonic()
        worst, until = self._late.get(step, (0.0, 0.0))
        if late >= worst or now > until:
            worst, _ = self._late[step] = (late, now + LATE_FOR)
        before = self._fresh.get(step)
        longest = max(seconds, before.seconds) if before else seconds
        self._fresh[step] = _Beat(now, longest, None if fault is None else name_of(fault), worst)

    def write(self, database: Database) -> None:
        """Write what is new, if it is time; raises what the database raises, and then keeps it for the next time."""
        now = time.monotonic()
        if not self._fresh or now < self._write_at:
            return
        rows = [
            {
                "step": step,
                "ago": now - beat.at,
                "milliseconds": round(beat.seconds * 1000),
                "late": round(beat.late * 1000),
                "fault": beat.fault,
            }
            for step, beat in self._fresh.items()
        ]
        with database.transaction() as connection:
            connection.execute(_WRITE, {"beats": orjson.dumps(rows).decode()})
        self._fresh.clear()
        self._write_at = now + EVERY


def name_of(error: BaseException) -> str:
    """An error's kind. Its words may hold a person's data: they are for the log, where they are cleaned."""
    return type(error.orig).__name__ if isinstance(error, DBAPIError) and error.orig else type(error).__name__
