"""The application for looking at it, and a database nobody else uses."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.api.conftest import _lasting, app, contract, services, settings  # noqa: F401


@pytest.fixture
def bare_database(engines: dict[str, str]) -> Iterator[str]:
    """The SQLAlchemy URL of a database with nothing in it."""
    name = f"qx_bare_{uuid.uuid4().hex[:8]}"
    start, question, parameters = engines["DATABASE_URL"].partition("?")
    with psycopg.connect(engines["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{start.rpartition('/')[0]}/{name}{question}{parameters}"
        for _ in range(10):
            try:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
                break
            except psycopg.errors.InsufficientPrivilege:  # the server's own vacuum is in it for a moment
                time.sleep(0.2)
