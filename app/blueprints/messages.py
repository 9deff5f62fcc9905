"""消息中心 of every role."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint

from app.access import Role
from app.http import answer, needs, services
from app.problems import NotFound
from app.queries import cursors
from app.queries import messages as read
from app.schemas import messages as shapes

blueprint = Blueprint("messages", __name__, url_prefix="/api/v1", description="消息中心")
EVERYONE = (Role.GRADUATE, Role.EMPLOYER, Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL)


@blueprint.get("/messages")
@needs(*EVERYONE)
@blueprint.arguments(shapes.MessageQuery, location="query")
@blueprint.response(200, shapes.MessagePage)
def listed(query: dict[str, Any]) -> Response:
    """One's own messages, newest first."""
    page = cursors.window(query["limit"], query["after"])
    with services().db.reading() as connection:
        return answer(read.listed(connection, g.actor, query["filter"], page))


@blueprint.get("/messages/counts")
@needs(*EVERYONE)
@blueprint.response(200, shapes.MessageCounts)
def counts() -> Response:
    """For the badge and the filters."""
    with services().db.reading() as connection:
        return answer(read.counts(connection, g.actor))


@blueprint.post("/messages/<uuid:message_id>/read")
@needs(*EVERYONE)
@blueprint.response(204)
def mark_read(message_id: uuid.UUID) -> Response:
    """Note that a message was read."""
    with services().db.transaction() as connection:
        if not read.mark_read(connection, g.actor, message_id):
            raise NotFound
    return Response(status=204)


@blueprint.post("/messages/read-all")
@needs(*EVERYONE)
@blueprint.response(204)
def mark_all_read() -> Response:
    """Note that all messages were read."""
    with services().db.transaction() as connection:
        read.mark_all_read(connection, g.actor)
    return Response(status=204)
