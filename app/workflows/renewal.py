"""A change of destination, archive or hukou asks the graduate to confirm again (去向登记确认; guide, chapter 7)."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, func, select

from app.access import Actor
from app.db import table
from app.models import Confirmation
from app.workflows.advance import Act, Move, Opening
from app.workflows.confirmation_machine import CONFIRMATION
from app.workflows.machine import Situation

CONFIRMATION_TABLE = table(Confirmation)


def _of(connection: Connection, graduate_id: uuid.UUID) -> Row[Any] | None:
    query = select(Confirmation, func.clock_timestamp().label("now")).where(Confirmation.graduate_id == graduate_id)
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
