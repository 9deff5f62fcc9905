"""What offices look up beside the desk: 作废记录 and what their school has set."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask_smorest import Blueprint

from app.access import REVIEWERS
from app.http import answer, needs, services
from app.queries import cursors, school_settings, voids
from app.schemas import offices
from app.schemas.signing import PageQuery

blueprint = Blueprint("offices", __name__, url_prefix="/api/v1", description="院系与学校")


@blueprint.get("/voids")
@needs(*REVIEWERS)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, offices.VoidPage)
def voided(query: dict[str, Any]) -> Response:
    """作废记录: what was voided of one's graduates, newest first."""
    window = cursors.window(query["limit"], query["after"])
    with services().db.reading() as connection:
        return answer(voids.listed(connection, g.actor, window))


@blueprint.get("/school-settings")
@needs(*REVIEWERS)
@blueprint.response(200, offices.SchoolSettings)
def settings() -> Response:
    """Levels, time limits and modules as they are set; an operator changes them."""
    with services().db.reading() as connection:
        return answer(school_settings.shown(connection, g.actor))
