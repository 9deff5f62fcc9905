"""The ceiling of reading the home page: Flask and one prepared statement whose JSON is passed on, nothing else.

No account is checked and no word is chosen: the same rows as the page shows, as PostgreSQL writes them.
"""

from __future__ import annotations

import os
import threading

import psycopg
from flask import Flask, Response, request

from app.queries import cards

PAGE = f"""
    SELECT to_json(page)::text FROM (
        SELECT g.name, g.base_state, g.training_mode, g.hukou_moved, sc.contact,
            (SELECT count(*) FROM message m WHERE m.recipient = %(account)s AND m.read_at IS NULL
                AND m.state <> 'cancelled' AND m.due_at <= now()) AS unread,
            (SELECT json_agg(card) FROM (
                SELECT {cards.CARD_COLUMNS} FROM {cards.CARD_TABLES}
                WHERE i.graduate_id = g.id AND (
                    (i.state = 'pending' AND i.respond_by > clock_timestamp())
                    OR (i.state = 'accepted' AND c.state IN ('in_review', 'effective'))
                    OR (i.state = 'accepted' AND c.state = 'failed' AND f.stage_since > now() - interval '7 days'))
                ORDER BY i.state = 'pending' DESC, i.respond_by LIMIT 20) card) AS cards
        FROM graduate g JOIN school sc ON sc.id = g.school_id WHERE g.id = %(graduate)s) page
"""
_own = threading.local()
application = Flask(__name__)


@application.get("/home")
def home() -> Response:
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
