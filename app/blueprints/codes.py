"""代码表 for forms."""

from __future__ import annotations

import hashlib
from functools import cache

import orjson
from flask import Response
from flask_smorest import Blueprint

from app.access import open_to_all
from app.codes import regions
from app.codes.tables import tables
from app.http import answer
from app.schemas import answers

blueprint = Blueprint("codes", __name__, url_prefix="/api/v1", description="代码表")
OFFERED = ("unit_nature", "industry", "position_category", "transfer", "degree")


@cache
def _content() -> tuple[bytes, str]:
    content = orjson.dumps({name: tables()[name].offered() for name in OFFERED} | {"regions": regions.tree()})
    return content, hashlib.sha256(content).hexdigest()[:16]


@blueprint.get("/codes")
@open_to_all
@blueprint.response(200, answers.Codes)
def codes() -> Response:
    """All tables a form needs; they change once a year, so clients keep them."""
    content, etag = _content()
    response = answer(content, etag=etag)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
