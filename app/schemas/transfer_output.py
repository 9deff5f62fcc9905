"""The shape of 档案 and 户口 as a graduate reads it; documentation only."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.schemas.filing_output import FilingCard, FormSection, SchoolContact


class RecordOut(Schema):
    """What is registered."""

    state = fields.String(required=True)
    text = fields.String(required=True)
    source = fields.String(required=True)
    origin = fields.String(required=True, allow_none=True, metadata={"description": "the destination it came from"})
    form = fields.List(fields.Nested(FormSection), required=True)
    values = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)
    registered_at = fields.DateTime(required=True)
    checked_at = fields.DateTime(required=True)
    can_keep = fields.Boolean(required=True)


class TransferOffer(Schema):
    """A kind that could be begun, or why not."""

    kind = fields.String(required=True)
    title = fields.String(required=True)
    explained = fields.String(required=True)
    possible = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)


class Proposal(Schema):
    """What the destination says of it, to be taken over."""

    title = fields.String(required=True)
    form = fields.List(fields.Nested(FormSection), required=True)
    values = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class OfficeOut(Schema):
    """The archive office of one's origin, and since when that is known."""

    name = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    checked_on = fields.Date(required=True, allow_none=True)


class TransferPage(Schema):
    """档案 or 户口: what holds, what is under way, what could be done."""

    lane = fields.String(required=True)
    title = fields.String(required=True)
    module = fields.String(required=True, metadata={"description": "open, closed, later or off"})
    record = fields.Nested(RecordOut, required=True, allow_none=True)
    version = fields.Integer(required=True)
    pending = fields.List(fields.Nested(FilingCard), required=True)
    decided = fields.List(fields.Nested(FilingCard), required=True)
    offers = fields.List(fields.Nested(TransferOffer), required=True)
    proposal = fields.Nested(Proposal, required=True, allow_none=True)
    home = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(allow_none=True),
        required=True,
        metadata={"description": "what 转回生源地 fills in"},
    )
    office = fields.Nested(OfficeOut, required=True, allow_none=True)
    hints = fields.List(fields.String(), required=True)
    contact = fields.Nested(SchoolContact, required=True)
