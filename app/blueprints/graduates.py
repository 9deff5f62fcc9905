"""毕业生 as the offices know them: found, and each with all that concerns it."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection

from app.access import REVIEWERS
from app.http import act, answer, if_match, needs, services
from app.queries import graduate_pages, people
from app.schemas import filing_input, graduates
from app.sealing import mask_id_number, mask_phone
from app.workflows import assistance

blueprint = Blueprint("graduate_pages", __name__, url_prefix="/api/v1", description="毕业生")
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")


@blueprint.post("/graduates/find")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.FindGraduate)
@blueprint.response(200, graduates.GraduatesFound)
def find(data: dict[str, Any]) -> Response:
    """The first twenty graduates of one's college or school by the beginning of a name, a student number or a whole ID
    number. Nothing is written; what is looked for is personal and stands in no address."""
    q, sealer = data["q"], services().sealer
    index = sealer.index(q.upper(), "id_number") if _ID_NUMBER.fullmatch(q) else None
    with services().db.reading() as connection:
        rows = people.briefly(connection, g.actor, q, index)
    items = [
        dict(row._mapping) | {"id_number": mask_id_number(sealer.open(row.id_number, "id_number"))} for row in rows
    ]
    return answer({"items": items})


@blueprint.get("/graduates/<uuid:graduate_id>")
@needs(*REVIEWERS)
@blueprint.response(200, graduates.GraduatePage)
def one(graduate_id: uuid.UUID) -> Response:
    """Everything of one graduate: what stands, filings, archive and hukou, what happened."""
    with services().db.reading() as connection:
        row = graduate_pages.read(connection, g.actor, graduate_id)
    sealer = services().sealer
    content = graduate_pages.page(row, g.actor) | {
        "phone_masked": mask_phone(sealer.open(row.phone, "phone")) if row.phone else None,
        "id_number_masked": mask_id_number(sealer.open(row.id_number, "id_number")),
    }
    return answer(content)


@blueprint.post("/filings/<uuid:filing_id>/assist")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.Assist)
@blueprint.response(204)
@act
def assist(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """代修改: go on with a graduate's draft, or with what was returned; the graduate is told. Then as one's own."""
    assistance.assist(connection, g.actor, filing_id, seen=if_match(), reason=data["reason"])
    return Response(status=204)
