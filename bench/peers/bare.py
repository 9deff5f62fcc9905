"""What both bare sides of reading share: Flask, and a connection a thread on which a prepared statement gives JSON."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

import psycopg
from flask import Flask, Response

_own = threading.local()


def make_app(name: str) -> Flask:
    """An application that says it is alive."""
    app = Flask(name)
    app.add_url_rule("/healthz", view_func=lambda: "alive")
    return app


def passed_on(statement: str, parameters: Mapping[str, object]) -> Response:
    """The JSON that the statement gives, as PostgreSQL writes it."""
    found = _connection().execute(statement, parameters, prepare=True).fetchone()
    assert found is not None
    return Response(found[0], mimetype="application/json")


def _connection() -> psycopg.Connection[tuple[str]]:
    if not hasattr(_own, "connection"):
        url = os.environ["DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")
        _own.connection = psycopg.connect(url, autocommit=True)
    connection: psycopg.Connection[tuple[str]] = _own.connection
    return connection
