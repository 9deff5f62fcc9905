"""What a destination's steps bring about for archive, hukou and confirmation, whatever kind of filing takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, select, text

from app.models import TransferSource, TransferState
from app.models.columns import in_states
from app.models.filing import AT_DESKS, EDITABLE
from app.workflows import transfer_rows
from app.workflows.advance import Act, Move
from app.workflows.renewal import and_renewal
from app.workflows.transfer_rows import HUKOU, MATTERS, TRANSFER_TABLE, Matter

_LOOK = text(f"""
    SELECT g.hukou_moved, {transfer_rows.OFFICE} AS office, {transfer_rows.RECORDS} AS records,
        ARRAY(SELECT m.name FROM module m WHERE m.school_id = g.school_id AND m.class_year = g.class_year
            AND m.opens_at <= clock_timestamp() AND (m.closes_at IS NULL OR m.closes_at > clock_timestamp())) AS open,
        ARRAY(SELECT DISTINCT f.lane FROM filing f WHERE f.graduate_id = g.id
            AND f.{in_states(*AT_DESKS, *EDITABLE)}) AS filing
    FROM graduate g WHERE g.id = :graduate
""")  # noqa: S608  (only constants)


def takes_effect(connection: Connection, act: Move) -> tuple[Act, ...]:
    """生效: what it says of archive and hukou is registered in an open module where nothing is yet; where something
    is, the graduate is asked to take it over (``take_over`` in the event). 暂不确定 says nothing."""
    claim = act.situation.row
    look = connection.execute(_LOOK, {"graduate": claim.graduate_id}).one()
    copied, left = [], []
    form = act.values.get("form") or claim.form
    for matter, said in _said(look, form):
        if matter.module not in look.open:
            continue
        if matter.lane in look.records or matter.lane in look.filing:
            left.append(matter.title)
        else:
            copied.append(
                transfer_rows.registration(
                    matter, claim, act.situation.actor, said, TransferSource.COPIED, claim_id=claim.id
                )
            )
    if left:
        act = replace(act, facts={**act.facts, "take_over": "、".join(left)})
    return (*and_renewal(connection, act), *copied)


def _said(look: Row[Any], form: Any) -> Iterator[tuple[Matter, dict[str, Any]]]:
    """What the destination says of archive and hukou; of the hukou only where it was moved to the school."""
    office = transfer_rows.office_of(look.office)
    for matter in MATTERS.values():
        said = matter.of_destination(form, office)
        if said is not None and (matter is not HUKOU or look.hukou_moved is True):
            yield matter, said


def amended(connection: Connection, act: Move) -> tuple[Act, ...]:
    """补充、更正: what was reported is no longer what the destination says (待更新上报)."""
    return and_renewal(connection, replace(act, values={**act.values, "batch_id": None}))


def ends(connection: Connection, act: Move) -> tuple[Act, ...]:
    """解约、作废: what was copied from it stays valid and is to be checked (来源去向已失效，请核对)."""
    query = select(TRANSFER_TABLE).where(
        TRANSFER_TABLE.c.claim_id == act.situation.row.id, TRANSFER_TABLE.c.state == TransferState.ACTIVE
    )
    records = [SimpleNamespace(**row._mapping) for row in connection.execute(query)]
    doubts = (transfer_rows.moved(record, "doubt", act.situation) for record in records)
    return (*and_renewal(connection, act), *doubts)
