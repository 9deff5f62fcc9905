"""其他毕业去向: every way of leaving school but a signed agreement, by the catalogue (guide, chapter 4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.codes import destinations
from app.models import Lane, ModuleName
from app.problems import Invalid, NotNow, Problem
from app.schemas import form as forms
from app.schemas.destinations import schema_of
from app.schemas.form import Form
from app.workflows import destination
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import COMMISSIONED, base_in_order, base_present, lane_free, module_open
from app.workflows.kind import Item, Kind, Words
from app.workflows.machine import Guard, Situation


def _form(variant: str | None) -> Form:
    try:
        return schema_of(variant or "")()
    except destinations.UnknownType:
        raise Invalid.field("/variant", "请选择去向类型。") from None


def _subject(form: Mapping[str, Any], variant: str | None) -> str:
    """「境内升学 · 江州大学」: the type, and where to if the form says so."""
    kind = destinations.of(variant or "")
    where = form.get("employer_name") or form.get("university")
    return f"{kind.name} · {where}" if where else kind.name


def _items(variant: str | None, form: Mapping[str, Any]) -> tuple[Item, ...]:
    found = destinations.of(variant or "").needs(form)
    return tuple(
        Item(proof.id, proof.name, _accepted(proof), 1 if proof.required else 0, proof.most) for proof in found
    )


def _accepted(proof: destinations.Proof) -> str:
    return proof.hint or "、".join(proof.accepts)


def _commissioned(situation: Situation) -> bool:
    return situation.around["training_mode"] in COMMISSIONED


def _open_to_me(situation: Situation) -> Problem | None:
    """定向 and 委培 file one type only, nobody else files that one; a type must hold for the class."""
    row = situation.row
    variant = getattr(row, "variant", None)
    if variant is None or destinations.may_choose(variant, row.class_year, commissioned=_commissioned(situation)):
        return None
    if _commissioned(situation):
        return NotNow("定向、委培毕业生只能做「定向、委培毕业去向补充登记」。培养方式有误的，请联系学校更正。")
    return NotNow(f"这一类型不适用于 {row.class_year} 届，或只供定向、委培毕业生登记。请重新选择。")


def _prefill(situation: Situation, variant: str | None) -> dict[str, Any]:
    """What is known of the graduate: the unit of a commissioned one is the school's word."""
    known = forms.with_known(_form(variant), {}, situation.around)
    return {name: value for name, value in known.items() if value}


def _unit_known(situation: Situation) -> Problem | None:
    if _commissioned(situation) and not situation.around["commissioned_by"]:
        return NotNow("学校还没有登记你的定向委培单位，请联系学校就业部门补录后再填。")
    return None


def _never_without(variant: str | None) -> tuple[str, ...]:
    """自由职业 is signed off by college and school."""
    found = destinations.catalogue().types.get(variant or "")
    return found.levels if found else ()


def _checks(situation: Situation, form: Mapping[str, Any]) -> list[dict[str, str]]:
    """The unit of a commissioned graduate is read-only."""
    return [
        {"pointer": f"/{name}", "detail": f"须与学校登记的定向委培单位一致：{unit}。"}
        for name, unit in _prefill(situation, situation.row.variant).items()
        if form.get(name) != unit
    ]


def _take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    row = situation.row
    code = destinations.code_for(row.variant, row.form, row.class_year).national
    return (destination.settled(situation, code),)


open_to_me = Guard("type_open_to_me", _open_to_me)
unit_known = Guard("commissioning_unit_known", _unit_known)

OTHER_DESTINATION = Kind(
    name="other_destination",
    title="其他去向登记",
    lane=Lane.DESTINATION,
    way=Way.FORM,
    words=Words(
        "去向已登记。学校按期上报后，请在「去向登记确认」里核对。",
        "这次登记作废。请按原因重新选择类型填写。",
        "已登记",
    ),
    form=_form,
    subject=_subject,
    effects=destination.effects(_take_effect),
    items=_items,
    never_without=_never_without,
    checks=_checks,
    prefill=_prefill,
    voidable=True,
    module=ModuleName.DESTINATION,
    guards=(module_open(ModuleName.DESTINATION), base_in_order, open_to_me, unit_known, lane_free),
    review_guards=(base_present, open_to_me),
    explained="升学、参军、创业、自由职业、签劳动合同、还没有就业等，除签就业协议书以外的各种去向。",
    return_reasons=(
        "证明材料不清楚，请重新拍照上传。",
        "证明材料与填写的内容不一致，请核对。",
        "类型选择有误，请按「毕业去向分类及标准」重新选择。",
        "单位名称或信用代码有误，请核对。",
    ),
    reject_reasons=("证明材料不能说明这一去向。", "经核实与本人实际情况不符。"),
)
KINDS = (OTHER_DESTINATION,)
