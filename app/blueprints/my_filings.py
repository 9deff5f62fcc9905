"""申报 of one's own: what may be begun, drafts that save themselves, handing in, taking back.

For an office these are what it files on behalf of graduates (代登记).
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection

from app.access import REVIEWERS, Role
from app.http import act, act_often, answer, if_match, needs, services
from app.identity import pins
from app.models.filing import EDITABLE
from app.problems import Invalid, NotAllowed, NotFound
from app.queries import filing_pages as read
from app.schemas import filing_input, filing_output, signing
from app.workflows import filing, filing_rows, voiding
from app.workflows.guards import COMMISSIONED
from app.workflows.kinds import KINDS

blueprint = Blueprint("my_filings", __name__, url_prefix="/api/v1/my", description="毕业生的申报")

OWN_PIN = "这件事须由毕业生本人用操作码确认，不能代办。"


def _shown(connection: Connection, filing_id: uuid.UUID, status: int = 200) -> Response:
    row = read.read(connection, g.actor, filing_id)
    if g.actor.role in REVIEWERS and row.filed_by != g.actor.id:
        raise NotFound  # others' filings are read at the desk
    content = read.own(services().settings, row, g.actor)
    content["editor"] = read.editor(row, g.actor, services().sealer) if row.state in EDITABLE else None
    claim_version = (row.claim or {}).get("version", 0)
    return answer(content, status=status, etag=f"{row.version}.{claim_version}")


@blueprint.get("/filing-kinds")
@needs(Role.GRADUATE)
@blueprint.response(200, filing_output.OfferedList)
def kinds() -> Response:
    """What one could begin now; what is not possible says why."""
    with services().db.reading() as connection:
        row = filing_rows.person(connection, g.actor, g.actor.graduate_id)
    return answer(_offered(row, read.offered(row, g.actor)))


def _offered(row: Any, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"class_year": row.class_year, "commissioned": row.training_mode in COMMISSIONED, "items": items}


@blueprint.get("/filings")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.arguments(filing_input.MineQuery, location="query")
@blueprint.response(200, filing_output.FilingCards)
def listed(query: dict[str, Any]) -> Response:
    """One's own filings, newest first; an office's those it began for graduates and has still to hand in."""
    with services().db.reading() as connection:
        return answer({"items": read.mine(connection, g.actor, query["lane"])})


@blueprint.post("/filings")
@needs(Role.GRADUATE)
@blueprint.arguments(filing_input.Begin)
@blueprint.response(201, filing_output.OwnFiling)
@act
def begin(connection: Connection, data: dict[str, Any]) -> Response:
    """Begin a draft, or go on with the one of this kind that is there."""
    kind = filing.kind_named(data["kind"])
    made = filing.draft(
        connection, g.actor, g.actor.graduate_id, kind, variant=data["variant"], claim_id=data["claim_id"]
    )
    return _shown(connection, made, status=201)


@blueprint.get("/filings/<uuid:filing_id>")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.response(200, filing_output.OwnFiling)
def one(filing_id: uuid.UUID) -> Response:
    """A filing with its form, proofs and timeline."""
    with services().db.reading() as connection:
        return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/save")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.arguments(filing_input.Save)
@blueprint.response(200, filing_output.OwnFiling)
@act_often(_shown)
def save(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """Keep what has been typed so far, right or wrong; the answer says what is wrong still."""
    files = {key: [str(upload) for upload in uploads] for key, uploads in data["files"].items()}
    filing.save(
        connection, g.actor, filing_id, seen=if_match(), variant=data["variant"], form=data["form"], files=files
    )
    return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/submit")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.arguments(filing_input.Submit)
@blueprint.response(200, filing_output.OwnFiling)
@act
def submit(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """提交."""
    seen = if_match()
    row = filing_rows.load(connection, g.actor, filing_id)
    if KINDS[row.kind].pin:
        if g.actor.role is not Role.GRADUATE:
            raise NotAllowed(OWN_PIN)
        if data["pin"] is None:
            raise Invalid.field("/pin", "请输入操作码。")
        pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])
    filing.submit(connection, g.actor, filing_id, seen=seen, sealer=services().sealer)
    return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/withdraw")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.arguments(signing.Empty)
@blueprint.response(200, filing_output.OwnFiling)
@act
def withdraw(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """撤回修改 while nobody has reviewed it."""
    filing.withdraw(connection, g.actor, filing_id, seen=if_match())
    return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/discard")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.arguments(signing.Empty)
@blueprint.response(200, filing_output.OwnFiling)
@act
def discard(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """Delete a draft, or give up what was returned."""
    filing.discard(connection, g.actor, filing_id, seen=if_match())
    return _shown(connection, filing_id)


@blueprint.post("/claims/<uuid:claim_id>/void")
@needs(Role.GRADUATE)
@blueprint.arguments(filing_input.Void)
@blueprint.response(204)
@act
def void(connection: Connection, data: dict[str, Any], claim_id: uuid.UUID) -> Response:
    """作废 a registered destination at once, where no review is asked for. If-Match is the claim's version."""
    seen = if_match()
    pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])
    voiding.void(connection, g.actor, claim_id, seen=seen, reason=data["reason"])
    return Response(status=204)


# 代登记


office = Blueprint("graduates", __name__, url_prefix="/api/v1", description="代登记")


@office.get("/graduates/<uuid:graduate_id>/filing-kinds")
@needs(*REVIEWERS)
@office.response(200, filing_output.OfferedList)
def kinds_for(graduate_id: uuid.UUID) -> Response:
    """What could be begun for a graduate now; what is not possible says why."""
    with services().db.reading() as connection:
        row = filing_rows.person(connection, g.actor, graduate_id)
    return answer(_offered(row, [item for item in read.offered(row, g.actor) if not KINDS[item["kind"]].pin]))


@office.post("/graduates/<uuid:graduate_id>/filings")
@needs(*REVIEWERS)
@office.arguments(filing_input.Begin)
@office.response(201, filing_output.OwnFiling)
@act
def begin_for(connection: Connection, data: dict[str, Any], graduate_id: uuid.UUID) -> Response:
    """代登记: begin a draft for a graduate, or go on with one's own; the graduate sees who filed it."""
    kind = filing.kind_named(data["kind"])
    if kind.pin:
        raise NotAllowed(OWN_PIN)
    made = filing.draft(connection, g.actor, graduate_id, kind, variant=data["variant"], claim_id=data["claim_id"])
    return _shown(connection, made, status=201)
