"""线下解约: a paper agreement ends by the employer's 解约函, and the desk calls back (guide, chapter 4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.models import ClaimState, Lane, ModuleName
from app.schemas.termination import TerminationForm
from app.workflows import destination
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order, module_open, terminations_left
from app.workflows.kind import Begun, Effects, Item, Kind, Words
from app.workflows.kinds.online_termination import keep, terminate
from app.workflows.machine import Situation


def _hand_in(connection: Connection, situation: Situation) -> Begun:
    """While it is reviewed the agreement is being ended; nothing else can be done with it."""
    return Begun((destination.moved(situation, "begin_ending"),))


def _items(variant: str | None, form: Mapping[str, Any]) -> tuple[Item, ...]:
    return (Item("letter", "解约函", "单位出具并盖章的解约函，文字和公章清楚可见。"),)


OFFLINE_TERMINATION = Kind(
    name="offline_termination",
    title="线下解约",
    lane=Lane.CLAIM,
    way=Way.FORM,
    words=Words("解约已生效，可以和其他单位签约，或登记其他去向。", "解约不成立，原来的签约仍然有效。", "已解约"),
    form=lambda variant: TerminationForm(),
    subject=lambda form, variant: "",
    effects=Effects(_hand_in, keep, keep, terminate),
    items=_items,
    about=(ClaimState.EFFECTIVE,),
    of_kinds=frozenset({"offline_agreement", "supplement"}),
    module=ModuleName.DESTINATION,
    guards=(module_open(ModuleName.DESTINATION), base_in_order, terminations_left),
    note="与单位核实的情况",
    pin=True,
    steps_after=("解约",),
    explained="纸质就业协议要解约：先和单位商量好，拿到盖章的解约函，再来申请。",
    return_reasons=(
        "解约函不清楚，请重新拍照上传。",
        "解约函没有盖章，或公章与签约单位不符。",
        "填写的解约原因与解约函不一致，请核对。",
    ),
    reject_reasons=("经与单位核实，单位没有同意解约。", "上传的不是解约函。"),
)
KINDS = (OFFLINE_TERMINATION,)
