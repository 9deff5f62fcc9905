"""Bodies and answers of 线上解约."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.answers import HistoryLine, TerminationBrief
from app.schemas.identity import Contact
from app.schemas.inputs import Line
from app.schemas.signing import PIN, PageQuery, Strict
from app.schemas.termination import TerminationForm


class Request(TerminationForm):
    """申请解约: of which claim, why, and a graduate's PIN."""

    claim_id = fields.UUID(required=True)
    pin = fields.String(load_default=None, allow_none=True, validate=PIN)


class Answer(Strict):
    """同意: a graduate's PIN; employers need none."""

    pin = fields.String(load_default=None, allow_none=True, validate=PIN)


class Settle(Strict):
    """What the school does with what it was asked to help with, and what both parties told it."""

    outcome = fields.String(
        required=True, validate=validate.OneOf(["agreed", "refused"], error="请选择受理或不予解约。")
    )
    note = Line(200, required=True, error_messages={"required": "请写明与双方核实的情况。"})


class HelpQuery(PageQuery):
    """Which of the terminations that ask for help."""


class TerminationOut(TerminationBrief):
    """A termination with what happened."""

    employer = fields.String(required=True)
    graduate = fields.String(required=True)
    agreement_number = fields.String(required=True)
    invitation_id = fields.UUID(required=True)
    filing_id = fields.UUID(required=True, allow_none=True)
    history = fields.List(fields.Nested(HistoryLine), required=True)
    help = fields.Nested(Contact, required=True)


class AskingHelp(Schema):
    """A termination the school was asked to help with."""

    id = fields.UUID(required=True)
    graduate = fields.String(required=True)
    student_no = fields.String(required=True)
    college = fields.String(required=True)
    employer = fields.String(required=True)
    agreement_number = fields.String(required=True)
    started_by = fields.String(required=True, validate=validate.OneOf(["graduate", "employer"]))
    reason = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True)
    help_asked_at = fields.DateTime(required=True)


class AskingHelpPage(Schema):
    """A page of them."""

    items = fields.List(fields.Nested(AskingHelp), required=True)
    next = fields.String(required=True, allow_none=True)
