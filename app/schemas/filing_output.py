"""The shapes of filings as they are answered; documentation only."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.schemas.answers import Action, HistoryLine, StepMark, Turn
from app.schemas.uploads import UploadOut


class FormField(Schema):
    """One labelled value of a form."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    value = fields.String(required=True)
    checked = fields.String(required=True, allow_none=True)


class FormSection(Schema):
    """A part of a form."""

    section = fields.String(required=True)
    fields_ = fields.List(fields.Nested(FormField), required=True, data_key="fields")


class Proofs(Schema):
    """What was uploaded for one item."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    uploads = fields.List(fields.Nested(UploadOut), required=True)


class MarkOut(Schema):
    """What is wrong with one field."""

    field = fields.String(required=True)
    label = fields.String(required=True)
    reason = fields.String(required=True)


class Remark(Schema):
    """Why it was returned or rejected last."""

    verdict = fields.String(required=True)
    desk = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    marks = fields.List(fields.Nested(MarkOut), required=True)
    at = fields.DateTime(required=True)


class Change(Schema):
    """One field before and after."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)


class ChangeSet(Schema):
    """What an office changed at once."""

    at = fields.DateTime(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    changes = fields.List(fields.Nested(Change), required=True)


class ClaimBrief(Schema):
    """The claim that a filing is about."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    printed = fields.Boolean(
        required=True, metadata={"description": "whether there is an agreement on paper to be downloaded"}
    )


class SchoolContact(Schema):
    """Whom to ask."""

    office = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String()
    hours = fields.String()


class FilingPage(Schema):
    """What both sides read of a filing."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    lane = fields.String(required=True)
    class_year = fields.Integer(required=True)
    variant = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True)
    round = fields.Integer(required=True)
    title = fields.String(required=True)
    turn = fields.Nested(Turn, required=True)
    steps = fields.List(fields.Nested(StepMark), required=True)
    form = fields.List(fields.Nested(FormSection), required=True)
    proofs = fields.List(fields.Nested(Proofs), required=True)
    remark = fields.Nested(Remark, required=True, allow_none=True)
    changes = fields.List(fields.Nested(ChangeSet), required=True)
    history = fields.List(fields.Nested(HistoryLine), required=True)
    filed_by = fields.String(required=True, allow_none=True, metadata={"description": "代登记: by whom"})
    claim = fields.Nested(ClaimBrief, required=True, allow_none=True)
    contact = fields.Nested(SchoolContact, required=True)
    actions = fields.List(fields.Nested(Action), required=True)
    submitted_at = fields.DateTime(required=True, allow_none=True)


class Fault(Schema):
    """What stands in the way of handing it in."""

    pointer = fields.String(required=True)
    detail = fields.String(required=True)


class Option(Schema):
    """One choice of a list."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class FieldCondition(Schema):
    """The field is asked for only then."""

    field = fields.String(required=True)
    in_ = fields.List(fields.String(allow_none=True), required=True, data_key="in")


class FieldOut(Schema):
    """A field of a form, for a client that draws any form."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    widget = fields.String(required=True)
    required = fields.Boolean(required=True)
    longest = fields.Integer(required=True, allow_none=True)
    table = fields.String(required=True, allow_none=True)
    hint = fields.String(required=True, allow_none=True)
    placeholder = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    when = fields.Nested(FieldCondition, required=True, allow_none=True)
    known = fields.String(required=True, allow_none=True)
    suggest = fields.String(required=True, allow_none=True)
    found = fields.String(required=True, allow_none=True)
    readonly = fields.Boolean(required=True)
    options = fields.List(fields.Nested(Option), required=True, allow_none=True)
    fields_ = fields.List(fields.Nested(lambda: FieldOut()), required=True, allow_none=True, data_key="fields")


class SectionOut(Schema):
    """A step of a form."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    hint = fields.String(required=True, allow_none=True)
    fields_ = fields.List(fields.Nested(FieldOut), required=True, data_key="fields")


class ItemOut(Schema):
    """What is to be uploaded."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    hint = fields.String(required=True)
    least = fields.Integer(required=True)
    most = fields.Integer(required=True)


class Editor(Schema):
    """The form while it may be worked on."""

    sections = fields.List(fields.Nested(SectionOut), required=True)
    values = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)
    files = fields.Dict(keys=fields.String(), values=fields.List(fields.UUID()), required=True)
    items = fields.List(fields.Nested(ItemOut), required=True)
    locked = fields.List(
        fields.String(), required=True, metadata={"description": "names of fields that cannot be changed now"}
    )
    problems = fields.List(fields.Nested(Fault), required=True)
    obstacle = fields.String(
        required=True, allow_none=True, metadata={"description": "why it cannot be handed in now, whatever is typed"}
    )
    pin = fields.Boolean(required=True)
    saved_at = fields.DateTime(required=True)


class OwnFiling(FilingPage):
    """A filing to its graduate; ``editor`` while one may work on it."""

    editor = fields.Nested(Editor, required=True, allow_none=True)


class FilingCard(Schema):
    """A filing as lists show it; to an office with whose it is."""

    graduate = fields.String()
    graduate_id = fields.UUID()

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.String(required=True)
    line = fields.String(required=True)
    turn = fields.Nested(Turn, required=True)
    steps = fields.List(fields.Nested(StepMark), required=True)
    main_action = fields.Dict(keys=fields.String(), values=fields.String(), required=True, allow_none=True)
    href = fields.String(required=True)


class FilingCards(Schema):
    """One's own filings."""

    items = fields.List(fields.Nested(FilingCard), required=True)


class Offered(Schema):
    """A kind that could be begun, or why not."""

    kind = fields.String(required=True)
    title = fields.String(required=True)
    lane = fields.String(required=True)
    explained = fields.String(required=True)
    about_claim = fields.Boolean(required=True)
    possible = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)


class OfferedList(Schema):
    """What could be begun now; the class (届) and whether one is 定向 or 委培 say which destinations there are."""

    class_year = fields.Integer(required=True)
    commissioned = fields.Boolean(required=True)
    items = fields.List(fields.Nested(Offered), required=True)
