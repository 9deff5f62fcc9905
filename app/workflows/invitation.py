"""签约邀请: an employer sends terms, the graduate answers in time, either may step back (guide, chapter 4.1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from app import clock
from app.access import Actor, sees_invitation
from app.db import table
from app.models import Claim, Event, Graduate, Invitation, InvitationState, School
from app.models.claim import HOLDING
from app.problems import AlreadyInvited, Invalid, NotFound, NotNow, Stale
from app.workflows import filing
from app.workflows.advance import Move, Opening, advance
from app.workflows.claim_machine import CLAIM
from app.workflows.kinds.online_signing import ONLINE_SIGNING
from app.workflows.machine import Situation
from app.workflows.machines import INVITATION
from app.workflows.repeats import done_before

DEFAULT_DAYS = 5
"""应约有效期 where the employer sets none."""
REFUSALS_BEFORE_PAUSE = 2
INVITATION_TABLE = table(Invitation)
CLAIM_TABLE = table(Claim)


def deadline(respond_on: date, longest_days: int) -> Any:
    """The end (23:59:59 Beijing time) of the chosen day; raises :class:`Invalid` outside 1 to ``longest_days`` days."""
    today = clock.today()
    if not today + timedelta(days=1) <= respond_on <= today + timedelta(days=longest_days):
        raise Invalid.field("/respond_on", f"应约截止日期须在明天起 {longest_days} 天以内。")
    return clock.end_of_day(respond_on)


def send(
    connection: Connection,
    actor: Actor,
    *,
    graduate: Row[Any],
    terms: Mapping[str, Any],
    party: Mapping[str, Any],
    clauses: list[dict[str, Any]],
    terms_hash: str,
    respond_on: date,
    replaces: uuid.UUID | None = None,
) -> uuid.UUID:
    """Send an invitation; returns its id.

    ``graduate`` carries id, school_id, class_year, base_state, training_mode and the school's settings. Raises
    :class:`AlreadyInvited` while one of the same employer is open, :class:`NotNow` while it is in review or signed and
    after two refusals.
    """
    ONLINE_SIGNING.require(situation_of(graduate, actor))
    _check_again(connection, actor, graduate)
    invitation_id = uuid.uuid4()
    values = {
        "id": invitation_id,
        "school_id": graduate.school_id,
        "class_year": graduate.class_year,
        "graduate_id": graduate.graduate_id,
        "employer_id": actor.employer_id,
        "terms": dict(terms),
        "party": dict(party),
        "clauses": clauses,
        "terms_hash": terms_hash,
        "respond_by": deadline(respond_on, graduate.invitation_days_max),
        "sent_by": actor.id,
        "replaces_id": replaces,
    }
    facts = {"respond_by": clock.rfc3339(values["respond_by"])}
    if replaces is not None:
        facts["replaces"] = str(replaces)
    advance(connection, Opening(INVITATION, INVITATION_TABLE, "send", actor, values, facts))
    return invitation_id


def check_own_name(employer: Row[Any], terms: Mapping[str, Any]) -> None:
    """An employer signs for itself only: name and credit code are the account's (docs/rules.md, 线上签约)."""
    wrong = [
        {"pointer": f"/terms/{field}", "detail": f"须与单位登记的一致：{own}。"}
        for field, own in (("employer_name", employer.name), ("credit_code", employer.credit_code))
        if terms[field] != own
    ]
    if wrong:
        raise Invalid(wrong)


def obstacle(connection: Connection, actor: Actor, graduate: Row[Any]) -> str | None:
    """Why this employer cannot invite this graduate now, as a sentence; None where nothing stands in the way.

    That the graduate has signed elsewhere is none: it neither blocks an invitation nor is it told.
    """
    try:
        ONLINE_SIGNING.require(situation_of(graduate, actor))
        _check_again(connection, actor, graduate)
    except NotNow as problem:
        return problem.detail
    return None


def _check_again(connection: Connection, actor: Actor, graduate: Row[Any]) -> None:
    """Whether this employer may invite this graduate once more.

    Not while its last invitation is open, in review or signed: taken back, an acceptance is open again. After two
    refusals it pauses from the last one on (a school setting says how long).
    """
    last = select(Event.at).where(Event.subject == Invitation.id, Event.version == Invitation.version).scalar_subquery()
    lately = last > func.now() - timedelta(days=graduate.refusal_pause_days)
    lives = select(Claim.id).where(Claim.invitation_id == Invitation.id, Claim.state.in_(HOLDING)).exists()
    pairs = select(Invitation.state, lately.label("lately"), lives.label("lives")).where(
        Invitation.employer_id == actor.employer_id, Invitation.graduate_id == graduate.graduate_id
    )
    rows = connection.execute(pairs).all()
    if any(row.state == InvitationState.PENDING for row in rows):
        raise AlreadyInvited
    if any(row.lives for row in rows):
        raise NotNow("该毕业生已接受贵单位的邀请，正在审核或已签约，不用再次发起。")
    refused = [row.lately for row in rows if row.state == InvitationState.REFUSED]
    if len(refused) >= REFUSALS_BEFORE_PAUSE and any(refused):
        raise NotNow(f"该毕业生已两次拒绝贵单位的邀请，{graduate.refusal_pause_days} 天内不能再次发起。")


def accept(
    connection: Connection, actor: Actor, invitation_id: uuid.UUID, *, seen: int, terms_hash: str, factor: str
) -> None:
    """接受: invitation accepted, lane taken by the claim, filing on the first desk; all in one statement.

    ``terms_hash`` is what the graduate was shown, ``factor`` how the will was proved (pin). Raises
    :class:`~app.problems.TooLate`, :class:`~app.problems.LaneHeld`, :class:`Stale`, :class:`NotNow`.
    """
    row = load(connection, actor, invitation_id)
    if done_before(connection, row, "accept", actor, InvitationState.ACCEPTED):
        return
    situation = situation_of(row, actor)
    INVITATION.permit("accept", situation)  # a true obstacle is a better answer than an outdated version
    if row.version != seen or row.terms_hash != terms_hash:
        raise Stale
    claim_id = uuid.uuid4()
    evidence = {
        "terms_hash": row.terms_hash,
        "clauses": row.clauses,
        "terms": row.terms,
        "party": row.party,
        "factor": factor,
        "accepted_at": clock.rfc3339(row.now),
        "respond_by": clock.rfc3339(row.respond_by),
        "invitation_version": row.version,
    }
    claim = {
        "id": claim_id,
        "school_id": row.school_id,
        "class_year": row.class_year,
        "graduate_id": row.graduate_id,
        "kind": ONLINE_SIGNING.name,
        "title": row.terms["employer_name"],
        "invitation_id": row.id,
        "evidence": evidence,
    }
    advance(
        connection,
        Move(INVITATION, INVITATION_TABLE, "accept", situation, {}, {"factor": factor, "terms_hash": row.terms_hash}),
        Opening(CLAIM, CLAIM_TABLE, "open", actor, claim, {"invitation": str(row.id)}),
        filing.opening(ONLINE_SIGNING, situation, claim_id=claim_id, form=row.terms),
    )


def refuse(connection: Connection, actor: Actor, invitation_id: uuid.UUID, *, seen: int, reason: str | None) -> None:
    """拒绝, with a reason if the graduate gives one."""
    _step(connection, actor, invitation_id, "refuse", InvitationState.REFUSED, seen, {"reason": reason})


def withdraw(connection: Connection, actor: Actor, invitation_id: uuid.UUID, *, seen: int, reason: str | None) -> None:
    """撤回 by the employer while nobody has answered."""
    _step(connection, actor, invitation_id, "withdraw", InvitationState.WITHDRAWN, seen, {"reason": reason})


def make_way(connection: Connection, actor: Actor, invitation_id: uuid.UUID, *, seen: int) -> uuid.UUID:
    """撤回 because other terms are sent in its place; returns the graduate.

    A repeat is refused, unlike that of :func:`withdraw`: it would send a second one.
    """
    row = load(connection, actor, invitation_id)
    INVITATION.permit("withdraw", situation_of(row, actor))
    withdraw(connection, actor, invitation_id, seen=seen, reason="修改条款后重新发起")
    return uuid.UUID(str(row.graduate_id))


def extend(connection: Connection, actor: Actor, invitation_id: uuid.UUID, *, seen: int, respond_on: date) -> None:
    """Put the deadline off while the invitation is open; it is never brought forward."""
    row = load(connection, actor, invitation_id)
    respond_by = deadline(respond_on, row.invitation_days_max)
    INVITATION.permit("extend", situation_of(row, actor))
    if row.version != seen:
        raise Stale
    if respond_by <= row.respond_by:
        raise Invalid.field("/respond_on", "截止时间只能延长，不能提前。")
    facts = {"respond_by": clock.rfc3339(respond_by), "before": clock.rfc3339(row.respond_by)}
    advance(
        connection,
        Move(INVITATION, INVITATION_TABLE, "extend", situation_of(row, actor), {"respond_by": respond_by}, facts),
    )


def take_back(connection: Connection, actor: Actor, invitation_id: uuid.UUID, *, seen: int) -> None:
    """撤回应约 while no desk has decided: the filing is withdrawn, the claim released, the invitation answerable again
    (or 已失效 past its deadline)."""
    row = load(connection, actor, invitation_id)
    outcomes = {"take_back": InvitationState.PENDING, "lapse": InvitationState.EXPIRED}
    if any(done_before(connection, row, name, actor, target) for name, target in outcomes.items()):
        return
    open_again = row.now < row.respond_by
    action = "take_back" if open_again else "lapse"
    INVITATION.permit(action, situation_of(row, actor))
    if row.version != seen:
        raise Stale
    claim, paper = filing.of_invitation(connection, row.id)
    if claim is None or paper is None:
        raise NotNow("这份签约已经结束，不能再撤回应约。")
    advance(
        connection,
        filing.withdrawal(Situation(paper, actor, row.now)),
        Move(CLAIM, CLAIM_TABLE, "release", Situation(claim, actor, row.now)),
        Move(INVITATION, INVITATION_TABLE, action, situation_of(row, actor)),
    )


def note_opened(connection: Connection, actor: Actor, invitation_id: uuid.UUID) -> None:
    """Remember when the graduate looked, first and last; nothing else changes."""
    connection.execute(
        INVITATION_TABLE.update()
        .where(Invitation.id == invitation_id, sees_invitation(actor))
        .values(opened_at=func.coalesce(Invitation.opened_at, func.now()), seen_at=func.now())
    )


def _step(
    connection: Connection,
    actor: Actor,
    invitation_id: uuid.UUID,
    action: str,
    target: InvitationState,
    seen: int,
    values: Mapping[str, Any],
) -> None:
    row = load(connection, actor, invitation_id)
    if done_before(connection, row, action, actor, target):
        return
    situation = situation_of(row, actor)
    INVITATION.permit(action, situation)
    if row.version != seen:
        raise Stale
    facts = {name: value for name, value in values.items() if value is not None}
    advance(connection, Move(INVITATION, INVITATION_TABLE, action, situation, values, facts))


_HELD = (
    select(Claim.id, Claim.kind, Claim.title, Claim.invitation_id, Claim.graduate_id)
    .where(Claim.state.in_([state.value for state in HOLDING]))
    .subquery("held")
)


_HOLDER = case(
    (_HELD.c.id.is_(None), None),
    else_=func.jsonb_build_object(
        "id", _HELD.c.id, "kind", _HELD.c.kind, "title", _HELD.c.title, "invitation", _HELD.c.invitation_id
    ),
)
_LOADED = (
    select(
        Invitation,
        func.clock_timestamp().label("now"),
        Graduate.base_state,
        Graduate.training_mode,
        Graduate.college_id,
        School.stages,
        School.review_days,
        School.invitation_days_max,
        School.refusal_pause_days,
        School.code.label("school_code"),
        _HOLDER.label("holder"),
    )
    .join(Graduate, Graduate.id == Invitation.graduate_id)
    .join(School, School.id == Invitation.school_id)
    .outerjoin(_HELD, _HELD.c.graduate_id == Invitation.graduate_id)
)


def load(connection: Connection, actor: Actor, invitation_id: uuid.UUID) -> Row[Any]:
    """The invitation with all its guards look at, and the database's clock; :class:`NotFound` if not the actor's."""
    mine = _LOADED.where(Invitation.id == invitation_id, sees_invitation(actor))
    row = connection.execute(mine).one_or_none()
    if row is None:
        raise NotFound
    return row


def situation_of(row: Row[Any], actor: Actor) -> Situation:
    """What the invitation's guards see."""
    around = {
        "base_state": row.base_state,
        "training_mode": row.training_mode,
        "held": getattr(row, "holder", None),
    }
    return Situation(row, actor, row.now, around)
