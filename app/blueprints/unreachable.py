"""联系不上的人, for the offices."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask_smorest import Blueprint

from app.access import REVIEWERS
from app.http import answer, needs, services
from app.queries import cursors
from app.queries import unreachable as read
from app.schemas import unreachable as shapes
from app.schemas.signing import PageQuery

blueprint = Blueprint("unreachable", __name__, url_prefix="/api/v1", description="联系不上的人")


@blueprint.get("/unreachable")
@needs(*REVIEWERS)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, shapes.UnreachablePage)
def listed(query: dict[str, Any]) -> Response:
    """Graduates whom something waits for and whom neither WeChat, SMS nor e-mail has reached."""
    window = cursors.window(query["limit"], query["after"])
    with services().db.reading() as connection:
        return answer(read.listed(connection, g.actor, window))


@blueprint.get("/unreachable/counts")
@needs(*REVIEWERS)
@blueprint.response(200, shapes.UnreachableCounts)
def counts() -> Response:
    """How many they are."""
    with services().db.reading() as connection:
        return answer(read.counts(connection, g.actor))
