"""申请作废去向: a registered destination that was reported already is voided after review (docs/rules.md, 作废)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.models import ClaimState, Lane, ModuleName
from app.schemas.reasons import ReasonForm
from app.workflows import destination
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order, module_open
from app.workflows.kind import Effects, Kind, Words
from app.workflows.machine import Situation
from app.workflows.void_guards import by_review


def _take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    return (destination.moved(situation, "void", {}, {"reason": situation.row.form.get("reason")}),)


def _subject(form: Mapping[str, Any], variant: str | None) -> str:
    return "作废已登记的去向"


DESTINATION_VOID = Kind(
    name="destination_void",
    title="申请作废去向",
    lane=Lane.CLAIM,
    way=Way.ENTRY,
    words=Words("原去向已作废，可以重新登记去向。", "原去向仍然有效。有疑问请联系学校就业部门。", "已作废"),
    form=lambda variant: ReasonForm(),
    subject=_subject,
    effects=Effects(take_effect=_take_effect),
    module=ModuleName.DESTINATION,
    about=(ClaimState.EFFECTIVE,),
    of_kinds=frozenset({"other_destination"}),
    guards=(module_open(ModuleName.DESTINATION), base_in_order, by_review),
    pin=True,
    explained="去向有变化：说明原因，学校审核后原去向作废，再登记新的。",
    reject_reasons=("请先说明新的去向。", "经核实，原去向没有变化。"),
)
KINDS = (DESTINATION_VOID,)
