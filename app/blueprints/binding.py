"""Binding a WeChat by a code: the page of the graduate who shows it, and the page of the phone that scanned it."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from flask import Response, g, request
from flask_smorest import Blueprint
from sqlalchemy import Connection

from app import clock, limits
from app.access import Role, open_to_all
from app.blueprints import cookies
from app.blueprints.auth import OWN_PAGE
from app.http import act, answer, client_address, needs, services
from app.identity import binding, journeys
from app.notify.wechat import WeChatError
from app.problems import UpstreamAway
from app.schemas import identity as schemas

blueprint = Blueprint("binding", __name__, url_prefix="/api/v1", description="绑定微信")
log = structlog.get_logger("app.identity")


@blueprint.post("/me/wechat-binding")
@needs(Role.GRADUATE)
@blueprint.response(201, schemas.BindingCode)
def show_code() -> Response:
    """A code to be scanned with the WeChat to be bound. Older codes of the account end."""
    held = services()
    held.limiter.take(limits.BINDINGS_PER_ACCOUNT, g.actor.id)
    with held.db.reading() as connection:
        binding.require_unbound(connection, held.settings.wechat.app_id, g.actor.id)
    scene = binding.new_scene()
    try:
        url = held.wechat.make_code(scene, binding.LIFE)
    except WeChatError as error:
        log.warning("no_binding_code", errcode=error.errcode)
        raise UpstreamAway from None
    with held.db.transaction() as connection:
        binding_id, expires_at = binding.keep(connection, g.actor.id, scene)
    return answer({"id": binding_id, "url": url, "expires_at": clock.rfc3339(expires_at)}, status=201)


@blueprint.get("/me/wechat-binding/<uuid:binding_id>")
@needs(Role.GRADUATE)
@blueprint.response(200, schemas.BindingStanding)
def code_standing(binding_id: uuid.UUID) -> Response:
    """Whether the code was scanned, confirmed or refused; asked again and again while it is shown."""
    with services().db.reading() as connection:
        row = binding.standing(connection, g.actor.id, binding_id)
    return answer({"state": row.state, "expires_at": clock.rfc3339(row.expires_at)})


@blueprint.post("/me/wechat-binding/<uuid:binding_id>/agree")
@needs(Role.GRADUATE)
@blueprint.arguments(schemas.BindingNumber)
@blueprint.response(204)
@act
def agree(connection: Connection, data: dict[str, Any], binding_id: uuid.UUID) -> Response:
    """「是我，绑定」: with the number on the phone, who confirmed there is bound; three wrong ones end the code."""
    binding.agree(connection, services().settings.wechat.app_id, g.actor.id, binding_id, data["number"])
    return Response(status=204)


@blueprint.post("/me/wechat-binding/<uuid:binding_id>/disown")
@needs(Role.GRADUATE)
@blueprint.response(204)
@act
def disown(connection: Connection, binding_id: uuid.UUID) -> Response:
    """「不是我」: somebody else scanned the code; it is over."""
    binding.disown(connection, g.actor.id, binding_id)
    return Response(status=204)


# The phone that scanned it. It need not be signed in: the journey's cookie says whose WeChat it is.


@blueprint.get("/wechat-bindings/<uuid:binding_id>")
@open_to_all
@blueprint.response(200, schemas.BindingAsked)
def asked(binding_id: uuid.UUID) -> Response:
    """What the code binds, and whether anything stands against it; for the WeChat user who scanned it alone."""
    held = services()
    held.limiter.take(limits.BINDING_PAGES_PER_ADDRESS, client_address())
    with held.db.reading() as connection:
        openid = _openid(connection)
        row = binding.look(connection, held.settings.wechat.app_id, binding_id, openid)
    obstacle = binding.obstacle(row)
    seen = binding.Seen.of(row)
    found = {
        "state": row.state,
        "number": str(row.number) if row.state == "confirmed" else None,
        "name": seen.name,
        "school": seen.school,
        "student_no_tail": seen.student_no_tail,
        "asked_at": clock.rfc3339(row.created_at),
        "obstacle": obstacle.detail if obstacle is not None else None,
    }
    return answer(found)


@blueprint.post("/wechat-bindings/<uuid:binding_id>/confirm")
@open_to_all
@blueprint.doc(parameters=OWN_PAGE[:1])
@blueprint.response(204)
def confirm(binding_id: uuid.UUID) -> Response:
    """「确认绑定」: the WeChat user who scanned the code agrees and may see the number; a repeat changes nothing."""
    held = services()
    _require_own_page()
    with held.db.transaction() as connection:
        binding.confirm(connection, held.settings.wechat.app_id, binding_id, _openid(connection))
    return Response(status=204)


@blueprint.post("/wechat-bindings/<uuid:binding_id>/refuse")
@open_to_all
@blueprint.doc(parameters=OWN_PAGE[:1])
@blueprint.response(204)
def refuse(binding_id: uuid.UUID) -> Response:
    """「不是我」: the code is over."""
    held = services()
    _require_own_page()
    with held.db.transaction() as connection:
        binding.refuse(connection, held.settings.wechat.app_id, binding_id, _openid(connection))
    return Response(status=204)


def _require_own_page() -> None:
    held = services()
    cookies.demand_own_page(held.settings, request)
    held.limiter.take(limits.BINDING_PAGES_PER_ADDRESS, client_address())


def _openid(connection: Connection) -> str | None:
    secret = cookies.browser(services().settings, request)
    return journeys.openid_of(connection, secret) if secret is not None else None
