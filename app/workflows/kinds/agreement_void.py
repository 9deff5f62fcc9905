"""作废协议书: a generated agreement that will not be signed is given up (docs/rules.md, 线下签约)."""

from __future__ import annotations

from sqlalchemy import Connection

from app.models import ClaimState, Lane
from app.schemas.stamped import VoidForm
from app.workflows import destination
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order
from app.workflows.kind import Effects, Kind, Words
from app.workflows.machine import Situation


def _void(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """The lane is free again; the number stays with the void claim, so that nobody is ever given it again."""
    return (destination.moved(situation, "void", facts={"reason": situation.row.form.get("reason")}),)


AGREEMENT_VOID = Kind(
    name="agreement_void",
    title="作废协议书",
    lane=Lane.CLAIM,
    way=Way.ENTRY,
    words=Words(
        "协议书已作废，协议编号失效。现在可以另选去向。",
        "协议书没有作废，仍然有效，请盖章后回传。",
        "已作废",
    ),
    form=lambda variant: VoidForm(),
    subject=lambda form, variant: "",
    effects=Effects(take_effect=_void),
    about=(ClaimState.AGREEMENT_GENERATED,),
    guards=(base_in_order,),
    levels=("school",),
    pin=True,
    steps_after=("作废",),
    explained="协议书已生成，但不再和这家单位签约：说明原因，学校确认后作废，才能另选去向。",
    reject_reasons=("与单位仍有约定，请先协商。", "请先上传单位的说明，再申请作废。"),
)
KINDS = (AGREEMENT_VOID,)
