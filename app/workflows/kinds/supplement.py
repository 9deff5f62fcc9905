"""已签就业协议信息补充: a paper agreement signed earlier is entered with its picture (guide, chapter 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app import clock
from app.documents import numbers
from app.models import Lane, ModuleName
from app.schemas.terms import SupplementForm
from app.workflows import destination
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order, lane_free, module_open, not_commissioned
from app.workflows.kind import Item, Kind, Words
from app.workflows.machine import Situation

DESTINATION = "10"
"""毕业去向代码 签就业协议形式就业."""


def _take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    number = numbers.new_agreement_number(
        year=clock.beijing(situation.now).year, kind=numbers.SUPPLEMENT, school_code=situation.around["school_code"]
    )
    return (destination.settled(situation, DESTINATION, {"agreement_number": number}, {"number": number}),)


def _items(variant: str | None, form: Mapping[str, Any]) -> tuple[Item, ...]:
    return (Item("agreement", "已签的就业协议书", "每一页都拍到，盖章和签字清楚可见。"),)


SUPPLEMENT = Kind(
    name="supplement",
    title="已签就业协议信息补充",
    lane=Lane.DESTINATION,
    way=Way.FORM,
    words=Words(
        "纸质就业协议已登记生效，去向为签就业协议形式就业。",
        "这次补充作废。请按原因重新填写并上传。",
        "补充成功",
    ),
    form=lambda variant: SupplementForm(),
    subject=lambda form, variant: str(form.get("employer_name") or "纸质就业协议"),
    effects=destination.effects(_take_effect),
    items=_items,
    module=ModuleName.DESTINATION,
    guards=(module_open(ModuleName.DESTINATION), base_in_order, not_commissioned, lane_free),
    explained="已经签了纸质就业协议书：把协议上的信息填进来，并上传照片。",
    return_reasons=(
        "协议照片不清楚，请重新拍照上传。",
        "缺少单位盖章或本人签字的页面。",
        "填写的内容与协议书不一致，请核对。",
    ),
    reject_reasons=("不是有效的就业协议书。", "经与单位核实，没有签订这份协议。"),
)
KINDS = (SUPPLEMENT,)
