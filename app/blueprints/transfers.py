"""档案 and 户口 of one's own."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection

from app.access import Role
from app.http import act, answer, if_match, needs, services
from app.problems import NotFound
from app.queries import transfers as read
from app.schemas import signing, transfer_output
from app.workflows import transfers
from app.workflows.transfer_rows import MATTERS, Matter

blueprint = Blueprint("transfers", __name__, url_prefix="/api/v1/my", description="毕业生的档案与户口")


@blueprint.get("/transfers/<lane>")
@needs(Role.GRADUATE)
@blueprint.response(200, transfer_output.TransferPage)
def one(lane: str) -> Response:
    """What holds now, what is under way, what could be done and where it may go; ``lane``: archive or hukou."""
    matter = _matter(lane)
    with services().db.reading() as connection:
        return _shown(connection, matter)


@blueprint.post("/transfers/<lane>/keep")
@needs(Role.GRADUATE)
@blueprint.arguments(signing.Empty)
@blueprint.response(200, transfer_output.TransferPage)
@act
def keep(connection: Connection, data: dict[str, Any], lane: str) -> Response:
    """核对无误, after the destination it came from has ended."""
    matter = _matter(lane)
    transfers.keep(connection, g.actor, matter, seen=if_match())
    return _shown(connection, matter)


def _matter(lane: str) -> Matter:
    if lane not in MATTERS:
        raise NotFound
    return MATTERS[lane]


def _shown(connection: Connection, matter: Matter) -> Response:
    found = read.page(connection, g.actor, matter)
    return answer(found, etag=str(found["version"]))
