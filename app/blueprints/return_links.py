"""协助回传: the graduate's side of the one-time link, and the pages of whoever holds it.

The token travels in a header and, in the address given out, behind ``#``: so it stands in no log on the way.
"""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import Any

from flask import Response, g, request
from flask_smorest import Blueprint

from app import clock, limits
from app.access import Role, open_to_all
from app.blueprints.uploads import FILE_BODY, sent_file
from app.documents import qr
from app.http import answer, client_address, needs, services
from app.identity import return_tokens
from app.queries import return_links as read
from app.queries import uploads as uploads_read
from app.schemas import return_links as schemas
from app.schemas import uploads as upload_schemas
from app.uploads.intake import Sender
from app.workflows import return_link

blueprint = Blueprint("return_links", __name__, url_prefix="/api/v1", description="协助回传")
HEADER = "Return-Link"
TOKEN = [{"in": "header", "name": HEADER, "required": True, "schema": {"type": "string"}}]


@blueprint.get("/my/claims/<uuid:claim_id>/return-link")
@needs(Role.GRADUATE)
@blueprint.response(200, schemas.ReturnLinkStanding)
def standing(claim_id: uuid.UUID) -> Response:
    """What became of the link of one's own agreement."""
    with services().db.reading() as connection:
        return answer(read.standing(connection, g.actor, claim_id))


@blueprint.post("/my/claims/<uuid:claim_id>/return-link")
@needs(Role.GRADUATE)
@blueprint.arguments(schemas.ReturnLinkRequest, required=False)
@blueprint.response(201, schemas.ReturnLinkIssued)
def issue(data: dict[str, Any], claim_id: uuid.UUID) -> Response:
    """A new link, good for 15 days; the one before is worth nothing from now on. With ``send`` it also goes to the
    employer's contact by SMS and e-mail. No answer is kept, for its token."""
    held = services()
    with held.db.transaction() as connection:
        issued = return_link.issue(connection, g.actor, claim_id, held.sealer, send=data["send"])
    url = f"{held.settings.public_url}{return_tokens.PAGE}{issued.token}"
    content = {"url": url, "qr": qr.svg(url), "expires_at": clock.rfc3339(issued.expires_at), "left": issued.left}
    response = answer(content, status=201)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/my/claims/<uuid:claim_id>/return-link")
@needs(Role.GRADUATE)
@blueprint.response(204)
def revoke(claim_id: uuid.UUID) -> Response:
    """撤销."""
    with services().db.transaction() as connection:
        return_link.revoke(connection, g.actor, claim_id)
    return Response(status=204)


@blueprint.get("/public/return-link")
@open_to_all
@blueprint.doc(parameters=TOKEN)
@blueprint.response(200, schemas.ReturnTask)
def task() -> Response:
    """What is to be stamped and sent back, and the agreement to print; one neutral refusal for every bad link."""
    held = services()
    held.limiter.take(limits.RETURN_LINKS_PER_ADDRESS, client_address())
    with held.db.transaction() as connection:
        row = return_link.opened(connection, _token())
    return answer(read.shown(held.settings, row))


@blueprint.post("/public/return-link/uploads")
@open_to_all
@blueprint.doc(parameters=TOKEN, requestBody=FILE_BODY)
@blueprint.response(201, upload_schemas.UploadOut)
def send() -> Response:
    """A photo or PDF of the stamped agreement, as ``file``."""
    held = services()
    held.limiter.take(limits.RETURN_LINKS_PER_ADDRESS, client_address())
    with held.db.reading() as connection:
        row = return_link.held(connection, _token())
    held.limiter.take(limits.UPLOADS_PER_LINK, row.id)
    with closing(sent_file()) as file:
        kept = held.intake.take(Sender(row.graduate_id, link_id=row.id), file.stream, file.filename, file.content_type)
    return answer(uploads_read.links(held.settings, [kept], row.id)[0], status=201)


@blueprint.post("/public/return-link/submission")
@open_to_all
@blueprint.doc(parameters=TOKEN)
@blueprint.arguments(schemas.ReturnSubmission)
@blueprint.response(204)
def submit(data: dict[str, Any]) -> Response:
    """Hand the pictures in for review; the link is used up."""
    held = services()
    held.limiter.take(limits.RETURN_LINKS_PER_ADDRESS, client_address())
    with held.db.transaction() as connection:
        return_link.submit(connection, _token(), data["uploads"], g.request_id, held.sealer)
    return Response(status=204)


def _token() -> str:
    return request.headers.get(HEADER, "")
