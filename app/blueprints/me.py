"""A graduate's own data: look, confirm, show a card."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection

from app import clock
from app.access import Role
from app.api import IF_MATCH
from app.http import act, answer, if_match, needs, services
from app.identity import cards, pins
from app.problems import Invalid
from app.queries import base_data
from app.schemas import identity as schemas
from app.workflows import roster

blueprint = Blueprint("me", __name__, url_prefix="/api/v1", description="本人信息")


@blueprint.get("/me")
@needs(Role.GRADUATE)
@blueprint.response(200, schemas.Me)
def me() -> Response:
    """The twenty base fields and where they stand; PIN, WeChat and whom to call."""
    with services().db.reading() as connection:
        return _shown(connection)


@blueprint.post("/me/confirm")
@needs(Role.GRADUATE)
@blueprint.arguments(schemas.Confirm)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.response(200, schemas.Me)
@act
def confirm(connection: Connection, data: dict[str, Any]) -> Response:
    """信息确认无误，进入系统; sets the PIN where there is none."""
    seen = if_match()
    _settle_pin(connection, data["pin"])
    roster.confirm_base_data(connection, g.actor, seen=seen)
    return _shown(connection)


def _settle_pin(connection: Connection, pin: str | None) -> None:
    """A first PIN is set; a later one must be the right one, since confirming again is no way to change it."""
    sealer, graduate_id = services().sealer, g.actor.graduate_id
    if pins.has_pin(connection, graduate_id):
        if pin is not None:
            pins.check_pin(connection, graduate_id, sealer, pin)
    elif pin is None:
        raise Invalid.field("/pin", "请设置 6 位数字的操作码。")
    else:
        pins.set_pin(connection, graduate_id, sealer, pin)


@blueprint.get("/me/name-card")
@needs(Role.GRADUATE)
@blueprint.response(200, schemas.NameCard)
def name_card() -> Response:
    """A card for a recruiter to scan, good for ten minutes."""
    card, url, expires_at = cards.make_card(services().settings, g.actor.graduate_id)
    return answer({"card": card, "url": url, "expires_at": clock.rfc3339(expires_at)})


def _shown(connection: Connection) -> Response:
    held = services()
    found, etag = base_data.own(connection, held.sealer, held.settings.wechat.app_id, g.actor.graduate_id)
    return answer(found, etag=etag)
