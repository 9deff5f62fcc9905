"""The ceiling of reading the home page: Flask and one prepared statement whose JSON is passed on, nothing else.

No account is checked and no word is chosen: the same rows as the page shows, as PostgreSQL writes them.
"""

from __future__ import annotations

import os
import threading

import psycopg
from flask import Flask, Response, request

from app.queries import home
from app.workflows import filing_rows

PAGE = f"""
    SELECT to_json(page)::text FROM (
        SELECT g.name, g.base_state, g.training_mode, g.hukou_moved, sc.contact,
            (SELECT count(*) FROM message m WHERE m.recipient = %(account)s AND m.read_at IS NULL
                AND m.state <> 'cancelled' AND m.due_at <= now()) AS unread,
            {home.CARDS} AS cards, {home.FILINGS} AS filings, {home.HELD} AS held, {home.REGISTERED} AS registered,
            {filing_rows.MODULES} AS modules
        FROM graduate g JOIN school sc ON sc.id = g.school_id WHERE g.id = %(graduate)s) page
"""
_own = threading.local()
application = Flask(__name__)


@application.get("/home")
def home_page() -> Response:
    parameters = {"graduate": request.args["graduate"], "account": request.args["account"]}
    found = _connection().execute(PAGE, parameters, prepare=True).fetchone()
    assert found is not None
    return Response(found[0], mimetype="application/json")


@application.get("/healthz")
def alive() -> str:
    return "alive"


def _connection() -> psycopg.Connection[tuple[str]]:
    if not hasattr(_own, "connection"):
        url = os.environ["DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")
        _own.connection = psycopg.connect(url, autocommit=True)
    connection: psycopg.Connection[tuple[str]] = _own.connection
    return connection
