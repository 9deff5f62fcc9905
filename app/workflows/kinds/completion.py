"""补充信息: fields of an effective destination that were empty, or became mandatory, without voiding it.

Code, unit and credit code stay as they were reviewed (docs/rules.md, 补充信息).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.codes import destinations
from app.models import ClaimState, Lane, ModuleName
from app.problems import Invalid, NotNow, Problem
from app.schemas import completion
from app.schemas.destinations import schema_of
from app.schemas.form import Form
from app.workflows import destination
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order, module_open
from app.workflows.kind import Effects, Kind, Words
from app.workflows.machine import Guard, Situation


def _form(variant: str | None) -> Form:
    try:
        return schema_of(variant or "")()
    except destinations.UnknownType:
        raise Invalid.field("/variant", "这份去向不能补充信息。") from None


def _narrow(variant: str | None, record: Mapping[str, Any]) -> Form:
    return completion.narrowed(variant or "", record)


def _something_open(situation: Situation) -> Problem | None:
    claim = situation.around.get("claim")
    if claim is None or claim.variant is None or completion.open_fields(claim.variant, claim.form):
        return None
    return NotNow("这份去向的信息已经填全。内容有误的，请作废后重新登记，或联系学校更正。")


def _asked(situation: Situation) -> str | None:
    """What the form requires by now and the destination lacks is to be completed; else nothing need be."""
    claim = situation.around.get("claim")
    if claim is None or claim.variant is None:
        return None
    names = completion.outstanding(claim.variant, claim.form, claim.class_year)
    if not names:
        return "必填的都已填全。想补充选填的内容可以在这里填，不填也没有影响。"
    fields = schema_of(claim.variant)().fields
    return "还缺必填的内容，请补充：" + "、".join(fields[name].metadata["label"] for name in names) + "。不用作废重填。"


def _checks(situation: Situation, form: Mapping[str, Any]) -> list[dict[str, str]]:
    claim, row = situation.around["claim"], situation.row
    filled = {name: value for name, value in form.items() if value is not None}
    _, errors = completion.complete(claim.variant, claim.form, filled, row.class_year)
    return errors


def _take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    claim, row = situation.around["claim"], situation.row
    filled = {name: value for name, value in row.form.items() if value is not None}
    completed, errors = completion.complete(claim.variant, claim.form, filled, row.class_year)
    if errors:
        raise NotNow("原去向的信息已有变化，请退回后由毕业生重新补充。")
    return (destination.moved(situation, "amend", {"form": completed}),)


something_open = Guard("something_to_complete", _something_open)

COMPLETION = Kind(
    name="completion",
    title="补充去向信息",
    lane=Lane.CLAIM,
    way=Way.FORM,
    words=Words("补充的信息已记入你的去向。", "原去向不变，补充的信息没有记入。", "已补充"),
    form=_form,
    narrow=_narrow,
    subject=lambda form, variant: f"补充信息 · {destinations.of(variant or '').name}",
    effects=Effects(take_effect=_take_effect),
    checks=_checks,
    module=ModuleName.DESTINATION,
    about=(ClaimState.EFFECTIVE,),
    of_kinds=frozenset({"other_destination"}),
    guards=(module_open(ModuleName.DESTINATION), base_in_order, something_open),
    explained="已登记的去向缺了几项：只补缺的，不用作废重填。",
    asked=_asked,
    return_reasons=("补充的内容与证明材料不一致，请核对。",),
    reject_reasons=("补充的内容不属实。",),
)
KINDS = (COMPLETION,)
