"""Log-in: graduates by WeChat and CHSI, employers and staff by password; sessions and their end."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, redirect, request
from flask_smorest import Blueprint
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from app import limits
from app.access import open_to_all
from app.blueprints import cookies
from app.http import answer, client_address, problem_of, services
from app.identity import accounts, journeys, passwords, schools, sessions, tokens
from app.identity.entrance import Entrance, Outcome
from app.problems import NotSignedIn
from app.schemas import identity as schemas

blueprint = Blueprint("auth", __name__, url_prefix="", description="登录")
BUSY = "/s/login?problem=busy"


# Graduates: pages a browser is sent to and fro between


def page(view: Callable[[Entrance], Outcome]) -> Callable[[], AnyResponse]:
    """A step of a log-in: whatever happens, the person ends on a page of ours and not on a document for programs."""

    @functools.wraps(view)
    def step() -> AnyResponse:
        held = services()
        secret = cookies.browser(held.settings, request) or journeys.new_browser()
        try:
            outcome = view(Entrance(held.settings, held.db, held.sealer, secret))
        except Exception as error:  # told and logged by the one error handler, then shown as a page
            problem_of(error)
            outcome = Outcome(BUSY)
        response = redirect(outcome.location)
        cookies.keep_browser(held.settings, response, secret)
        if outcome.token is not None:
            cookies.keep_refresh_token(held.settings, response, "graduate", outcome.token)
        return response

    return open_to_all(step)


def _text(name: str, description: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": {"type": "string"}, "description": description}


NEXT = _text("next", "the page to open afterwards, a path below /s/; anything else becomes /s/")
STATE = _text("state", "as it was sent along")
ONWARDS: dict[str, Any] = {"description": "to the next page"}


def _in_wechat() -> bool:
    return "MicroMessenger" in request.headers.get("User-Agent", "")


def _signed_in() -> bool:
    return cookies.has_session(services().settings, request, "s")


@blueprint.get("/auth/wechat/start")
@blueprint.doc(parameters=[NEXT])
@blueprint.response(302, **ONWARDS)
@page
def wechat_start(entrance: Entrance) -> Outcome:
    """Send the browser to WeChat to learn whose it is."""
    services().limiter.take(limits.JOURNEYS_PER_ADDRESS, client_address())
    return entrance.to_wechat(request.args.get("next", ""))


@blueprint.get("/auth/wechat/callback")
@blueprint.doc(parameters=[_text("code", "stands for the WeChat user, once"), STATE])
@blueprint.response(302, **ONWARDS)
@page
def wechat_callback(entrance: Entrance) -> Outcome:
    """Back from WeChat: in, or on to the CHSI log-in."""
    args = request.args
    return entrance.from_wechat(args.get("code", "")[:512], args.get("state", ""), signed_in=_signed_in())


@blueprint.get("/auth/chsi/start")
@blueprint.doc(parameters=[NEXT])
@blueprint.response(302, **ONWARDS)
@page
def chsi_start(entrance: Entrance) -> Outcome:
    """Send the browser to CHSI's log-in page."""
    services().limiter.take(limits.JOURNEYS_PER_ADDRESS, client_address())
    renew = cookies.has_left(services().settings, request)
    return entrance.to_chsi(request.args.get("next", ""), in_wechat=_in_wechat(), renew=renew)


@blueprint.get("/auth/chsi/callback")
@blueprint.doc(parameters=[_text("ticket", "CAS service ticket, good once"), STATE])
@blueprint.response(302, **ONWARDS)
@page
def chsi_callback(entrance: Entrance) -> Outcome:
    """Back from CHSI: matched with the roster and in, or told why not and whom to call."""
    args = request.args
    return entrance.from_chsi(
        args.get("ticket", ""), args.get("state", ""), signed_in=_signed_in(), in_wechat=_in_wechat()
    )


@blueprint.get("/api/v1/public/schools")
@open_to_all
@blueprint.response(200, schemas.SchoolList)
def public_schools() -> Response:
    """Every school with its employment office: whom to call when a log-in fails."""
    with services().db.reading() as connection:
        response = answer({"items": schools.contacts(connection)})
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


# Sessions

OWN_PAGE: list[dict[str, Any]] = [
    {
        "in": "header",
        "name": "X-Requested-With",
        "required": True,
        "schema": {"type": "string", "enum": [cookies.MARK]},
        "description": "what no other site's page can send",
    },
    {
        "in": "header",
        "name": "X-Room",
        "schema": {"type": "string", "enum": sorted(set(cookies.ROOMS.values()))},
        "description": "whose session: each room has its own in one browser; without it the only one there is",
    },
]


@blueprint.post("/api/v1/session")
@open_to_all
@blueprint.arguments(schemas.LogIn)
@blueprint.response(200, schemas.SessionOut)
def log_in(data: dict[str, Any]) -> Response:
    """Log an employer's operator or a member of staff in."""
    held = services()
    held.limiter.take(limits.PASSWORDS_PER_ADDRESS, client_address())
    held.limiter.take(limits.PASSWORDS_PER_LOGIN, data["login"].strip())
    account_id = passwords.check(held.db, data["login"], data["password"])
    with held.db.transaction() as connection:
        return _opened(connection, account_id, None)


@blueprint.post("/api/v1/session/refresh")
@open_to_all
@blueprint.doc(parameters=OWN_PAGE)
@blueprint.response(200, schemas.SessionOut)
def refresh() -> Response:
    """A new access token by the refresh cookie, which is renewed."""
    held = services()
    cookies.demand_own_page(held.settings, request)
    token = cookies.refresh_token(held.settings, request)
    if token is None:
        raise NotSignedIn
    with held.db.transaction() as connection:
        account_id, successor = sessions.refresh(connection, held.settings, token)
        return _opened(connection, account_id, successor)


@blueprint.delete("/api/v1/session")
@open_to_all
@blueprint.doc(parameters=OWN_PAGE)
@blueprint.response(204)
def log_out() -> Response:
    """退出: the session ends, and every access token of the account with it."""
    held = services()
    cookies.demand_own_page(held.settings, request)
    token = cookies.refresh_token(held.settings, request)
    with held.db.transaction() as connection:
        if token is not None:
            sessions.end(connection, token)
        _end_bearer(connection)
    response = Response(status=204)
    cookies.drop_refresh_token(held.settings, request, response)
    return response


def _opened(connection: Connection, account_id: uuid.UUID, token: str | None) -> Response:
    settings = services().settings
    row, shown = accounts.described(connection, account_id)
    if token is None:
        token = sessions.begin(connection, account_id, row.role)
    access_token, seconds = tokens.issue(settings, row)
    response = answer({"access_token": access_token, "expires_in": seconds, "account": shown})
    cookies.keep_refresh_token(settings, response, row.role, token)
    return response


def _end_bearer(connection: Connection) -> None:
    """A program without a cookie logs out by its access token alone."""
    try:
        ticket = tokens.read(services().settings, request.headers.get("Authorization", ""))
        actor, _ = tokens.actor_of(connection, ticket, "")
    except NotSignedIn:
        return
    if actor.id is not None:
        sessions.end_access(connection, actor.id)
