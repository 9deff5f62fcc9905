"""The application for looking at it, and a database nobody else uses."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.api.conftest import _lasting, app, contract, services, settings  # noqa: F401
from tests.conftest import drop_database


@pytest.fixture
def bare_database(engines: dict[str, str]) -> Iterator[str]:
    """The SQLAlchemy URL of a database with nothing in it."""
    name = f"qx_bare_{uuid.uuid4().hex[:8]}"
    start, question, parameters = engines["DATABASE_URL"].partition("?")
    with psycopg.connect(engines["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{start.rpartition('/')[0]}/{name}{question}{parameters}"
    drop_database(engines["DATABASE_URL"], name)
