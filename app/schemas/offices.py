"""The shapes of what offices look up; documentation only."""

from __future__ import annotations

from marshmallow import Schema, fields


class VoidedDestination(Schema):
    """A destination that was voided."""

    id = fields.UUID(required=True)
    at = fields.DateTime(required=True)
    graduate_id = fields.UUID(required=True)
    graduate = fields.String(required=True)
    student_no = fields.String(required=True)
    college = fields.String(required=True)
    kind_name = fields.String(required=True)
    title = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    by = fields.String(required=True)
    reviewed = fields.Boolean(required=True, metadata={"description": "by an office's decision, not by oneself"})
    reason = fields.String(required=True, allow_none=True)


class VoidPage(Schema):
    """A page of them."""

    items = fields.List(fields.Nested(VoidedDestination), required=True)
    next = fields.String(required=True, allow_none=True)


class SchoolRule(Schema):
    """One setting in a sentence."""

    name = fields.String(required=True)
    text = fields.String(required=True)


class LevelsOfKind(Schema):
    """审核级别 of a kind."""

    kind_name = fields.String(required=True)
    levels = fields.String(required=True)


class ModuleStanding(Schema):
    """功能模块 of a class."""

    class_year = fields.Integer(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    text = fields.String(required=True)
    opens_at = fields.DateTime(required=True, allow_none=True)
    closes_at = fields.DateTime(required=True, allow_none=True)


class SchoolSettings(Schema):
    """What a school has set."""

    school = fields.String(required=True)
    code = fields.String(required=True)
    rules = fields.List(fields.Nested(SchoolRule), required=True)
    levels = fields.List(fields.Nested(LevelsOfKind), required=True)
    modules = fields.List(fields.Nested(ModuleStanding), required=True)
    one_person_levels = fields.Boolean(required=True)
    commands = fields.List(fields.String(), required=True)
