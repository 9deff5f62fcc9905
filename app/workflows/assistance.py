"""代修改: an office goes on with what a graduate has begun, or was returned (docs/rules.md, 审核)."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection

from app.access import Actor
from app.models.filing import EDITABLE
from app.problems import NotNow
from app.workflows.advance import Move, advance
from app.workflows.filing import FILING, facts_of
from app.workflows.filing_machine import filing_machine
from app.workflows.filing_rows import load, situation_of, stale
from app.workflows.kinds import KINDS


def assist(connection: Connection, actor: Actor, filing_id: uuid.UUID, *, seen: int, reason: str) -> None:
    """代修改: an office goes on with a draft or with what was returned, on the graduate's behalf. Nothing changes by it
    but who may write; the graduate is told why and may write as before.

    Raises :class:`NotNow`, :class:`~app.problems.Stale`.
    """
    row = load(connection, actor, filing_id, drafts=True)
    kind = KINDS[row.kind]
    if row.state in EDITABLE and row.filed_by == actor.id:
        return
    if actor.role not in kind.by or kind.pin:
        raise NotNow("这件事须由当事人自己确认，学校不能代办。", state=row.state)
    situation = situation_of(row, actor)
    machine = filing_machine(row.machine)
    machine.permit("assist", situation)
    if row.version != seen:
        raise stale(connection, row, seen)
    facts = facts_of(kind, row, actor, reason=reason)
    advance(connection, Move(machine, FILING, "assist", situation, {"filed_by": actor.id}, facts))
