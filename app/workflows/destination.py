"""The lane of destinations: what filings do to the claim that holds it, whatever the route (docs/rules.md)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.db import table
from app.models import Claim
from app.workflows.advance import Act, Move, Opening
from app.workflows.claim_machine import CLAIM
from app.workflows.kind import Begun, Effects
from app.workflows.machine import Situation

CLAIM_TABLE = table(Claim)


def moved(
    situation: Situation, action: str, values: Mapping[str, Any] | None = None, facts: Mapping[str, Any] | None = None
) -> Move:
    """The claim that the filing is about takes a step."""
    claim = situation.around["claim"]
    about = Situation(claim, situation.actor, situation.now, situation.around)
    return Move(CLAIM, CLAIM_TABLE, action, about, values or {}, {"kind": claim.kind, **(facts or {})})


def begin(connection: Connection, situation: Situation) -> Begun:
    """Take the lane: by a new claim, or by the one that was given back when the filing was taken back or returned."""
    row = situation.row
    data = {"title": situation.around["subject"], "variant": row.variant, "form": row.form}
    if situation.around.get("claim") is not None:
        return Begun((moved(situation, "resume", data),))
    claim_id = uuid.uuid4()
    values = {
        "id": claim_id,
        "school_id": row.school_id,
        "class_year": row.class_year,
        "graduate_id": row.graduate_id,
        "kind": row.kind,
        **data,
    }
    opening = Opening(CLAIM, CLAIM_TABLE, "open", situation.actor, values, {"kind": row.kind})
    return Begun((opening,), {"claim_id": claim_id})


def give_back(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """A draft or returned filing never holds the lane."""
    return (moved(situation, "release"),)


def fail(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """不通过: the lane is free, a new filing must be made."""
    return (moved(situation, "fail"),)


def settled(
    situation: Situation,
    code: str,
    values: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Move:
    """The destination holds: with its code (毕业去向代码), the data as approved, and what the kind adds."""
    row = situation.row
    data = {
        "destination_code": code,
        "effective_at": situation.now,
        "title": situation.around["subject"],
        "variant": row.variant,
        "form": row.form,
        **(values or {}),
    }
    return moved(situation, "take_effect", data, facts)


def effects(take_effect: Any) -> Effects:
    """The effects of a kind that brings a destination about."""
    return Effects(begin, give_back, fail, take_effect)
