"""Fixtures and helpers of tests that know the product: services on the test's own database, and the invariants.

A test folder's conftest imports the fixtures it wants.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.logs import configure
from app.problems import Problem
from app.services import Services
from app.settings import Settings
from tests.factories import World, make_world

INVARIANTS = Path(__file__).with_name("invariants.sql")


@pytest.fixture
def settings(product_environment: dict[str, str]) -> Settings:
    """The product's settings on this test's engines."""
    return Settings.from_environment(product_environment)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """The product's services, closed after the test."""
    made = Services.build(settings)
    yield made
    made.close()


@pytest.fixture
def crowded(settings: Settings) -> Iterator[Services]:
    """Services with as many connections as a race has rivals."""
    made = Services.build(replace(settings, pool_size=64))
    yield made
    made.close()


@pytest.fixture
def world(services: Services) -> World:
    """A school with its offices and an employer."""
    return make_world(services)


@pytest.fixture
def logged(settings: Settings) -> Iterator[io.StringIO]:
    """All that is logged meanwhile, as a server in production logs it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure(replace(settings, production=True), level=logging.DEBUG)
    stream = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


# Invariants ---------------------------------------------------------------------------------------------------------

_NAMED = re.compile(r"^-- invariant: (?P<name>[a-z_]+)(?P<workers> \(workers running\))?$", re.MULTILINE)


def invariants(*, workers: bool = False) -> dict[str, str]:
    """The queries of ``invariants.sql`` by name; those that only hold while workers run are left out unless wanted."""
    content = INVARIANTS.read_text()
    found = list(_NAMED.finditer(content))
    ends = [mark.start() for mark in found[1:]] + [len(content)]
    return {
        mark["name"]: content[mark.end() : end].strip().rstrip(";")
        for mark, end in zip(found, ends, strict=True)
        if workers or not mark["workers"]
    }


@cache
def _all_at_once(workers: bool) -> str:
    """One round trip for all: name and row of whatever is broken."""
    parts = [
        f"SELECT '{name}' AS invariant, to_jsonb(q)::text AS broken FROM (\n{query}\n) q"
        for name, query in invariants(workers=workers).items()
    ]
    return "\nUNION ALL\n".join(parts)


def broken(connection: Connection, *, workers: bool = False) -> list[str]:
    """``name: row`` for every row that breaks an invariant; empty where all hold."""
    # exec_driver_sql: the queries are plain SQL with colons of their own.
    rows = connection.exec_driver_sql(_all_at_once(workers)).all()
    return [f"{row.invariant}: {row.broken}" for row in rows]


def assert_invariants(services: Services, *, workers: bool = False) -> None:
    """Fail with every row that breaks an invariant."""
    with services.db.reading() as connection:
        assert broken(connection, workers=workers) == []


# Refusals -----------------------------------------------------------------------------------------------------------


class _Undo(Exception):
    """Ends a try without leaving a trace."""


def attempt(services: Services, act: Callable[[Connection], Any]) -> str:
    """What an act would come to, tried in a transaction that is rolled back: ``done``, or the problem's code."""
    try:
        with services.db.transaction() as connection:
            act(connection)
            raise _Undo
    except _Undo:
        return "done"
    except Problem as problem:
        return problem.code


def refusal(services: Services, act: Callable[[Connection], Any]) -> Problem:
    """The problem an act is refused with; fails if it is not refused."""
    with pytest.raises(Problem) as caught, services.db.transaction() as connection:
        act(connection)
    return caught.value


def events(services: Services, subject: Any) -> list[tuple[str, str, str]]:
    """``(action, source, target)`` of a subject's events in order."""
    query = text("SELECT action, source, target FROM event WHERE subject = :subject ORDER BY version")
    with services.db.reading() as connection:
        return [(row.action, row.source, row.target) for row in connection.execute(query, {"subject": subject})]
