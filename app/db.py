"""Engine, Base, and the only two ways to the database: ``transaction()`` for writing and ``reading()`` for reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, cast

import orjson
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase

from app.problems import Problem

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Base(DeclarativeBase):
    """Declarative base with a naming convention, so that every constraint can be named in a migration."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSONB, list[Any]: JSONB}


def table(model: type[Base]) -> Table:
    """A model's table, for Core statements."""
    return cast(Table, model.__table__)


def _dumps(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


class Database:
    """Holds the engine and opens transactions and reads on it.

    ``after_commit`` is called, best effort, when a transaction that was marked with :func:`wake` has committed; it must
    not raise. It exists so that ``db`` need not know of RQ.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 4,
        statement_timeout_ms: int = 5_000,
        after_commit: Callable[[], None] | None = None,
    ) -> None:
        # Connections are at rest in autocommit: reads need no BEGIN and ROLLBACK round trips (one statement sees one
        # snapshot anyway) and, being the most frequent by far, no change of the connection's mode either.
        self.engine: Engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_size=pool_size,
            max_overflow=2,
            pool_timeout=2,  # a request that waits longer is better told to come back
            pool_pre_ping=False,
            hide_parameters=True,  # an error's words end in logs; its values are persons' data
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            connect_args={
                "connect_timeout": 3,
                "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=4000 -c TimeZone=UTC "
                "-c idle_in_transaction_session_timeout=60000",
                "prepare_threshold": 2,
            },
        )
        self._transactional = transactional(self.engine)
        self.after_commit = after_commit

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back by any exception.

        A problem that says ``keeps_what_was_written`` (a wrong PIN that must count) is raised after the commit.
        """
        kept: Problem | None = None
        with self._transactional.begin() as connection:
            connection.info.pop("wake", None)  # a pooled connection keeps what an aborted user left
            try:
                yield connection
            except Problem as problem:
                if not problem.keeps_what_was_written:
                    raise
                kept = problem
            woken = connection.info.pop("wake", False)
        if woken and self.after_commit is not None:
            self.after_commit()
        if kept is not None:
            raise kept

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """An autocommit connection for reads; nothing is written on it."""
        with self.engine.connect() as connection:
            yield connection

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def transactional(engine: Engine) -> Engine:
    """The same engine and pool for whoever commits: its connections begin a transaction with their first statement."""
    return engine.execution_options(isolation_level="READ COMMITTED")


def wake(connection: Connection) -> None:
    """Mark the transaction as having left work for the senders: they are woken once it has committed."""
    connection.info["wake"] = True


def count_statements(engine: Engine, into: list[str]) -> Callable[[], None]:
    """Append every statement the engine sends to ``into``; returns what stops it. For tests and benchmarks."""

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        into.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return lambda: event.remove(engine, "before_cursor_execute", note)


def is_away(error: BaseException) -> bool:
    """Whether there is no database to be had; one that answers, be it with a time limit or a deadlock, is there."""
    if not isinstance(error, OperationalError):
        return isinstance(error, PoolTimeout)
    state = getattr(error.orig, "sqlstate", None)
    return state is None or (state[:2] in ("08", "53", "57") and state != "57014")  # 57014: took too long


def is_deadlock(error: BaseException) -> bool:
    """Whether two transactions waited for each other and this one was ended: it may be tried again."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) == "40P01"
