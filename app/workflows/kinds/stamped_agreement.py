"""盖章回传: the stamped agreement comes back as pictures, from the graduate or the employer (guide, chapter 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from app.access import REVIEWERS, Role
from app.models import ClaimState, Lane
from app.schemas.stamped import StampedForm
from app.workflows import destination, link_sending
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order
from app.workflows.kind import Effects, Item, Kind, Words
from app.workflows.machine import Situation

DESTINATION = "10"
"""毕业去向代码 签就业协议形式就业."""
ITEM = "agreement"


def _take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """线下签约成功: the claim keeps the data that were printed, now in force."""
    data = {"destination_code": DESTINATION, "effective_at": situation.now}
    number = situation.around["claim"].agreement_number
    return (destination.moved(situation, "take_effect", data, {"number": number}),)


def _items(variant: str | None, form: Mapping[str, Any]) -> tuple[Item, ...]:
    return (Item(ITEM, "盖章的就业协议书", "每一页都拍到，公章和双方签字清楚可见。最多 9 张图片，或者一份 PDF。"),)


STAMPED_AGREEMENT = Kind(
    name="stamped_agreement",
    title="盖章回传",
    lane=Lane.CLAIM,
    way=Way.FORM,
    words=Words(
        "线下签约成功，就业协议已生效。",
        "线下签约作废，协议编号失效。还要签约的，请重新填写线下签约申请。",
        "签约成功",
    ),
    form=lambda variant: StampedForm(),
    subject=lambda form, variant: "",
    # Returned or taken back the generated agreement stands: only new pictures are needed.
    effects=Effects(give_back=link_sending.renewed, fail=destination.fail, take_effect=_take_effect),
    items=_items,
    by=(Role.GRADUATE, *REVIEWERS, Role.LINK),
    about=(ClaimState.AGREEMENT_GENERATED,),
    guards=(base_in_order,),
    steps_before=("盖章回传",),
    explained="协议书打印、签字、盖章以后，把每一页拍照上传。",
    return_reasons=(
        "照片不清楚，请重新拍照上传。",
        "缺少单位公章或本人签字。",
        "不是从平台下载的这一份协议书，请核对编号。",
    ),
    reject_reasons=("协议书内容被改动。", "经与单位核实，印章不真实。"),
)
KINDS = (STAMPED_AGREEMENT,)
