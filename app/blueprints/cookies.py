"""The cookies: a browser's secret while it is on its way to a log-in, and the refresh token of a room.

Each room (student, employer, console) has a refresh cookie of its own, so that one person may have several open.
"""

from __future__ import annotations

from flask import Request, Response
from werkzeug.wrappers import Response as AnyResponse

from app.identity.journeys import BROWSER, LIFE
from app.identity.sessions import lasts
from app.problems import NotAllowed
from app.settings import Settings

ROOMS = {"graduate": "s", "employer": "e", "counsellor": "console", "college": "console", "school": "console"}
"""Role to room; a room is the first part of its pages' paths."""
REFRESH = "refresh"
JOURNEY = "journey"
LEFT = "left"
"""Somebody has logged out here: CHSI, which still knows them, must not let the next person in as them."""
MARK = "quxiang"


def _name(settings: Settings, kind: str) -> str:
    # A browser takes __Host- only with Secure, and Secure over plain http from some browsers only; plain http exists in
    # development alone (the settings refuse it in production).
    return f"__Host-{kind}" if _secure(settings) else kind


def _secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def refresh_token(settings: Settings, request: Request) -> str | None:
    """The refresh token of the room that asks (``X-Room``), or the only one there is."""
    found = {
        room: token
        for room in dict.fromkeys(ROOMS.values())
        if (token := request.cookies.get(_name(settings, f"{REFRESH}-{room}")))
    }
    asked = request.headers.get("X-Room")
    return found.get(asked) if asked else next(iter(found.values()), None)


def has_session(settings: Settings, request: Request, room: str) -> bool:
    """Whether the browser holds a refresh token for this room (which may have ended)."""
    return _name(settings, f"{REFRESH}-{room}") in request.cookies


def keep_refresh_token(settings: Settings, response: AnyResponse, role: str, token: str) -> None:
    """Set the room's refresh cookie; the server knows better when the session ends."""
    _set(settings, response, f"{REFRESH}-{ROOMS[role]}", token, int(lasts(role).total_seconds()))
    if role == "graduate":
        _drop(settings, response, LEFT)


def drop_refresh_token(settings: Settings, request: Request, response: Response) -> None:
    """Take back the cookie of the room that asks, or all when none is named."""
    asked = request.headers.get("X-Room")
    for room in dict.fromkeys(ROOMS.values()):
        name = _name(settings, f"{REFRESH}-{room}")
        if name in request.cookies and asked in (None, room):
            _drop(settings, response, f"{REFRESH}-{room}")
            if room == "s":
                _set(settings, response, LEFT, "1", None)


def browser(settings: Settings, request: Request) -> str | None:
    """The secret of a browser on its way to a log-in."""
    value = request.cookies.get(_name(settings, JOURNEY), "")
    return value if BROWSER.fullmatch(value) else None


def keep_browser(settings: Settings, response: AnyResponse, secret: str) -> None:
    """Set the browser's secret for the length of a journey."""
    _set(settings, response, JOURNEY, secret, int(LIFE.total_seconds()))


def has_left(settings: Settings, request: Request) -> bool:
    """Whether a graduate has logged out in this browser since the last log-in."""
    return _name(settings, LEFT) in request.cookies


def _drop(settings: Settings, response: AnyResponse, kind: str) -> None:
    name = _name(settings, kind)
    response.delete_cookie(name, path="/", secure=_secure(settings), httponly=True, samesite="Lax")


def _set(settings: Settings, response: AnyResponse, kind: str, value: str, max_age: int | None) -> None:
    response.set_cookie(
        _name(settings, kind),
        value,
        max_age=max_age,
        path="/",
        secure=_secure(settings),
        httponly=True,
        samesite="Lax",
    )


def demand_own_page(settings: Settings, request: Request) -> None:
    """Refuse what another site's page could make the browser send: a custom header and, where told, the same origin."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = (settings.public_url, f"{request.scheme}://{request.host}")
    if (
        request.headers.get("X-Requested-With") != MARK
        or (site is not None and site != "same-origin")
        or (origin is not None and origin not in own)
    ):
        raise NotAllowed("这个请求不是从本站页面发出的。")
