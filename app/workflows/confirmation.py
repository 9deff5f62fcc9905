"""去向登记确认: a change of destination, archive or hukou asks the graduate to confirm again (guide, chapter 7)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from app.access import Actor
from app.db import table
from app.models import Confirmation, Graduate, Transfer, TransferState
from app.problems import NotNow, Stale
from app.workflows.advance import Act, Move, Opening, advance
from app.workflows.confirmation_machine import CONFIRMATION
from app.workflows.machine import Situation

CONFIRMATION_TABLE = table(Confirmation)
_DOUBTFUL = (
    select(Transfer.id)
    .where(Transfer.graduate_id == Confirmation.graduate_id, Transfer.state == TransferState.DOUBTFUL)
    .exists()
    .label("doubtful")
)


def _of(connection: Connection, graduate_id: uuid.UUID) -> Row[Any] | None:
    query = (
        select(Confirmation, Graduate.base_state, _DOUBTFUL, func.clock_timestamp().label("now"))
        .join(Graduate, Graduate.id == Confirmation.graduate_id)
        .where(Confirmation.graduate_id == graduate_id)
    )
    return connection.execute(query).one_or_none()


def renewal(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """The act that makes a confirmation of the graduate of the situation's row one to be renewed, if there is one."""
    row = _of(connection, situation.row.graduate_id)
    if row is None:
        return ()
    about = Situation(row, situation.actor, situation.now, situation.around)
    return (Move(CONFIRMATION, CONFIRMATION_TABLE, "renew", about),)


def renewed_by(connection: Connection, actor: Actor, graduate_id: uuid.UUID) -> tuple[Act, ...]:
    """The same where no row but the graduate is known yet."""
    row = _of(connection, graduate_id)
    return renewal(connection, Situation(row, actor, row.now)) if row is not None else ()


def and_renewal(connection: Connection, act: Any) -> tuple[Act, ...]:
    """Consequence of a step on a destination, archive or hukou: the step, and the confirmation to be renewed."""
    if isinstance(act, Opening):
        return (act, *renewed_by(connection, act.actor, act.values["graduate_id"]))
    return (act, *renewal(connection, act.situation))


def report(
    connection: Connection, actor: Actor, graduate_id: uuid.UUID, school_id: int, *, reported_on: date, system: str
) -> None:
    """上报: the graduate is to confirm. Nothing happens where that was asked before."""
    if _of(connection, graduate_id) is not None:
        return
    values = {
        "id": uuid.uuid4(),
        "school_id": school_id,
        "graduate_id": graduate_id,
        "reported_on": reported_on,
        "system": system,
    }
    advance(connection, Opening(CONFIRMATION, CONFIRMATION_TABLE, "report", actor, values, {"system": system}))


def confirm(connection: Connection, actor: Actor, *, seen: int) -> None:
    """信息无误，确认登记去向. ``seen`` is the version the graduate looked at.

    Raises :class:`NotNow` where nothing was reported, the base data are to be confirmed or archive and hukou to be
    checked first; :class:`~app.problems.Stale`.
    """
    row = _of(connection, actor.graduate_id) if actor.graduate_id is not None else None
    if row is None:
        raise NotNow("学校还没有上报你的去向，现在不能确认。")
    situation = Situation(row, actor, row.now, {"base_state": row.base_state, "doubtful": row.doubtful})
    CONFIRMATION.permit("confirm", situation)
    if row.version != seen:
        raise Stale
    advance(connection, Move(CONFIRMATION, CONFIRMATION_TABLE, "confirm", situation, {"confirmed_at": row.now}))
