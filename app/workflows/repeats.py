"""A second click is answered as success: what the same actor already did, with the same outcome, is not refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from app.access import Actor
from app.models import Event


def done_before(connection: Connection, row: Row[Any], action: str, actor: Actor, target: str) -> bool:
    """Whether the row already stands at ``target`` because this actor's ``action`` was its last event.

    Asks the database only where the state already is the wanted one, so the usual path pays nothing.
    """
    if row.state != target:
        return False
    last = connection.execute(
        select(Event.action, Event.actor_id).where(Event.subject == row.id).order_by(Event.version.desc()).limit(1)
    ).one_or_none()
    return last is not None and last.action == action and last.actor_id == actor.id
