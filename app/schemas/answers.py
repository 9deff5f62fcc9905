"""The shapes of what the signing story's routes answer; documentation only, never on the hot path."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas.identity import Contact


class Turn(Schema):
    """Whose turn (轮到谁)."""

    who = fields.String(required=True, validate=validate.OneOf(["mine", "others", "done", "lost"]))
    text = fields.String(required=True)
    until = fields.DateTime(required=True, allow_none=True)
    since = fields.DateTime(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class StepMark(Schema):
    """One step of the thin line."""

    label = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["done", "now", "todo", "lost"]))


class MainAction(Schema):
    """The one filled button of a card."""

    label = fields.String(required=True)


class GraduateBrief(Schema):
    """A graduate as an employer sees one."""

    name = fields.String(required=True)
    school = fields.String(required=True)
    major = fields.String(required=True)
    degree = fields.String(required=True)


class Delivery(Schema):
    """What became of the notice to the graduate."""

    state = fields.String(required=True)
    text = fields.String(required=True)
    tone = fields.String(required=True, validate=validate.OneOf(["ok", "look", "wait"]))


class Card(Schema):
    """A filing as every list shows it."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.String(required=True)
    line = fields.String(required=True)
    turn = fields.Nested(Turn, required=True)
    steps = fields.List(fields.Nested(StepMark), required=True)
    main_action = fields.Nested(MainAction, required=True, allow_none=True)
    href = fields.String(required=True)
    graduate = fields.Nested(GraduateBrief, allow_none=True)
    delivery = fields.Nested(Delivery, allow_none=True)


class CardPage(Schema):
    """A page of cards."""

    items = fields.List(fields.Nested(Card), required=True)
    next = fields.String(required=True, allow_none=True)


class Action(Schema):
    """What can be done, or why not."""

    action = fields.String(required=True)
    label = fields.String(required=True)
    possible = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)


class Term(Schema):
    """One key term."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    value = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


class ClauseOut(Schema):
    """One piece of the agreement's text."""

    kind = fields.String(required=True, validate=validate.OneOf(["party", "preamble", "clause", "supplement"]))
    numeral = fields.String(required=True)
    title = fields.String(required=True)
    paragraphs = fields.List(fields.String(), required=True)


class HistoryLine(Schema):
    """What happened."""

    at = fields.DateTime(required=True)
    title = fields.String(required=True)
    who = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class AgreementBrief(Schema):
    """The effective agreement."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    number_grouped = fields.String(required=True)
    effective_at = fields.DateTime(required=True)


class EmployerBrief(Schema):
    """The employer of an invitation, as its terms have it."""

    name = fields.String(required=True)
    credit_code = fields.String(required=True)
    credit_code_checked = fields.Boolean(required=True)
    nature = fields.String(required=True)
    industry = fields.String(required=True)
    place = fields.String(required=True)
    address = fields.String(required=True)
    contact_name = fields.String(required=True)


class Person(Schema):
    """Who did it."""

    name = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)


class TerminationBrief(Schema):
    """线上解约, as far as the page of the signing shows it."""

    id = fields.UUID(required=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)
    started_by = fields.String(required=True, validate=validate.OneOf(["graduate", "employer"]))
    reason = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True)
    answered_at = fields.DateTime(required=True, allow_none=True)
    help_asked_at = fields.DateTime(required=True, allow_none=True)
    turn = fields.Nested(Turn, required=True)
    actions = fields.List(fields.Nested(Action), required=True)


class InvitationOut(Card):
    """A whole invitation in the viewer's words."""

    version = fields.Integer(required=True)
    actions = fields.List(fields.Nested(Action), required=True)
    employer = fields.Nested(EmployerBrief, required=True)
    sent_by = fields.Nested(Person, required=True)
    sent_at = fields.DateTime(required=True)
    respond_by = fields.DateTime(required=True)
    opened_at = fields.DateTime(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    terms = fields.List(fields.Nested(Term), required=True)
    form = fields.Dict(required=True, allow_none=True)
    clauses = fields.List(fields.Nested(ClauseOut), required=True)
    terms_hash = fields.String(required=True)
    others_open = fields.Integer(required=True)
    before_it = fields.Integer(required=True)
    replaces_id = fields.UUID(required=True, allow_none=True)
    replaced_by_id = fields.UUID(required=True, allow_none=True)
    history = fields.List(fields.Nested(HistoryLine), required=True)
    agreement = fields.Nested(AgreementBrief, required=True, allow_none=True)
    termination = fields.Nested(TerminationBrief, required=True, allow_none=True)
    help = fields.Nested(Contact, required=True)


class Entry(Schema):
    """One of the five entries of the home page."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    open = fields.Boolean(required=True)
    note = fields.String(required=True)


class Standing(Schema):
    """One sentence of standing."""

    text = fields.String(required=True)


class Home(Schema):
    """首页."""

    name = fields.String(required=True)
    greeting_name = fields.String(required=True)
    base_state = fields.String(required=True)
    standing = fields.Nested(Standing, required=True)
    open_invitations = fields.Integer(required=True)
    view_only_invitations = fields.Integer(required=True)
    cards = fields.List(fields.Nested(Card), required=True)
    entries = fields.List(fields.Nested(Entry), required=True)
    unread = fields.Integer(required=True)


class FoundGraduate(GraduateBrief):
    """The graduate an employer looked up; ``ref`` stands for them for half an hour."""

    ref = fields.String(required=True)
    college = fields.String(required=True)
    graduates_on = fields.String(required=True)
    by = fields.String(required=True, validate=validate.OneOf(["card", "name_and_id"]))


class LookupOut(Schema):
    """Who was found and whether an invitation may be sent."""

    graduate = fields.Nested(FoundGraduate, required=True)
    can_invite = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    max_days = fields.Integer(required=True)
    default_days = fields.Integer(required=True)


class PreviewOut(Schema):
    """The text as the graduate will see it."""

    glance = fields.List(fields.Nested(Term), required=True)
    clauses = fields.List(fields.Nested(ClauseOut), required=True)
    terms_hash = fields.String(required=True)


class EmployerOut(Schema):
    """The employer's own data."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    credit_code = fields.String(required=True)
    nature = fields.String(required=True)
    industry = fields.String(required=True)
    region = fields.String(required=True)
    address = fields.String(required=True)
    contact_name = fields.String(required=True)
    contact_landline = fields.String(required=True, allow_none=True)
    contact_mobile = fields.String(required=True, allow_none=True)
    contact_email = fields.String(required=True, allow_none=True)


class EmployerMe(Schema):
    """The employer, and the form prefilled from it."""

    employer = fields.Nested(EmployerOut, required=True)
    defaults = fields.Dict(required=True)


class KnownEmployer(Schema):
    """An employer that signs online."""

    name = fields.String(required=True)
    credit_code = fields.String(required=True)


class KnownEmployers(Schema):
    """The first of those asked for."""

    items = fields.List(fields.Nested(KnownEmployer), required=True)


class InvitationCounts(Schema):
    """How many invitations stand where."""

    waiting = fields.Integer(required=True)
    due_today = fields.Integer(required=True)
    review = fields.Integer(required=True)
    signed = fields.Integer(required=True)
    ended = fields.Integer(required=True)


class Link(Schema):
    """A short-lived address."""

    href = fields.String(required=True)
    expires_at = fields.DateTime(required=True)


class AgreementCheck(Schema):
    """What a stranger is told of an agreement: masked, and only what the paper says already."""

    valid = fields.Boolean(required=True, metadata={"description": "in force, and the text is the one on record"})
    in_force = fields.Boolean(required=True)
    number = fields.String(required=True)
    number_grouped = fields.String(required=True)
    state = fields.String(required=True)
    state_text = fields.String(required=True)
    graduate = fields.String(required=True)
    school = fields.String(required=True)
    employer = fields.String(required=True)
    effective_on = fields.Date(required=True, allow_none=True)
    checked_at = fields.DateTime(required=True)
    terms_hash_matches = fields.Boolean(required=True)


class KeySet(Schema):
    """JWKS."""

    keys = fields.List(fields.Dict(), required=True)
