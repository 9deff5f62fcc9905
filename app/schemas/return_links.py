"""协助回传: what the graduate is told of the link, what its holder reads and sends."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.answers import Link
from app.schemas.signing import Strict


class ReturnLinkIssued(Schema):
    """A link just given out: shown this once, to be copied or scanned. ``qr`` is an SVG of it."""

    url = fields.String(required=True)
    qr = fields.String(required=True)
    expires_at = fields.DateTime(required=True)
    left = fields.Integer(required=True)


class ReturnLinkStanding(Schema):
    """What became of it. ``left``: how often it may be given out still."""

    state = fields.String(
        required=True, validate=validate.OneOf(["none", "open", "expired", "revoked", "used", "over"])
    )
    expires_at = fields.DateTime(required=True, allow_none=True)
    opened_at = fields.DateTime(required=True, allow_none=True)
    used_at = fields.DateTime(required=True, allow_none=True)
    left = fields.Integer(required=True)


class ReturnTask(Schema):
    """What whoever holds the link is asked to do. ``taken``: the graduate has handed the pictures in already."""

    number_grouped = fields.String(required=True)
    graduate = fields.String(required=True)
    employer = fields.String(required=True)
    expires_at = fields.DateTime(required=True)
    taken = fields.Boolean(required=True)
    agreement = fields.Nested(Link, required=True)


class ReturnSubmission(Strict):
    """Which of the pictures sent through the link make up the agreement, in their order."""

    uploads = fields.List(fields.UUID(), required=True, validate=validate.Length(max=9))
