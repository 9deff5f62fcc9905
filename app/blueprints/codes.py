"""代码表 for forms, and the page 毕业去向分类及标准."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import orjson
from flask import Response
from flask_smorest import Blueprint

from app.access import open_to_all
from app.codes import regions
from app.codes.standard import standard
from app.codes.tables import tables
from app.codes.universities import universities
from app.http import answer
from app.schemas import codes as shapes

blueprint = Blueprint("codes", __name__, url_prefix="/api/v1", description="代码表")


def _kept(content: Any) -> tuple[bytes, str]:
    body = orjson.dumps(content)
    return body, hashlib.sha256(body).hexdigest()[:16]


@lru_cache(maxsize=128)
def _tables(class_year: int | None) -> tuple[bytes, str]:
    return _kept({name: tables()[name].offered(class_year) for name in shapes.TABLES} | {"regions": regions.tree()})


@lru_cache(maxsize=128)
def _destinations(class_year: int) -> tuple[bytes, str]:
    return _kept(standard(class_year))


@lru_cache(maxsize=1)
def _universities() -> tuple[bytes, str]:
    return _kept({"items": universities()})


def _public(content: tuple[bytes, str]) -> Response:
    """These change once a year, so clients keep them."""
    response = answer(content[0], etag=content[1])
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/codes")
@open_to_all
@blueprint.arguments(shapes.ClassQuery, location="query")
@blueprint.response(200, shapes.Codes)
def codes(query: dict[str, Any]) -> Response:
    """All tables a form needs, as they hold for a class."""
    return _public(_tables(query["class_year"]))


@blueprint.get("/codes/destinations")
@open_to_all
@blueprint.arguments(shapes.OneClass, location="query")
@blueprint.response(200, shapes.Destinations)
def destinations(query: dict[str, Any]) -> Response:
    """毕业去向分类及标准: types, proofs and codes of a class, and the ways to them."""
    return _public(_destinations(query["class_year"]))


@blueprint.get("/codes/universities")
@open_to_all
@blueprint.response(200, shapes.Universities)
def listed_universities() -> Response:
    """院校 to pick a name from."""
    return _public(_universities())
