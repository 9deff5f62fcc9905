"""What happens because its time has come (到期): the clock takes the step, in sets; one bad row stops no other."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Connection, Double, Row, Select, Table, and_, case, cast, extract, func, or_, select, update

from app.access import CLOCK
from app.db import Database, is_away, table
from app.models import Invitation
from app.workflows.advance import advance_many
from app.workflows.machine import Machine
from app.workflows.machines import INVITATION

BATCH = 500
PUT_OFF = timedelta(hours=1)
"""How long a row waits on which the step failed."""
log = structlog.get_logger("app.workflows.deadlines")


@dataclass(frozen=True)
class Deadline:
    """Rows of ``table`` in ``state`` take the step ``action`` once the moment in column ``by`` has passed.

    The table has ``put_off_until`` and ``fault`` beside it; a partial index on ``by`` for that state keeps an idle look
    cheap.
    """

    machine: Machine
    table: Table
    state: str
    action: str
    by: str


DEADLINES: tuple[Deadline, ...] = (Deadline(INVITATION, table(Invitation), "pending", "expire", "respond_by"),)


class Moved(int):
    """How many rows took their step; ``late`` is by how many seconds the most overdue of them was past its time."""

    late: float

    def __new__(cls, rows: int, late: float = 0.0) -> Moved:
        """So many rows."""
        self = super().__new__(cls, rows)
        self.late = late
        return self

    @classmethod
    def together(cls, parts: Iterable[Moved]) -> Moved:
        """All rows, and the worst lateness."""
        parts = list(parts)
        return cls(sum(parts), max((part.late for part in parts), default=0.0))


def expire_due(database: Database) -> Moved:
    """Take every overdue step; returns how many rows moved. Any number of processes may do this at once.

    Acting late is refused by the deadline itself; this only makes the state say so on time.
    """
    return Moved.together(_expire(database, deadline) for deadline in DEADLINES)


def try_again(connection: Connection, row: uuid.UUID | None = None) -> int:
    """Let rows that were put off, all or one, take their step with the next tick; returns how many."""
    return sum(_try_again(connection, deadline, row) for deadline in DEADLINES)


def _try_again(connection: Connection, deadline: Deadline, row: uuid.UUID | None) -> int:
    columns = deadline.table.c
    put_off = [
        columns[deadline.machine.column] == deadline.state,
        columns[deadline.by] <= func.now(),
        columns.put_off_until > func.now(),
    ]
    if row is not None:
        put_off.append(columns.id == row)
    return connection.execute(update(deadline.table).where(*put_off).values(put_off_until=func.now())).rowcount


def _expire(database: Database, deadline: Deadline) -> Moved:
    moved, late = 0, 0.0
    while True:
        taken: Sequence[Row[uuid.UUID, float]] = ()
        try:
            with database.transaction() as connection:
                taken = connection.execute(_overdue(deadline, BATCH)).all()
                if taken:
                    late = max(late, *(row.late for row in taken))
                    moved += len(_advance(connection, deadline, [row.id for row in taken]))
        except Exception as error:
            if is_away(error):
                raise  # nothing is wrong with the rows
            log.error("a set of overdue rows failed", machine=deadline.machine.name, rows=len(taken), exc_info=error)
            moved += sum(_expire_one(database, deadline, row.id) for row in taken)
        if len(taken) < BATCH:
            return Moved(moved, late)


def _overdue(deadline: Deadline, many: int) -> Select[uuid.UUID, float]:
    """Ids of overdue rows, locked, the most overdue first; those another process has locked are left to it.

    ``late`` is by how many seconds; one that was put off is late on purpose.
    """
    row = deadline.table.c
    seconds = cast(extract("epoch", func.now() - row[deadline.by]), Double)
    return (
        select(row.id, case((row.put_off_until.is_(None), seconds), else_=0.0).label("late"))
        .where(
            row[deadline.machine.column] == deadline.state,
            row[deadline.by] <= func.now(),
            or_(row.put_off_until.is_(None), row.put_off_until <= func.now()),
        )
        .order_by(row[deadline.by])
        .limit(many)
        .with_for_update(skip_locked=True)
    )


def _advance(connection: Connection, deadline: Deadline, rows: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    return advance_many(
        connection, deadline.machine, deadline.table, deadline.action, rows, CLOCK, source=deadline.state
    )


def _expire_one(database: Database, deadline: Deadline, row: uuid.UUID) -> int:
    """One row by itself; if it fails it is put off and reported."""
    try:
        with database.transaction() as connection:
            return len(_advance(connection, deadline, [row]))
    except Exception as error:
        if is_away(error):
            raise
        fault = f"{type(error).__name__}: {error}"[:500]
        log.error("overdue row put off", machine=deadline.machine.name, row=str(row), exc_info=error)
    with database.transaction() as connection:
        rows = deadline.table
        connection.execute(
            rows.update()
            .where(and_(rows.c.id == row, rows.c[deadline.machine.column] == deadline.state))
            .values(put_off_until=func.now() + PUT_OFF, fault=fault)
        )
    return 0
