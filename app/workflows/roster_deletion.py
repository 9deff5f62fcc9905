"""Base data (基本信息) deleted by the school, and what comes back with a new upload (docs/rules.md, 删除基本信息).

Archive and hukou lapse; a destination that stands is suspended, which takes a second person, and is restored when the
same 考生号 of the class is uploaded again within :data:`RESTORED_WITHIN`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, text

from app.access import Actor
from app.db import table
from app.models import Claim, ClaimState, DeletionRequest, TransferState
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.models.filing import AT_DESKS
from app.problems import NotFound, NotNow
from app.workflows import transfer_rows
from app.workflows.advance import Act, Move, advance, advance_many
from app.workflows.claim_machine import CLAIM
from app.workflows.machine import Situation
from app.workflows.roster import GRADUATE
from app.workflows.roster_machine import BASE_DATA

RESTORED_WITHIN = timedelta(days=30)

_LOOK = text(f"""
    SELECT g.id, g.school_id, g.version, g.base_state, g.name, clock_timestamp() AS now,
        (SELECT to_json(c) FROM claim c WHERE c.graduate_id = g.id AND c.{in_states(*HOLDING)}) AS claim,
        {transfer_rows.RECORDS} AS transfers,
        EXISTS (SELECT FROM filing f WHERE f.graduate_id = g.id AND f.{in_states(*AT_DESKS)}) AS at_desk,
        (SELECT to_json(d) FROM deletion_request d WHERE d.graduate_id = g.id) AS request
    FROM graduate g WHERE g.id = :id AND g.school_id = :school FOR UPDATE OF g
""")  # noqa: S608  (only constants)


def delete_base_data(connection: Connection, actor: Actor, graduate_id: uuid.UUID, reason: str) -> bool:
    """Delete; or, where a destination stands, ask for the second person. Returns whether it is done.

    Raises :class:`NotFound`, and :class:`NotNow` while anything is under review, being signed or being ended.
    """
    row = _found(connection, actor, graduate_id)
    if row.claim is None:
        _carry_out(connection, actor, row, {"reason": reason})
        return True
    if row.request is None:
        connection.execute(insert(DeletionRequest).values(graduate_id=row.id, reason=reason, asked_by=actor.id))
    return False


def confirm_deletion(connection: Connection, actor: Actor, graduate_id: uuid.UUID) -> None:
    """The second person agrees: the destination is suspended. Raises :class:`NotNow` for the person who asked."""
    row = _found(connection, actor, graduate_id)
    if row.request is None:
        raise NotNow("没有等待确认的删除申请。")
    if row.request["asked_by"] == str(actor.id):
        raise NotNow("删除申请是你提出的，须由另一位老师确认。")
    _carry_out(connection, actor, row, {"reason": row.request["reason"], "asked_by": row.request["asked_by"]})


def _found(connection: Connection, actor: Actor, graduate_id: uuid.UUID) -> Row[Any]:
    row = connection.execute(_LOOK, {"id": graduate_id, "school": actor.school_id}).one_or_none()
    if row is None:
        raise NotFound
    BASE_DATA.permit("delete", Situation(row, actor, row.now))
    if row.claim is not None and row.claim["state"] != ClaimState.EFFECTIVE:
        raise NotNow(f"「{row.claim['title']}」还没有办完（审核中、等盖章或解约中），办完以后才能删除基本信息。")
    if row.at_desk:
        raise NotNow("还有材料正在审核，审核结束以后才能删除基本信息。")
    return row


def _carry_out(connection: Connection, actor: Actor, row: Row[Any], facts: dict[str, Any]) -> None:
    situation = Situation(row, actor, row.now)
    acts: list[Act] = [Move(BASE_DATA, GRADUATE, "delete", situation, {"confirmed_at": None}, facts)]
    if row.claim is not None:
        about = Situation(SimpleNamespace(**row.claim), actor, row.now)
        acts.append(Move(CLAIM, table(Claim), "suspend", about, {}, {"kind": row.claim["kind"]}))
    acts += [
        transfer_rows.moved(SimpleNamespace(**record), "lapse", situation)
        for record in row.transfers.values()
        if record["state"] != TransferState.LAPSED
    ]
    advance(connection, *acts)
    connection.execute(delete(DeletionRequest).where(DeletionRequest.graduate_id == row.id))


_SUSPENDED = text("""
    SELECT c.id, d.at >= now() - CAST(:within AS interval) AS in_time FROM claim c
    CROSS JOIN LATERAL (SELECT e.at FROM event e WHERE e.subject = c.graduate_id AND e.name = 'base_data.deleted'
        ORDER BY e.version DESC LIMIT 1) d
    WHERE c.graduate_id = ANY(:graduates) AND c.state = 'suspended'
""")


def restore_claims(connection: Connection, actor: Actor, graduates: Sequence[uuid.UUID]) -> None:
    """What the return of base data means for the destinations that were suspended with them: in time they hold again,
    later they have ended."""
    parameters = {"graduates": list(graduates), "within": RESTORED_WITHIN}
    rows = connection.execute(_SUSPENDED, parameters).all()
    for action, in_time in (("restore", True), ("lapse", False)):
        claims = [row.id for row in rows if row.in_time is in_time]
        if claims:
            advance_many(connection, CLAIM, table(Claim), action, claims, actor, source=ClaimState.SUSPENDED)
