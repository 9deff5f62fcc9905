"""线上解约: one party of an effective online signing asks to end it, the other answers (guide, chapter 4.2)."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, text

from app.access import Actor, Role
from app.codes.tables import label
from app.db import table
from app.models import Claim, Termination, TerminationState
from app.problems import NotFound, Problem, Stale
from app.workflows import filing
from app.workflows.advance import Move, Opening, advance
from app.workflows.claim_machine import CLAIM
from app.workflows.filing_rows import TERMINATIONS
from app.workflows.kinds.online_termination import ONLINE_TERMINATION
from app.workflows.machine import Possibility, Situation
from app.workflows.repeats import done_before
from app.workflows.termination_machine import TERMINATION

TERMINATION_TABLE = table(Termination)
CLAIM_TABLE = table(Claim)

AROUND = f"g.base_state, s.terminations_max, {TERMINATIONS} AS terminations"
"""Beside graduate ``g`` and school ``s``: what the machine's guards look at."""
_PERSON = f"g.college_id, s.stages, s.review_days, {AROUND}, clock_timestamp() AS now"
_PARTY = "(c.graduate_id = :graduate OR i.employer_id = :employer)"
_CLAIM = text(f"""
    SELECT c.*, i.employer_id, {_PERSON}
    FROM claim c JOIN invitation i ON i.id = c.invitation_id JOIN graduate g ON g.id = c.graduate_id
        JOIN school s ON s.id = c.school_id
    WHERE c.id = :id AND {_PARTY}
""")  # noqa: S608  (only constants)
_ONE = text(f"""
    SELECT t.*, c.title, row_to_json(c) AS claim, {_PERSON}
    FROM termination t JOIN claim c ON c.id = t.claim_id JOIN graduate g ON g.id = t.graduate_id
        JOIN school s ON s.id = t.school_id
    WHERE t.id = :id AND (t.graduate_id = :graduate OR t.employer_id = :employer OR t.school_id = :school)
""")  # noqa: S608


def scope(actor: Actor) -> dict[str, Any]:
    """Whose rows: exactly one of the three is set; NULL equals nothing."""
    return {
        "graduate": actor.graduate_id if actor.role is Role.GRADUATE else None,
        "employer": actor.employer_id if actor.role is Role.EMPLOYER else None,
        "school": actor.school_id if actor.role is Role.SCHOOL else None,
    }


def request(connection: Connection, actor: Actor, claim_id: uuid.UUID, *, reason: str, note: str | None) -> uuid.UUID:
    """申请解约 by either party; the claim is ``terminating`` from now. Returns the id.

    Raises :class:`NotFound` for who is no party of an online signing, :class:`~app.problems.NotNow` unless it is
    effective, for an unconfirmed graduate, and past the school's ``terminations_max``.
    """
    row = connection.execute(_CLAIM, {"id": claim_id, **scope(actor)}).one_or_none()
    if row is None:
        raise NotFound
    situation = situation_of(row, actor)
    CLAIM.permit("begin_ending", situation)
    if (problem := _obstacle(situation)) is not None:
        raise problem
    values = {
        "id": uuid.uuid4(),
        "school_id": row.school_id,
        "class_year": row.class_year,
        "graduate_id": row.graduate_id,
        "claim_id": row.id,
        "employer_id": row.employer_id,
        "started_by": actor.role.value,
        "reason": reason,
        "note": note,
    }
    why = reason_in_words(reason, note)
    facts = {"started_by": actor.role.value, "reason": why, "what": ONLINE_TERMINATION.title, "subject": row.title}
    advance(
        connection,
        Move(CLAIM, CLAIM_TABLE, "begin_ending", situation, {}, {"reason": why}),
        Opening(TERMINATION, TERMINATION_TABLE, "request", actor, values, facts),
    )
    return uuid.UUID(str(values["id"]))


def _obstacle(situation: Situation) -> Problem | None:
    problems = (guard.refusal(situation) for guard in TERMINATION.opening("request").guards)
    return next((problem for problem in problems if problem is not None), None)


def possible_request(row: Any, actor: Actor) -> Possibility:
    """Whether a party may ask to end the effective claim of the row (with :data:`AROUND`), or why not."""
    problem = _obstacle(situation_of(row, actor))
    label_of = TERMINATION.opening("request").label
    return Possibility("terminate", label_of, problem is None, problem.detail if problem else None)


def possible(row: Any, actor: Actor) -> list[Possibility]:
    """What the actor may do with a termination, or why not; what only the other party ever does is left out."""
    mine = ("cancel", "ask_help") if actor.role.value == row.started_by else ("accept", "refuse")
    found = TERMINATION.allowed(situation_of(row, actor))
    return [item for item in found if actor.role is Role.SCHOOL or item.action in mine]


def reason_in_words(reason: str, note: str | None) -> str:
    """「升学：已被录取」."""
    return f"{label('termination_reason', reason)}：{note}" if note else label("termination_reason", reason)


def accept(connection: Connection, actor: Actor, termination_id: uuid.UUID, *, seen: int) -> None:
    """同意解约 by the other party: the offices decide next."""
    _agreed(connection, actor, termination_id, "accept", TerminationState.ACCEPTED, seen, None)


def refuse(
    connection: Connection, actor: Actor, termination_id: uuid.UUID, *, seen: int, reason: str | None = None
) -> None:
    """拒绝解约 by the other party: the signing stays effective."""
    _kept(connection, actor, termination_id, "refuse", TerminationState.REFUSED, seen, reason)


def cancel(connection: Connection, actor: Actor, termination_id: uuid.UUID, *, seen: int) -> None:
    """撤销申请 by the starter while the other party has not answered."""
    _kept(connection, actor, termination_id, "cancel", TerminationState.CANCELLED, seen, None)


def ask_help(connection: Connection, actor: Actor, termination_id: uuid.UUID, *, seen: int) -> None:
    """请学校协助 by the starter after fifteen days without an answer. Nothing changes for the other party."""
    row = load(connection, actor, termination_id)
    if row.help_asked_at is not None and done_before(connection, row, "ask_help", actor, TerminationState.PENDING):
        return
    situation = _permitted(row, actor, "ask_help", seen)
    values = {"help_asked_at": situation.now}
    advance(connection, Move(TERMINATION, TERMINATION_TABLE, "ask_help", situation, values, _facts(row)))


def settle(
    connection: Connection, actor: Actor, termination_id: uuid.UUID, *, seen: int, agreed: bool, note: str
) -> None:
    """The school, asked to help, says after talking to both whether it goes to review or the signing stays.

    ``note`` is the proof: with whom it spoke, what they said.
    """
    if agreed:
        _agreed(connection, actor, termination_id, "settle", TerminationState.SETTLED, seen, note)
    else:
        _kept(connection, actor, termination_id, "settle_refused", TerminationState.DISMISSED, seen, note)


def load(connection: Connection, actor: Actor, termination_id: uuid.UUID) -> Row[Any]:
    """The row with what its guards look at; :class:`NotFound` for all but its parties and its school."""
    row = connection.execute(_ONE, {"id": termination_id, **scope(actor)}).one_or_none()
    if row is None:
        raise NotFound
    return row


def _permitted(row: Row[Any], actor: Actor, action: str, seen: int) -> Situation:
    situation = situation_of(row, actor)
    TERMINATION.permit(action, situation)
    if row.version != seen:
        raise Stale
    return situation


def situation_of(row: Any, actor: Actor) -> Situation:
    """What the machine's guards see of a row with :data:`AROUND` and ``now``."""
    around = {
        "base_state": row.base_state,
        "terminations_max": row.terminations_max,
        "terminations": row.terminations,
    }
    return Situation(row, actor, row.now, around)


def _facts(row: Row[Any], **more: Any) -> dict[str, Any]:
    facts = {"started_by": row.started_by, "what": ONLINE_TERMINATION.title, "subject": row.title, **more}
    return {name: value for name, value in facts.items() if value is not None}


def _agreed(
    connection: Connection,
    actor: Actor,
    termination_id: uuid.UUID,
    action: str,
    target: TerminationState,
    seen: int,
    note: str | None,
) -> None:
    """The termination goes to the offices, in one statement with its filing."""
    row = load(connection, actor, termination_id)
    if done_before(connection, row, action, actor, target):
        return
    situation = _permitted(row, actor, action, seen)
    form = {"reason": row.reason, "note": row.note}
    paper = filing.opening(ONLINE_TERMINATION, situation, claim_id=row.claim_id, form=form, subject=row.title)
    values = {"answered_at": situation.now, "answer": note, "filing_id": paper.values["id"]}
    advance(
        connection,
        Move(TERMINATION, TERMINATION_TABLE, action, situation, values, _facts(row, reason=note)),
        paper,
    )


def _kept(
    connection: Connection,
    actor: Actor,
    termination_id: uuid.UUID,
    action: str,
    target: TerminationState,
    seen: int,
    reason: str | None,
) -> None:
    """The termination ends and the claim is effective again, in one statement."""
    row = load(connection, actor, termination_id)
    if done_before(connection, row, action, actor, target):
        return
    situation = _permitted(row, actor, action, seen)
    values = {"answered_at": situation.now, "answer": reason}
    advance(
        connection,
        Move(TERMINATION, TERMINATION_TABLE, action, situation, values, _facts(row, reason=reason)),
        Move(CLAIM, CLAIM_TABLE, "keep", Situation(_claim(row), actor, row.now), {}, {"kind": ONLINE_TERMINATION.name}),
    )


def _claim(row: Row[Any]) -> Any:
    names = ("id", "state", "version", "school_id", "graduate_id")
    return SimpleNamespace(**{name: row.claim[name] for name in names})
