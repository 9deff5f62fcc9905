"""作废 of a registered destination by its graduate: at once while it is the graduate's affair alone, reviewed once the
school has reported it (guide, chapter 4.6; docs/rules.md, 作废)."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, text

from app.access import Actor
from app.models import ClaimState, Lane
from app.models.columns import in_states
from app.models.filing import AT_DESKS
from app.problems import NotFound, NotNow, Problem, UnderReview
from app.workflows import destination
from app.workflows.advance import advance
from app.workflows.claim_machine import CLAIM
from app.workflows.filing_rows import claim_of, person, situation_of, stale
from app.workflows.guards import base_confirmed, module_open
from app.workflows.kinds import KINDS
from app.workflows.machine import Situation
from app.workflows.repeats import done_before
from app.workflows.void_guards import directly

_UNDER_REVIEW = text(
    f"SELECT kind FROM filing WHERE claim_id = :claim AND lane = '{Lane.CLAIM.value}' AND {in_states(*AT_DESKS)}"  # noqa: S608
)


def obstacle(situation: Situation, under_review: str | None) -> Problem | None:
    """What stands in the way of 作废 without review: as for any act, the base data to be confirmed first; the module of
    the destination's kind not open; a review that the school asks for; a filing of the kind ``under_review`` about it,
    which could be neither approved nor of any use any more."""
    module = KINDS[situation.around["claim"].kind].module
    guards = (base_confirmed, *((module_open(module),) if module is not None else ()), directly)
    problem = next((problem for guard in guards if (problem := guard.refusal(situation)) is not None), None)
    if problem is None and under_review is not None:
        title = KINDS[under_review].title
        return UnderReview(f"这份去向的「{title}」正在审核。请先撤回修改，或等审核结束，再作废。")
    return problem


def void(connection: Connection, actor: Actor, claim_id: uuid.UUID, *, seen: int, reason: str) -> None:
    """作废 by the graduate, without review; the lane is free for another destination.

    Raises :class:`NotFound`, :class:`NotNow` where it takes a review or the claim is no such destination,
    :class:`~app.problems.Stale`.
    """
    if actor.graduate_id is None:
        raise NotFound
    row = person(connection, actor, actor.graduate_id)
    claim = claim_of(connection, claim_id, actor.graduate_id)
    if claim is None:
        raise NotFound
    if done_before(connection, claim, "void", actor, ClaimState.VOIDED):
        return
    if not KINDS[claim.kind].voidable:
        raise NotNow("签约的去向不能作废。不再去这家单位的，请与单位商定后解约。")
    situation = situation_of(row, actor, claim)
    if claim.state != ClaimState.EFFECTIVE:
        raise CLAIM.not_now(claim.state)
    if (problem := obstacle(situation, connection.scalar(_UNDER_REVIEW, {"claim": claim.id}))) is not None:
        raise problem
    if claim.version != seen:
        raise stale(connection, claim, seen)
    facts = {"reason": reason, "what": KINDS[claim.kind].title, "subject": claim.title}
    advance(connection, destination.moved(situation, "void", {}, facts))
