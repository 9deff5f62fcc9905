"""上传材料: send a photo or PDF, look at it, take it away again; the files themselves by short-lived links."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import Any
from urllib.parse import quote

from flask import Response, g, request
from flask_smorest import Blueprint
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from app import limits
from app.access import REVIEWERS, Role, open_to_all
from app.http import answer, client_address, needs, services
from app.identity import refs
from app.problems import UploadMissing, UploadSubmitted, UploadTooLarge
from app.queries import uploads as read
from app.schemas import uploads as schemas
from app.uploads.intake import LARGEST, Sender

blueprint = Blueprint("uploads", __name__, url_prefix="/api/v1", description="上传材料")

AROUND = 16 * 1024
"""Bytes of a multipart body besides its file."""
FILE_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
            }
        }
    },
}


@blueprint.post("/uploads")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.arguments(schemas.UploadQuery, location="query")
@blueprint.doc(requestBody=FILE_BODY)
@blueprint.response(201, schemas.UploadOut)
def send(query: dict[str, Any]) -> Response:
    """A photo (JPEG, PNG, HEIC, WebP) or PDF of at most 20 MB, as ``file``. The same file again is the same upload.

    An office names the graduate it is for.
    """
    held = services()
    with held.db.reading() as connection:
        graduate = read.for_whom(connection, g.actor, query["graduate_id"])
    held.limiter.take(limits.UPLOADS_PER_ACCOUNT, g.actor.id)
    with closing(sent_file()) as file:
        sender = Sender(graduate, account_id=g.actor.id)
        row = held.intake.take(sender, file.stream, file.filename, file.content_type)
    return answer(read.links(held.settings, [row], g.actor.id)[0], status=201)


@blueprint.get("/uploads/<uuid:upload_id>")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.response(200, schemas.UploadOut)
def one(upload_id: uuid.UUID) -> Response:
    """What was uploaded, what to mind about it, and fresh links to its files."""
    held = services()
    with held.db.reading() as connection:
        row = read.one(connection, g.actor, upload_id)
    return answer(read.links(held.settings, [row], g.actor.id)[0])


@blueprint.delete("/uploads/<uuid:upload_id>")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.response(204)
def remove(upload_id: uuid.UUID) -> Response:
    """Take it away for good, files and all; no more once it has been handed in."""
    held = services()
    with held.db.transaction() as connection:
        read.one(connection, g.actor, upload_id)
        marked = held.removal.mark(connection, upload_id)
    if marked is None:
        raise UploadSubmitted
    held.removal.clear([marked])
    return Response(status=204)


@blueprint.get("/files/<reference>")
@open_to_all
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/jpeg")
@blueprint.alt_response(200, schema={"type": "string", "format": "binary"}, content_type="application/pdf")
def file(reference: str) -> Response:
    """One file of an upload; the address itself is the permission, and short-lived."""
    held = services()
    held.limiter.take(limits.FILES_PER_ADDRESS, client_address())
    upload, _, part = refs.read_part(held.settings, refs.FILE, reference)
    with held.db.reading() as connection:
        row, media_type = read.by_reference(connection, upload, part)
    response = Response(held.vault.get(row.id, part), mimetype=media_type)
    # A PDF is not opened within our pages: browsers' viewers do not work in a sandbox.
    shown = "attachment" if media_type == "application/pdf" else "inline"
    response.headers["Content-Disposition"] = f"{shown}; filename*=UTF-8''{quote(row.file_name, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def sent_file() -> FileStorage:
    """The one file of the request, spooled to disk as it comes in; refused as soon as it is known to be too large."""
    request.max_content_length = LARGEST + AROUND
    request.max_form_parts = 4
    try:
        files = list(request.files.items(multi=True))
    except RequestEntityTooLarge as error:
        raise UploadTooLarge from error
    if [name for name, _ in files] != ["file"]:
        raise UploadMissing
    return files[0][1]
