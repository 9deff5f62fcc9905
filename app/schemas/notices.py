"""推送偏好 and 送达情况: what is asked and what is answered."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.signing import PageQuery, Strict


class Switch(Strict):
    """Whether a group of notices is pushed."""

    pushed = fields.Boolean(required=True, truthy={True}, falsy={False})


class ChoiceOut(Schema):
    """A group of notices whose push may be switched off."""

    choice = fields.String(required=True)
    title = fields.String(required=True)
    explanation = fields.String(required=True)
    pushed = fields.Boolean(required=True)


class Mandatory(Schema):
    """What is always pushed, and why."""

    titles = fields.List(fields.String(), required=True)
    why = fields.String(required=True)


class Bound(Schema):
    """Whether a WeChat user is bound, and follows the public account."""

    bound = fields.Boolean(required=True)
    following = fields.Boolean(required=True)


class RefusalOut(Schema):
    """A template that WeChat refuses; ``again_at`` is null when the next notice will try it."""

    title = fields.String(required=True)
    since = fields.DateTime(required=True)
    again_at = fields.DateTime(required=True, allow_none=True)


class NoticesOut(Schema):
    """What one is pushed and may choose."""

    choices = fields.List(fields.Nested(ChoiceOut), required=True)
    mandatory = fields.Nested(Mandatory, required=True, allow_none=True)
    wechat = fields.Nested(Bound, required=True)
    refusals = fields.List(fields.Nested(RefusalOut), required=True)
    quiet = fields.String(required=True)


class DeliveryQuery(PageQuery):
    """Which pushes."""

    state = fields.String(load_default="all", validate=validate.OneOf(["all", "problem"]))


TONES = validate.OneOf(["ok", "look", "wait"])


class GraduateTold(Schema):
    """The graduate whom a push is about."""

    name = fields.String(required=True)
    student_no = fields.String(required=True)
    class_name = fields.String(required=True, allow_none=True)
    college = fields.String(required=True)


class OtherWay(Schema):
    """The same by SMS or e-mail."""

    channel = fields.String(required=True, validate=validate.OneOf(["sms", "email"]))
    text = fields.String(required=True)
    tone = fields.String(required=True, validate=TONES)
    attempts = fields.Integer(required=True)
    code = fields.String(required=True, allow_none=True)


class PushOut(Schema):
    """One push: to whom, what, how it fared, and what WeChat said (``code``, ``said``, ``rid``)."""

    id = fields.UUID(required=True)
    graduate = fields.Nested(GraduateTold, required=True)
    receiver = fields.String(required=True)
    what = fields.String(required=True)
    state = fields.String(required=True)
    text = fields.String(required=True)
    tone = fields.String(required=True, validate=TONES)
    attempts = fields.Integer(required=True)
    code = fields.Integer(required=True, allow_none=True)
    said = fields.String(required=True, allow_none=True)
    rid = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True)
    sent_at = fields.DateTime(required=True, allow_none=True)
    delivered_at = fields.DateTime(required=True, allow_none=True)
    read_at = fields.DateTime(required=True, allow_none=True)
    next_try_at = fields.DateTime(required=True, allow_none=True)
    others = fields.List(fields.Nested(OtherWay), required=True)
    filing_id = fields.UUID(required=True, allow_none=True)


class PushPage(Schema):
    """A page of pushes, newest first."""

    items = fields.List(fields.Nested(PushOut), required=True)
    next = fields.String(required=True, allow_none=True)
