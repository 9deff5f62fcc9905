"""联系不上的人: what the offices are answered."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class UnreachedGraduate(Schema):
    """Whom to ring up."""

    name = fields.String(required=True)
    student_no = fields.String(required=True)
    college = fields.String(required=True)
    major = fields.String(required=True)
    class_name = fields.String(required=True, allow_none=True)


class FailedChannel(Schema):
    """Why one channel did not bring it."""

    channel = fields.String(required=True, validate=validate.OneOf(["微信", "短信", "邮件"]))
    text = fields.String(required=True)


class UnreachableOut(Schema):
    """One thing that waits for one graduate. A result has no deadline."""

    id = fields.UUID(required=True)
    about = fields.String(required=True, validate=validate.OneOf(["invitation", "result"]))
    graduate = fields.Nested(UnreachedGraduate, required=True)
    title = fields.String(required=True)
    deadline = fields.DateTime(required=True, allow_none=True)
    since = fields.DateTime(required=True)
    reasons = fields.List(fields.Nested(FailedChannel), required=True)


class UnreachablePage(Schema):
    """A page, the earliest end first."""

    items = fields.List(fields.Nested(UnreachableOut), required=True)
    next = fields.String(required=True, allow_none=True)


class UnreachableCounts(Schema):
    """How many people, and how much waits for them."""

    people = fields.Integer(required=True)
    invitations = fields.Integer(required=True)
    results = fields.Integer(required=True)
