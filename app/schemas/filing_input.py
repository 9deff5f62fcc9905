"""Bodies of what is done with filings: what comes in."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from app.schemas.inputs import Line
from app.schemas.signing import PIN, Strict

NAME = validate.Regexp(r"^[a-z0-9_-]{1,60}$", error="没有这种选项。")

MOST_ITEMS = 8
"""Of one filing; no kind asks for more than four."""


def _few(files: dict[str, Any]) -> None:
    if len(files) > MOST_ITEMS:
        raise ValidationError(f"最多 {MOST_ITEMS} 项材料。")


class Begin(Strict):
    """暂存: begin a filing of a kind, of a type if the kind has several."""

    kind = fields.String(required=True, validate=NAME)
    variant = fields.String(load_default=None, allow_none=True, validate=NAME)
    claim_id = fields.UUID(load_default=None, allow_none=True)


class Save(Strict):
    """What has been typed and chosen so far."""

    variant = fields.String(load_default=None, allow_none=True, validate=NAME)
    form = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)
    files = fields.Dict(
        keys=fields.String(validate=NAME),
        values=fields.List(fields.UUID(), validate=validate.Length(max=9)),
        load_default=dict,
        validate=_few,
    )


class Submit(Strict):
    """提交; with the PIN where the kind asks for it."""

    pin = fields.String(load_default=None, allow_none=True, validate=PIN)


class Void(Strict):
    """作废 with the PIN and the reason."""

    pin = fields.String(required=True, validate=PIN)
    reason = Line(200, required=True)


class Approve(Strict):
    """通过, with what the office found out where it must say so."""

    note = Line(300, load_default=None, allow_none=True)


class Mark(Schema):
    """What is wrong with one field."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    field = fields.String(required=True, validate=validate.Length(max=80))
    label = Line(60, required=True)
    reason = Line(200, required=True)


class Return(Strict):
    """退回修改."""

    reason = Line(200, load_default=None, allow_none=True)
    marks = fields.List(fields.Nested(Mark), load_default=list, validate=validate.Length(max=20))

    @validates_schema
    def said_why(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A reason, or what is wrong with some field."""
        if not data.get("reason") and not data.get("marks"):
            raise ValidationError({"reason": ["请写明退回原因，毕业生会看到。"]})


class Edit(Strict):
    """代为修改."""

    variant = fields.String(load_default=None, allow_none=True, validate=NAME)
    form = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)
    reason = Line(200, required=True)


class MineQuery(Strict):
    """Which of one's own filings."""

    lane = fields.String(
        load_default=None, validate=validate.OneOf(["destination", "claim", "archive", "hukou"], error="没有这种事项。")
    )


class ReasonsQuery(Strict):
    """For which verdict sentences are wanted."""

    verdict = fields.String(load_default="reject", data_key="for", validate=validate.OneOf(["reject", "return"]))


class Seen(Schema):
    """A filing in the version that was seen."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    id = fields.UUID(required=True)
    version = fields.Integer(required=True, validate=validate.Range(min=1))


class BulkApprove(Strict):
    """批量通过: which; ``dry_run`` only says what would happen."""

    filings = fields.List(fields.Nested(Seen), required=True, validate=validate.Length(min=1, max=100))
    dry_run = fields.Boolean(load_default=False)


class FindGraduate(Strict):
    """Whom one looks for: name, student number or ID number."""

    q = Line(40, required=True)


class Assist(Strict):
    """代修改: why the office goes on with it."""

    reason = Line(200, required=True)


class EditorQuery(Strict):
    """The form of which type; without it of the one that was filed."""

    variant = fields.String(load_default=None, validate=NAME)
