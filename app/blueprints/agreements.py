"""电子协议书: download for parties and offices, the public check of its QR code, the keys for checking offline."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from werkzeug.utils import secure_filename

from app import clock, limits
from app.access import Role, open_to_all
from app.documents import numbers, qr
from app.documents.errors import DocumentError
from app.http import answer, client_address, needs, services
from app.identity import refs
from app.models import DocumentState
from app.problems import DocumentPending, NotFound, NotNow
from app.queries import agreements as read
from app.schemas import answers, signing
from app.workflows import agreement, printing

blueprint = Blueprint("agreements", __name__, url_prefix="/api/v1", description="电子协议书")
NOTHING = "没有可查询的协议书。请核对二维码是否完整，或向出示人核实。"


@blueprint.get("/agreements/<uuid:claim_id>/link")
@needs(Role.GRADUATE, Role.EMPLOYER, Role.COLLEGE, Role.SCHOOL)
@blueprint.response(200, answers.Link)
def link(claim_id: uuid.UUID) -> Response:
    """A download address for five minutes."""
    held = services()
    with held.db.reading() as connection:
        read.require_readable(connection, g.actor, claim_id)
    reference, until = refs.issue(held.settings, refs.DOWNLOAD, claim_id, g.actor.id)
    return answer({"href": f"/api/v1/downloads/{reference}", "expires_at": clock.rfc3339(until)})


@blueprint.get("/downloads/<reference>")
@open_to_all
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def download(reference: str) -> Response:
    """The signed PDF; the address itself is the permission, and short-lived."""
    held = services()
    claim_id, _ = refs.read(held.settings, refs.DOWNLOAD, reference)
    with held.db.transaction() as connection:
        row = printing.ensure_made(connection, agreement.Printer(held.settings, held.store), claim_id)
    if row is None:
        raise NotFound
    if row.state == DocumentState.FAILED:
        raise NotNow("协议书生成失败，学校已收到提醒。请联系学校就业部门。")
    if row.state != DocumentState.MADE:
        raise DocumentPending(headers={"Retry-After": "3"})
    response = Response(held.store.get(row.sha256), mimetype="application/pdf")
    name = secure_filename(f"agreement-{row.subject}.pdf")
    response.headers["Content-Disposition"] = (
        f"attachment; filename={name}; filename*=UTF-8''%E5%B0%B1%E4%B8%9A%E5%8D%8F%E8%AE%AE%E4%B9%A6.pdf"
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.post("/public/agreement-checks")
@open_to_all
@blueprint.arguments(signing.CheckToken)
@blueprint.response(200, answers.AgreementCheck)
def check(data: dict[str, Any]) -> Response:
    """Whether a QR code is ours and what the agreement's state is now; masked, and one neutral answer otherwise."""
    held = services()
    held.limiter.take(limits.CHECKS_PER_ADDRESS, client_address())
    keys = qr.jwks(qr.load_qr_key(held.settings.qr_key))
    try:
        claims = qr.read(data["token"], keys, issuer=held.settings.host)
    except DocumentError:
        raise NotFound(NOTHING) from None
    with held.db.reading() as connection:
        found = read.public(connection, claims.number)
    if found is None:
        raise NotFound(NOTHING)
    terms_hash = found.pop("terms_hash")
    return answer(
        found
        | {
            "valid": found["in_force"] and claims.fits(terms_hash),
            "number": claims.number,
            "number_grouped": numbers.grouped(claims.number),
            "checked_at": clock.rfc3339(clock.now()),
            "terms_hash_matches": claims.fits(terms_hash),
        }
    )


@blueprint.get("/public/keys")
@open_to_all
@blueprint.response(200, answers.KeySet)
def keys() -> Response:
    """The public keys (JWKS) that check a QR code without this server."""
    response = answer(qr.jwks(qr.load_qr_key(services().settings.qr_key)))
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
