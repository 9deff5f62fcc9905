"""The ceiling of reading the home page: Flask and one prepared statement whose JSON is passed on, nothing else.

No account is checked and no word is chosen: the same rows as the page shows, as PostgreSQL writes them.
"""

from __future__ import annotations

from flask import Response, request

from app.queries import home
from app.workflows import filing_rows
from bench.peers.bare import make_app, passed_on

PAGE = f"""
    SELECT to_json(page)::text FROM (
        SELECT g.name, g.base_state, g.training_mode, g.hukou_moved, sc.contact,
            (SELECT count(*) FROM message m WHERE m.recipient = %(account)s AND m.read_at IS NULL
                AND m.state <> 'cancelled' AND m.due_at <= now()) AS unread,
            {home.CARDS} AS cards, {home.FILINGS} AS filings, {home.HELD} AS held, {home.REGISTERED} AS registered,
            {filing_rows.MODULES} AS modules
        FROM graduate g JOIN school sc ON sc.id = g.school_id WHERE g.id = %(graduate)s) page
"""
application = make_app(__name__)


@application.get("/home")
def home_page() -> Response:
    return passed_on(PAGE, {name: request.args[name] for name in ("graduate", "account")})
