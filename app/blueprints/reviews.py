"""审核台: queue, detail and decision for the offices."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app import clock
from app.access import REVIEWERS
from app.http import act, answer, if_match, keep_part, needs, services
from app.models import Verdict
from app.problems import BadRequest, Problem
from app.queries import cursors, filing_pages
from app.queries import filings as read
from app.schemas import desk, filing_input, filing_output, signing
from app.sealing import mask_id_number, mask_phone
from app.workflows import decision
from app.workflows.filing_rows import as_row
from app.workflows.kinds import KINDS

blueprint = Blueprint("reviews", __name__, url_prefix="/api/v1", description="审核台")


@blueprint.get("/reviews")
@needs(*REVIEWERS)
@blueprint.arguments(signing.QueueQuery, location="query")
@blueprint.response(200, desk.QueuePage)
def queue(query: dict[str, Any]) -> Response:
    """What waits at one's desk, oldest first; or with ``decided=mine`` what one decided lately."""
    window = cursors.window(query["limit"], query["after"])
    with services().db.reading() as connection:
        if query["decided"]:
            found = read.decided(connection, g.actor, window)
        else:
            found = read.queue(connection, g.actor, window, query)
    return answer(found)


@blueprint.get("/reviews/counts")
@needs(*REVIEWERS)
@blueprint.response(200, desk.QueueCounts)
def counts() -> Response:
    """What waits by kind, what is overdue, what one did today."""
    with services().db.reading() as connection:
        return answer(read.counts(connection, g.actor))


@blueprint.post("/reviews/bulk-approve")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.BulkApprove)
@blueprint.response(200, desk.BulkOutcomes)
def bulk_approve(data: dict[str, Any]) -> Response:
    """批量通过: each clean filing in a transaction of its own, so that one refused stops no other.

    Asking again is safe: what one has approved stays approved. With ``dry_run`` only what would happen.
    """
    items = [_one_of_many(one["id"], one["version"], data["dry_run"]) for one in data["filings"]]
    return answer({"dry_run": data["dry_run"], "items": items})


def _one_of_many(filing_id: uuid.UUID, seen: int, dry_run: bool) -> dict[str, Any]:
    done = {"id": filing_id, "approved": True, "code": None, "detail": None}
    for last in (False, True):
        try:
            with services().db.transaction() as connection:
                decision.approve_clean(connection, g.actor, filing_id, seen=seen, dry_run=dry_run)
                if not dry_run:
                    keep_part(connection, filing_id, orjson.dumps(done))
            return done
        except IntegrityError:  # a colleague decided at the same moment: the second look says so
            if last:
                raise
        except Problem as problem:
            if last or not problem.overtaken:
                return {"id": filing_id, "approved": False, "code": problem.code, "detail": problem.detail}
    raise AssertionError("the second look returned or raised")


@blueprint.get("/colleges")
@needs(*REVIEWERS)
@blueprint.response(200, desk.CollegeList)
def colleges() -> Response:
    """The colleges of one's school, for the filter."""
    with services().db.reading() as connection:
        return answer({"items": read.colleges(connection, g.actor)})


@blueprint.get("/reason-templates/<kind>")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.ReasonsQuery, location="query")
@blueprint.response(200, desk.ReasonTemplates)
def reasons(query: dict[str, Any], kind: str) -> Response:
    """Sentences for a rejection, or ``for=return`` for a return."""
    if kind not in KINDS:
        raise BadRequest("没有这种事项。")
    asked = KINDS[kind]
    return answer({"items": list(asked.return_reasons if query["verdict"] == "return" else asked.reject_reasons)})


@blueprint.get("/filings/<uuid:filing_id>")
@needs(*REVIEWERS)
@blueprint.response(200, desk.FilingOut)
def one(filing_id: uuid.UUID) -> Response:
    """A filing with form, text and history."""
    with services().db.reading() as connection:
        return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/hold")
@needs(*REVIEWERS)
@blueprint.response(200, desk.HoldUntil)
def hold(filing_id: uuid.UUID) -> Response:
    """Mark it as being read, for ten minutes; colleagues see it, nothing depends on it."""
    with services().db.transaction() as connection:
        until = decision.hold(connection, g.actor, filing_id)
    return answer({"until": clock.rfc3339(until) if until else None})


@blueprint.delete("/filings/<uuid:filing_id>/hold")
@needs(*REVIEWERS)
@blueprint.response(204)
def let_go(filing_id: uuid.UUID) -> Response:
    """Take one's mark off."""
    with services().db.transaction() as connection:
        decision.let_go(connection, g.actor, filing_id)
    return Response(status=204)


@blueprint.post("/filings/<uuid:filing_id>/approve")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.Approve)
@blueprint.response(200, desk.FilingOut)
@act
def approve(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """通过: on to the next desk, or into effect; with what the office found out, where the kind asks for it."""
    decision.decide(connection, g.actor, filing_id, Verdict.APPROVE, seen=if_match(), note=data["note"])
    return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/reject")
@needs(*REVIEWERS)
@blueprint.arguments(signing.Reject)
@blueprint.response(200, desk.FilingOut)
@act
def reject(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """不通过, with the reason both parties will read."""
    decision.decide(connection, g.actor, filing_id, Verdict.REJECT, seen=if_match(), reason=data["reason"])
    return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/return")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.Return)
@blueprint.response(200, desk.FilingOut)
@act
def give_back(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """退回修改, with a reason, or with what is wrong field by field."""
    decision.decide(
        connection,
        g.actor,
        filing_id,
        Verdict.RETURN,
        seen=if_match(),
        reason=data["reason"],
        marks=data["marks"],
    )
    return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/edit")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.Edit)
@blueprint.response(200, desk.FilingOut)
@act
def edit(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """代为修改 before deciding; the graduate is shown the difference."""
    decision.edit(
        connection,
        g.actor,
        filing_id,
        seen=if_match(),
        variant=data["variant"],
        form=data["form"],
        reason=data["reason"],
        sealer=services().sealer,
    )
    return _shown(connection, filing_id)


@blueprint.post("/filings/<uuid:filing_id>/take-up")
@needs(*REVIEWERS)
@blueprint.arguments(signing.Empty)
@blueprint.response(200, desk.FilingOut)
@act
def take_up(connection: Connection, data: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """接办 what lies past 审核时限 at the level before."""
    decision.take_up(connection, g.actor, filing_id, seen=if_match())
    return _shown(connection, filing_id)


@blueprint.get("/filings/<uuid:filing_id>/editor")
@needs(*REVIEWERS)
@blueprint.arguments(filing_input.EditorQuery, location="query")
@blueprint.response(200, filing_output.Editor)
def editor(query: dict[str, Any], filing_id: uuid.UUID) -> Response:
    """The form as it may be corrected by the desk; ``variant`` asks for that of another type."""
    with services().db.reading() as connection:
        row: Any = filing_pages.read(connection, g.actor, filing_id)
    if query["variant"] is not None:
        row = as_row(row, {"variant": query["variant"]})
    return answer(filing_pages.editor(row, g.actor, services().sealer))


def _shown(connection: Connection, filing_id: uuid.UUID) -> Response:
    content, row = read.one(connection, services().settings, g.actor, filing_id)
    sealer = services().sealer
    content["graduate"] |= {
        "graduates_on": f"{row.graduates_on[:4]}-{row.graduates_on[4:]}",
        "phone_masked": mask_phone(sealer.open(row.phone, "phone")) if row.phone else None,
        "id_number_masked": mask_id_number(sealer.open(row.id_number, "id_number")),
    }
    claim_version = (row.claim or {}).get("version", 0)
    return answer(content, etag=f"{row.version}.{claim_version}.{int(bool(row.holder_name))}")
