"""The shapes of what an office's desk is answered; documentation only."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.schemas.answers import AgreementBrief, ClauseOut
from app.schemas.filing_output import Change, FilingPage
from app.schemas.uploads import Coded


class GraduateOnDesk(Schema):
    """A graduate as an office sees one in a list."""

    name = fields.String(required=True)
    student_no = fields.String(required=True)
    college = fields.String(required=True)
    major = fields.String(required=True)
    degree = fields.String(required=True)
    graduates_on = fields.String()
    phone_masked = fields.String(allow_none=True)
    id_number_masked = fields.String()


class Holder(Schema):
    """Who is reading it."""

    name = fields.String(required=True)


class QueueItem(Schema):
    """One filing in a queue."""

    filing_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    graduate = fields.Nested(GraduateOnDesk, required=True)
    title = fields.String(required=True)
    line = fields.String(required=True)
    since = fields.DateTime(required=True)
    round = fields.Integer(required=True)
    holder = fields.Nested(Holder, required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    on_behalf = fields.Boolean(required=True, metadata={"description": "代登记: filed by the school"})
    doubts = fields.List(
        fields.Nested(Coded), required=True, metadata={"description": "what calls for a closer look at the proofs"}
    )
    may_take_up = fields.Boolean(required=True, metadata={"description": "可接办: lies at the level before too long"})
    verdict = fields.String()
    decided_at = fields.DateTime()


class QueuePage(Schema):
    """A page of a queue."""

    items = fields.List(fields.Nested(QueueItem), required=True)
    next = fields.String(required=True, allow_none=True)


class KindWaiting(Schema):
    """What waits of one kind."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    many = fields.Integer(required=True)
    overdue = fields.Integer(required=True)


class QueueCounts(Schema):
    """What waits."""

    total = fields.Integer(required=True)
    by_kind = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    kinds = fields.List(fields.Nested(KindWaiting), required=True)
    overdue = fields.Integer(required=True)
    below = fields.Integer(required=True, metadata={"description": "可接办, at the level before"})
    done_today = fields.Integer(required=True)
    helping = fields.Integer(required=True, metadata={"description": "请学校协助: to the school only"})


class CollegeOut(Schema):
    """A college."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class CollegeList(Schema):
    """The colleges a filter can name."""

    items = fields.List(fields.Nested(CollegeOut), required=True)


class Hold(Schema):
    """Who has it open."""

    by = fields.String(required=True)
    mine = fields.Boolean(required=True)
    until = fields.DateTime(required=True)


class HoldUntil(Schema):
    """Until when it is marked."""

    until = fields.DateTime(required=True, allow_none=True)


class Compared(Schema):
    """What differs from something."""

    title = fields.String(required=True)
    changes = fields.List(fields.Nested(Change), required=True)


class FilingOut(QueueItem, FilingPage):
    """A filing with all that a decision needs."""

    clauses = fields.List(fields.Nested(ClauseOut), required=True)
    needs_note = fields.String(
        required=True, allow_none=True, metadata={"description": "what the last desk must write down to approve"}
    )
    agreement = fields.Nested(AgreementBrief, required=True, allow_none=True)
    hold = fields.Nested(Hold, required=True, allow_none=True)
    compared = fields.List(
        fields.Nested(Compared), required=True, metadata={"description": "with the round before, with what holds now"}
    )


class ReasonTemplates(Schema):
    """Sentences for a rejection or a return."""

    items = fields.List(fields.String(), required=True)


class BulkOutcome(Schema):
    """What came of one filing."""

    id = fields.UUID(required=True)
    approved = fields.Boolean(required=True, metadata={"description": "in a dry run: whether it would be"})
    code = fields.String(required=True, allow_none=True, metadata={"description": "why not"})
    detail = fields.String(required=True, allow_none=True)


class BulkOutcomes(Schema):
    """批量通过, filing by filing in the order asked."""

    dry_run = fields.Boolean(required=True)
    items = fields.List(fields.Nested(BulkOutcome), required=True)
