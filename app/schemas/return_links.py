"""协助回传: what the graduate is told of the link, what its holder reads and sends."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.answers import Link
from app.schemas.filing_output import MarkOut, SchoolContact
from app.schemas.signing import Strict


class ReturnLinkIssued(Schema):
    """A link just given out: shown this once, to be copied or scanned. ``qr`` is an SVG of it."""

    url = fields.String(required=True)
    qr = fields.String(required=True)
    expires_at = fields.DateTime(required=True)
    left = fields.Integer(required=True)


class ReturnLinkRequest(Strict):
    """``send``: whether the platform sends it to the employer's contact."""

    send = fields.Boolean(load_default=False)


class LinkWay(Schema):
    """How the platform reaches the employer's contact. ``state`` tells what became of it: not used yet, waiting to be
    sent, taken by the channel, arrived, of unknown fate, not arrived."""

    channel = fields.String(required=True, validate=validate.OneOf(["sms", "email"]))
    to = fields.String(required=True, metadata={"description": "masked"})
    state = fields.String(
        required=True, validate=validate.OneOf(["unused", "waiting", "sent", "delivered", "unsure", "failed"])
    )
    at = fields.DateTime(required=True, allow_none=True)


class ReturnLinkStanding(Schema):
    """What became of it. ``left``: how often it may be given out still."""

    state = fields.String(
        required=True, validate=validate.OneOf(["none", "open", "expired", "revoked", "used", "over"])
    )
    expires_at = fields.DateTime(required=True, allow_none=True)
    opened_at = fields.DateTime(required=True, allow_none=True)
    used_at = fields.DateTime(required=True, allow_none=True)
    left = fields.Integer(required=True)
    ways = fields.List(fields.Nested(LinkWay), required=True)


class ReturnReason(Schema):
    """退回修改原因: in a sentence, or item by item."""

    reason = fields.String(required=True, allow_none=True)
    marks = fields.List(fields.Nested(MarkOut), required=True)


class ReturnTask(Schema):
    """What whoever holds the link is asked to do, at whose school. ``taken``: the graduate has handed the pictures in
    already; ``returned``: why what was sent before does not do."""

    number_grouped = fields.String(required=True)
    graduate = fields.String(required=True)
    employer = fields.String(required=True)
    expires_at = fields.DateTime(required=True)
    taken = fields.Boolean(required=True)
    school = fields.String(required=True)
    contact = fields.Nested(SchoolContact, required=True)
    returned = fields.Nested(ReturnReason, required=True, allow_none=True)
    agreement = fields.Nested(Link, required=True)


class ReturnSubmission(Strict):
    """Which of the pictures sent through the link make up the agreement, in their order."""

    uploads = fields.List(fields.UUID(), required=True, validate=validate.Length(max=9))
