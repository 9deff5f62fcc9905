"""What the public tables look like: codes by class, regions, universities, the catalogue of destinations."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

CLASSES = validate.Range(min=2000, max=2100, error="届别是四位年份，例如 2026。")


class ClassQuery(Schema):
    """For which class (届); without it, what holds today."""

    class_year = fields.Integer(load_default=None, validate=CLASSES)


class OneClass(Schema):
    """For which class (届)."""

    class_year = fields.Integer(required=True, validate=CLASSES)


class CodeEntry(Schema):
    """A line of a table."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class Region(CodeEntry):
    """A place with the places in it."""

    children = fields.List(fields.Nested(lambda: Region()))


TABLES = (
    "unit_nature",
    "industry",
    "position_category",
    "transfer",
    "transfer_settled",
    "degree",
    "destination",
    "national_project",
    "local_project",
    "freelance_kind",
    "startup_kind",
    "military_kind",
    "study_kind",
    "study_mode",
    "termination_reason",
    "country",
)
"""The tables that are told to clients."""

Codes = Schema.from_dict(
    {name: fields.List(fields.Nested(CodeEntry), required=True) for name in TABLES}
    | {"regions": fields.List(fields.Nested(Region), required=True)},
    name="Codes",
)


class University(CodeEntry):
    """院校. ``province``: the first two digits of its region."""

    province = fields.String(required=True)


class Universities(Schema):
    """Those to pick from; any other name may be written as well."""

    items = fields.List(fields.Nested(University), required=True)


class When(Schema):
    """Only if that field of the form holds one of these values."""

    field = fields.String(required=True)
    in_ = fields.List(fields.String(), required=True, data_key="in", attribute="in")


class Proof(Schema):
    """证明材料: one item to upload; any one of ``accepts`` will do; at most ``most`` pictures."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    accepts = fields.List(fields.String(), required=True)
    hint = fields.String(required=True)
    required = fields.Boolean(required=True)
    most = fields.Integer(required=True)
    when = fields.Nested(When, required=True, allow_none=True)


class DestinationType(Schema):
    """去向类型. ``plain`` and ``choose`` are for students; ``filled_in``: false for what is entered by signing."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    plain = fields.String(required=True)
    choose = fields.String(required=True)
    aliases = fields.List(fields.String(), required=True)
    way = fields.String(required=True)
    filled_in = fields.Boolean(required=True)
    commissioned = fields.Boolean(required=True)
    codes = fields.List(fields.Nested(CodeEntry), required=True)
    standard = fields.List(fields.String(), required=True)
    proofs = fields.List(fields.Nested(Proof), required=True)
    archive_hint = fields.String(required=True, allow_none=True)


class Way(Schema):
    """「你毕业后去哪里？」: an answer, and the types it leads to."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    hint = fields.String(required=True)
    types = fields.List(fields.String(), required=True)


class DestinationGroup(Schema):
    """A group of the guide."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    types = fields.List(fields.Nested(DestinationType), required=True)


class Destinations(Schema):
    """毕业去向分类及标准 of a class."""

    class_year = fields.Integer(required=True)
    ways = fields.List(fields.Nested(Way), required=True)
    groups = fields.List(fields.Nested(DestinationGroup), required=True)
