"""The shapes of graduates as offices see them; documentation only."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.schemas.answers import HistoryLine
from app.schemas.filing_output import FilingCard, FormSection


class GraduateFound(Schema):
    """A graduate as an office picks one."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    student_no = fields.String(required=True)
    class_year = fields.Integer(required=True)
    major = fields.String(required=True)
    college = fields.String(required=True)
    id_number = fields.String(required=True, metadata={"description": "masked, to tell namesakes apart"})


class GraduatesFound(Schema):
    """Graduates found."""

    items = fields.List(fields.Nested(GraduateFound), required=True)


class ClaimStanding(Schema):
    """The destination that holds the lane."""

    title = fields.String(required=True)
    kind_name = fields.String(required=True)
    state = fields.String(required=True)
    text = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    since = fields.DateTime(required=True, allow_none=True)
    form = fields.List(fields.Nested(FormSection), required=True)


class TransferStanding(Schema):
    """What is registered of archive or hukou."""

    lane = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    form = fields.List(fields.Nested(FormSection), required=True)


class FilingOfGraduate(FilingCard):
    """A filing in the list of one graduate's."""

    version = fields.Integer(required=True)
    round = fields.Integer(required=True)
    submitted_at = fields.DateTime(required=True, allow_none=True)
    filed_by = fields.String(required=True, allow_none=True, metadata={"description": "代登记: by whom"})
    mine = fields.Boolean(required=True, metadata={"description": "one files it oneself, on the graduate's behalf"})
    readable = fields.Boolean(required=True, metadata={"description": "false: a draft of the graduate's"})
    correctable = fields.Boolean(required=True, metadata={"description": "代修改 is possible"})


class GraduatePage(Schema):
    """Everything of one graduate."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    student_no = fields.String(required=True)
    college = fields.String(required=True)
    major = fields.String(required=True)
    degree = fields.String(required=True)
    class_year = fields.Integer(required=True)
    graduates_on = fields.String(required=True)
    confirmed = fields.Boolean(required=True, metadata={"description": "基本信息 confirmed by the graduate"})
    phone_masked = fields.String(required=True, allow_none=True)
    id_number_masked = fields.String(required=True)
    claim = fields.Nested(ClaimStanding, required=True, allow_none=True)
    filings = fields.List(fields.Nested(FilingOfGraduate), required=True)
    transfers = fields.List(fields.Nested(TransferStanding), required=True)
    history = fields.List(fields.Nested(HistoryLine), required=True)
