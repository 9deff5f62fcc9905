"""消息: what the message centre is asked and what it answers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.signing import PageQuery


class MessageQuery(PageQuery):
    """Which messages."""

    filter = fields.String(load_default="all", validate=validate.OneOf(["all", "mine", "results"]))


class Arrival(Schema):
    """How the push of a message fared, in words for its receiver."""

    text = fields.String(required=True, allow_none=True)


class MessageOut(Schema):
    """One message. ``href`` is a page of the reader's own client."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    turn_mark = fields.String(required=True, validate=validate.OneOf(["mine", "others", "done", "lost"]))
    note = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True)
    read = fields.Boolean(required=True)
    href = fields.String(required=True, allow_none=True)
    delivery = fields.Nested(Arrival, required=True, allow_none=True)


class MessagePage(Schema):
    """A page of messages, newest first."""

    items = fields.List(fields.Nested(MessageOut), required=True)
    next = fields.String(required=True, allow_none=True)


class MessageCounts(Schema):
    """Unread messages; those whose turn is the reader's; unread results."""

    unread = fields.Integer(required=True)
    mine = fields.Integer(required=True)
    results = fields.Integer(required=True)
