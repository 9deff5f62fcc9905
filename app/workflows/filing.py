"""Filings (申报): handed in, decided desk by desk, or taken back. One mechanism for all kinds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from app import clock, workdays
from app.access import Actor, sees_filing
from app.db import table
from app.models import Claim, ClaimState, Filing, FilingState, Graduate, Review, School, Verdict
from app.problems import DecidedByOther, Invalid, NotAllowed, NotFound, NotNow, Problem, Stale
from app.workflows.advance import Act, Addition, Move, Opening, advance
from app.workflows.kinds import KINDS
from app.workflows.kinds.kind import Kind
from app.workflows.machine import Situation
from app.workflows.machines import DESKS, filing_machine, review_machine

FILING = table(Filing)
REVIEW = table(Review)
CLAIM_TABLE = table(Claim)
HOLD = timedelta(minutes=10)
"""How long an opened item is marked as being read by someone."""
STAGE_OF = {state.value: stage for stage, (state, _) in DESKS.items()}
REASON_LONGEST = 200


def stages_for(kind: str, stages: Mapping[str, list[str]]) -> tuple[str, ...]:
    """审核级别 of a kind by the school's setting."""
    return tuple(stages.get(kind) or stages["*"])


def opening(kind: Kind, situation: Situation, *, claim_id: uuid.UUID, form: Mapping[str, Any]) -> Opening:
    """The act that puts a filing on its first desk. The row carries stages, review_days and the graduate's college."""
    row = situation.row
    kind.may_open(situation)
    stages = stages_for(kind.name, row.stages)
    machine = review_machine(stages)
    values = {
        "id": uuid.uuid4(),
        "school_id": row.school_id,
        "class_year": row.class_year,
        "college_id": row.college_id,
        "graduate_id": row.graduate_id,
        "claim_id": claim_id,
        "kind": kind.name,
        "machine": machine.name,
        "stages": list(stages),
        "form": dict(form),
        "due_on": _due(situation, row.review_days),
    }
    return Opening(machine, FILING, "submit", situation.actor, values, {"kind": kind.name, "stage": stages[0]})


def undecided(state: str, stages: Sequence[str]) -> bool:
    """Whether the filing still lies on its first desk."""
    return state == DESKS[stages[0]][0]


def withdrawal(situation: Situation) -> Move:
    """The act that takes a filing back before any decision; raises :class:`NotNow` once a desk has decided."""
    if not undecided(situation.row.state, situation.row.stages):
        raise NotNow("已有一级审核通过，不能再撤回。请等审核结束。", state=situation.row.state)
    return Move(filing_machine(situation.row.machine), FILING, "withdraw", situation)


def decide(
    connection: Connection,
    actor: Actor,
    filing_id: uuid.UUID,
    verdict: Verdict,
    *,
    seen: int,
    reason: str | None = None,
) -> None:
    """A desk's decision: the filing moves on, the review is recorded, and at the end the kind takes effect or fails.

    Raises :class:`DecidedByOther` if another person was faster, :class:`NotNow` before one's turn or once the graduate
    took it back, :class:`Stale` if the text changed, :class:`Invalid` for a rejection without reason.
    """
    row = load(connection, actor, filing_id)
    stage = STAGE_OF.get(row.state)
    if _decided_alike(connection, row, actor, verdict):
        return
    if stage is None or DESKS[stage][1] is not actor.role:
        raise _not_this_desk(row, actor)
    if row.version != seen:
        raise Stale
    if verdict is not Verdict.APPROVE and not reason:
        raise Invalid.field("/reason", "请写明原因，毕业生和单位会看到。")
    situation = situation_of(row, actor)
    advance(connection, *_decision(connection, situation, stage, verdict, reason))


def _not_this_desk(row: Row[Any], actor: Actor) -> Problem:
    """Why somebody may not decide where the filing stands now."""
    mine = [stage for stage in row.stages if DESKS[stage][1] is actor.role]
    if not mine:
        return NotAllowed()
    if row.state == FilingState.WITHDRAWN:
        return NotNow("毕业生已撤回，这份材料不用再审。", state=row.state)
    stage = STAGE_OF.get(row.state)
    if stage is not None and row.stages.index(mine[0]) > row.stages.index(stage):
        return NotNow("前一级还没有审核，现在还没有轮到你。", state=row.state)
    return DecidedByOther(state=row.state)


def _decision(
    connection: Connection, situation: Situation, stage: str, verdict: Verdict, reason: str | None
) -> tuple[Act, ...]:
    row, kind = situation.row, KINDS[situation.row.kind]
    last = stage == row.stages[-1]
    if verdict is Verdict.APPROVE:
        kind.may_open(situation)
    values: dict[str, Any] = {"stage_since": situation.now, "holder_id": None, "held_until": None}
    if verdict is Verdict.APPROVE and not last:
        values["due_on"] = _due(situation, row.review_days)
    facts = {"kind": row.kind, "stage": stage, "round": row.round, "by": situation.actor.name}
    if reason:
        facts["reason"] = reason
    if verdict is Verdict.APPROVE and not last:
        facts["next"] = row.stages[row.stages.index(stage) + 1]
    move = Move(filing_machine(row.machine), FILING, verdict.value, situation, values, facts)
    review = {
        "filing_id": row.id,
        "round": row.round,
        "stage": stage,
        "verdict": verdict.value,
        "reason": reason,
        "account_id": situation.actor.id,
    }
    acts: tuple[Act, ...] = (move, Addition(REVIEW, review))
    if verdict is Verdict.REJECT:
        return acts + kind.fail(connection, situation, _claim(connection, row.claim_id))
    if last:
        return acts + kind.take_effect(connection, situation, _claim(connection, row.claim_id))
    return acts


def hold(connection: Connection, actor: Actor, filing_id: uuid.UUID) -> Any:
    """Mark an item as being read, for ten minutes; returns until when, or raises :class:`NotFound`.

    A courtesy to colleagues: someone else's running mark is left alone and no decision depends on it.
    """
    mine_or_free = or_(Filing.held_until.is_(None), Filing.held_until < func.now(), Filing.holder_id == actor.id)
    desks = [state.value for state, role in DESKS.values() if role is actor.role]
    connection.execute(
        FILING.update()
        .where(Filing.id == filing_id, sees_filing(actor), Filing.state.in_(desks), mine_or_free)
        .values(holder_id=actor.id, held_until=func.now() + HOLD)
    )
    row = connection.execute(select(Filing.held_until).where(Filing.id == filing_id, sees_filing(actor))).one_or_none()
    if row is None:
        raise NotFound
    return row.held_until


def let_go(connection: Connection, actor: Actor, filing_id: uuid.UUID) -> None:
    """Take one's own mark off."""
    connection.execute(
        FILING.update()
        .where(Filing.id == filing_id, Filing.holder_id == actor.id)
        .values(holder_id=None, held_until=None)
    )


def of_invitation(connection: Connection, invitation_id: uuid.UUID) -> tuple[Row[Any] | None, Row[Any] | None]:
    """The claim in review that came of an invitation, and its filing."""
    claim = connection.execute(
        select(Claim).where(Claim.invitation_id == invitation_id, Claim.state == ClaimState.IN_REVIEW)
    ).one_or_none()
    if claim is None:
        return None, None
    paper = connection.execute(
        select(Filing).where(Filing.claim_id == claim.id).order_by(Filing.submitted_at.desc()).limit(1)
    ).one_or_none()
    return claim, paper


def load(connection: Connection, actor: Actor, filing_id: uuid.UUID) -> Row[Any]:
    """The filing with what its guards look at, and the database's clock; :class:`NotFound` if not for this desk."""
    deciders = (
        select(func.array_agg(Review.account_id))
        .where(Review.filing_id == Filing.id, Review.round == Filing.round)
        .scalar_subquery()
    )
    row = connection.execute(
        select(
            Filing,
            func.clock_timestamp().label("now"),
            Graduate.base_state,
            Graduate.training_mode,
            School.review_days,
            School.one_person_levels,
            School.code.label("school_code"),
            deciders.label("deciders"),
        )
        .join(Graduate, Graduate.id == Filing.graduate_id)
        .join(School, School.id == Filing.school_id)
        .where(Filing.id == filing_id, sees_filing(actor))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def situation_of(row: Row[Any], actor: Actor) -> Situation:
    """What the filing's guards see."""
    around = {
        "base_state": row.base_state,
        "training_mode": row.training_mode,
        "one_person_levels": row.one_person_levels,
        "school_code": row.school_code,
        "deciders": tuple(row.deciders or ()),
    }
    return Situation(row, actor, row.now, around)


def _claim(connection: Connection, claim_id: uuid.UUID) -> Row[Any]:
    return connection.execute(select(Claim).where(Claim.id == claim_id)).one()


def _due(situation: Situation, review_days: int) -> Any:
    return workdays.after(clock.beijing(situation.now).date(), review_days)


def _decided_alike(connection: Connection, row: Row[Any], actor: Actor, verdict: Verdict) -> bool:
    """Whether this person already gave this verdict on this round, so that a second click is a success."""
    desks = [stage for stage, (_, role) in DESKS.items() if role is actor.role]
    same = select(Review.id).where(
        Review.filing_id == row.id,
        Review.round == row.round,
        Review.stage.in_(desks),
        Review.account_id == actor.id,
        Review.verdict == verdict.value,
    )
    return connection.execute(same).first() is not None


OPEN_STATES = tuple(state for state, _ in DESKS.values())
"""States in which some desk has the filing."""
