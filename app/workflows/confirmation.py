"""去向登记确认: what the school has reported is confirmed by the graduate (guide, chapter 7)."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, text

from app.access import Actor
from app.models import ClaimState, TransferState
from app.models.columns import in_states
from app.problems import NotNow, Stale
from app.schemas.receivers import UNCERTAIN
from app.workflows import filing_rows
from app.workflows.advance import Move, advance
from app.workflows.confirmation_machine import CONFIRMATION
from app.workflows.machine import Situation
from app.workflows.renewal import CONFIRMATION_TABLE
from app.workflows.transfer_rows import HUKOU, MATTERS, Matter

# What a confirmation stands on: base data, the destination in effect, what is registered, which modules are on.
_OF = text(f"""
    SELECT f.*, g.base_state, g.hukou_moved, clock_timestamp() AS now, {filing_rows.MODULES} AS modules,
        (SELECT to_json(h) FROM (SELECT c.id, c.batch_id, c.form->>'archive_transfer' AS archive,
                c.form->>'hukou_transfer' AS hukou
            FROM claim c WHERE c.graduate_id = g.id AND c.{in_states(ClaimState.EFFECTIVE)}) h) AS claim,
        (SELECT coalesce(json_object_agg(t.lane, t.state), '{{}}') FROM transfer t
            WHERE t.graduate_id = g.id) AS records
    FROM confirmation f JOIN graduate g ON g.id = f.graduate_id WHERE f.graduate_id = :graduate
""")  # noqa: S608  (only constants)


def _of(connection: Connection, graduate_id: uuid.UUID) -> Row[Any] | None:
    return connection.execute(_OF, {"graduate": graduate_id}).one_or_none()


def situation_of(row: Row[Any], actor: Actor) -> Situation:
    """A confirmation's row as guards look at it."""
    around = {
        "base_state": row.base_state,
        "claim": row.claim,
        "doubtful": TransferState.DOUBTFUL in row.records.values(),
        "unsettled": [matter.title for matter in MATTERS.values() if _unsettled(row, matter)],
    }
    return Situation(row, actor, row.now, around)


def _unsettled(row: Row[Any], matter: Matter) -> bool:
    """暂不确定 at signing, nothing registered since, and the module is on; the hukou only where it was moved."""
    return (
        row.claim is not None
        and row.claim[matter.lane] == UNCERTAIN
        and row.records.get(matter.lane, TransferState.LAPSED) == TransferState.LAPSED
        and row.modules.get(matter.module) == "open"
        and (matter is not HUKOU or row.hukou_moved is True)
    )


def confirm(connection: Connection, actor: Actor, *, seen: int) -> None:
    """信息无误，确认登记去向. ``seen`` is the version the graduate looked at.

    Raises :class:`NotNow` where nothing was reported or what was reported is not what holds now, the base data are to
    be confirmed, archive and hukou to be settled or checked first; :class:`~app.problems.Stale`.
    """
    row = _of(connection, actor.graduate_id) if actor.graduate_id is not None else None
    if row is None:
        raise NotNow("学校还没有上报你的去向，现在不能确认。")
    situation = situation_of(row, actor)
    CONFIRMATION.permit("confirm", situation)
    if row.version != seen:
        raise Stale
    advance(connection, Move(CONFIRMATION, CONFIRMATION_TABLE, "confirm", situation, {"confirmed_at": row.now}))
