"""The built H5 clients: one page each for student, employer, console and public, with their own routes inside."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, current_app, redirect, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from app.access import open_to_all
from app.api import description
from app.http import services
from app.problems import NotFound

blueprint = Blueprint("pages", __name__)
CLIENTS = {"s": "student", "e": "employer", "console": "console", "v": "public"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)


@blueprint.get("/")
@open_to_all
def front() -> AnyResponse:
    """Most who come here are students."""
    return redirect("/s/")


@blueprint.get("/<any(s, e, console, v):client>/", defaults={"path": ""})
@blueprint.get("/<any(s, e, console, v):client>/<path:path>")
@open_to_all
def client(client: str, path: str) -> Response:
    """The page of a client; which of its routes is shown is decided in the browser."""
    folder = services().settings.web_dist
    page = folder / f"{CLIENTS[client]}.html"
    if not page.is_file():
        raise NotFound("页面还没有构建。")
    response = send_from_directory(folder.resolve(), page.name, max_age=0)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/api/v1/openapi.json")
@open_to_all
def openapi() -> Response:
    """The description of this API."""
    return Response(orjson.dumps(description(current_app)), mimetype="application/json")
