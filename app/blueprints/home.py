"""首页 of a graduate."""

from __future__ import annotations

from flask import Response, g, request
from flask_smorest import Blueprint

from app.access import Role
from app.http import answer, holds_ticket, services
from app.queries import home as read
from app.schemas import answers

blueprint = Blueprint("home", __name__, url_prefix="/api/v1", description="毕业生首页")


@blueprint.get("/home")
@holds_ticket(Role.GRADUATE)
@blueprint.response(200, answers.Home)
def home() -> Response:
    """What stands, whose turn it is, and the five entries. 304 costs one look at what the page depends on."""
    with services().db.reading() as connection:
        if request.headers.get("If-None-Match"):
            unchanged = answer(b"", etag=read.stamp(connection, g.ticket))
            if unchanged.status_code == 304:
                return unchanged
        found = read.home(connection, g.ticket)
    return answer(found.content, etag=found.stamp)
