"""推送偏好 of every role, and 送达情况 for the offices."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask_smorest import Blueprint

from app.access import REVIEWERS, Role
from app.http import answer, needs, services
from app.notify import preferences
from app.queries import cursors, deliveries
from app.queries import notices as read
from app.schemas import notices as shapes

blueprint = Blueprint("notices", __name__, url_prefix="/api/v1", description="推送偏好和送达情况")
EVERYONE = (Role.GRADUATE, Role.EMPLOYER, *REVIEWERS)


@blueprint.get("/me/notices")
@needs(*EVERYONE)
@blueprint.response(200, shapes.NoticesOut)
def own() -> Response:
    """What one is pushed, what of it may be switched off, and what WeChat holds back."""
    with services().db.reading() as connection:
        return answer(read.own(connection, g.actor, services().settings.wechat.app_id))


@blueprint.post("/me/notices/<choice>")
@needs(*EVERYONE)
@blueprint.arguments(shapes.Switch)
@blueprint.response(204)
def switch(data: dict[str, Any], choice: str) -> Response:
    """Switch the push of a group of notices on or off; the message centre keeps them all."""
    with services().db.transaction() as connection:
        preferences.switch(connection, g.actor, choice, pushed=data["pushed"])
    return Response(status=204)


@blueprint.post("/me/notices/refusals/clear")
@needs(*EVERYONE)
@blueprint.response(204)
def switched_on_again() -> Response:
    """我已在微信里重新打开: the next notice is tried at once, whatever WeChat refused before."""
    with services().db.transaction() as connection:
        preferences.probe(connection, g.actor.id)
    return Response(status=204)


@blueprint.get("/deliveries")
@needs(*REVIEWERS)
@blueprint.arguments(shapes.DeliveryQuery, location="query")
@blueprint.response(200, shapes.PushPage)
def pushes(query: dict[str, Any]) -> Response:
    """How the pushes about one's graduates fared, newest first."""
    page = cursors.window(query["limit"], query["after"])
    with services().db.reading() as connection:
        return answer(deliveries.listed(connection, g.actor, query["state"], page))
