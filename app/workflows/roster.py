"""基本信息: what the school uploaded is confirmed by the graduate, again after each correction (guide, chapter 3)."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, Executable, Table, bindparam, func, select

from app.access import Actor
from app.models import BaseState, Graduate
from app.problems import NotFound, Stale
from app.workflows.advance import Move, advance
from app.workflows.machine import Situation
from app.workflows.repeats import done_before
from app.workflows.roster_machine import BASE_DATA

GRADUATE: Table = Graduate.metadata.tables["graduate"]

_OWN: Executable = select(
    Graduate.id,
    Graduate.school_id,
    Graduate.version,
    Graduate.base_state,
    Graduate.base_state.label("state"),
    func.clock_timestamp().label("now"),
).where(Graduate.id == bindparam("graduate"))


def confirm_base_data(connection: Connection, actor: Actor, *, seen: int) -> None:
    """信息确认无误，进入系统. ``seen`` is the version the graduate looked at.

    Raises :class:`Stale` when the school has changed something since, and :class:`~app.problems.NotNow` when there is
    nothing to confirm.
    """
    row = connection.execute(_OWN, {"graduate": _own_id(actor)}).one_or_none()
    if row is None:
        raise NotFound
    situation = Situation(row, actor, row.now)
    if done_before(connection, row, "confirm", actor, BaseState.CONFIRMED):
        return
    BASE_DATA.permit("confirm", situation)
    if row.version != seen:
        raise Stale
    advance(connection, Move(BASE_DATA, GRADUATE, "confirm", situation, {"confirmed_at": row.now}))


def _own_id(actor: Actor) -> uuid.UUID:
    if actor.graduate_id is None:
        raise NotFound
    return actor.graduate_id
