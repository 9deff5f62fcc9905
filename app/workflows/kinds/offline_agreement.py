"""向学校申请就业协议书线下签约: the data are reviewed, the agreement is printed for stamping (guide, chapter 4.3)."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection

from app import clock
from app.db import table
from app.documents import numbers
from app.models import Document, Lane, ModuleName
from app.schemas.terms import OfflineForm
from app.workflows import destination
from app.workflows.advance import Act, Addition
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order, lane_free, module_open, not_commissioned
from app.workflows.kind import Kind, Words
from app.workflows.machine import Situation

PAPER = "paper_agreement"
"""The document to be stamped."""


def _generate(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """就业协议书已生成: the claim has its number and the approved data, the paper is due; nothing is signed yet."""
    row, claim = situation.row, situation.around["claim"]
    number = numbers.new_agreement_number(
        year=clock.beijing(situation.now).year, kind=numbers.OFFLINE, school_code=situation.around["school_code"]
    )
    data = {"agreement_number": number, "title": situation.around["subject"], "form": row.form}
    facts = {"number": number, "what": "线下签约", "subject": data["title"], "filing": str(row.id)}
    return (
        destination.moved(situation, "generate", data, facts),
        Addition(table(Document), {"id": uuid.uuid4(), "subject": claim.id, "kind": PAPER}),
    )


OFFLINE_AGREEMENT = Kind(
    name="offline_agreement",
    title="线下签约申请",
    lane=Lane.DESTINATION,
    way=Way.FORM,
    words=Words(
        "就业协议书已生成。请下载打印，双方签字、单位盖章后回传；学校审核通过才算签约成功。",
        "这次申请作废。还要签约的，请按原因重新填写申请。",
        "线下签约成功",
    ),
    form=lambda variant: OfflineForm(),
    subject=lambda form, variant: str(form.get("employer_name") or "线下签约"),
    effects=destination.effects(_generate),
    module=ModuleName.DESTINATION,
    guards=(module_open(ModuleName.DESTINATION), base_in_order, not_commissioned, lane_free),
    steps_after=("盖章回传", "生效"),
    explained=(
        "单位没有在平台注册：学校审核后生成就业协议书，打印盖章再回传。单位已经注册的，请它发线上邀请；"
        "审核通过后单位名称和信用代码不能再改。"
    ),
    return_reasons=(
        "单位名称或信用代码有误，请核对。",
        "岗位或待遇填写不完整，请补充。",
        "档案或户口的接收信息有误，请与单位核对。",
    ),
    reject_reasons=("经与单位核实，没有签约意向。", "毕业生暂不具备签约条件，请联系学院。"),
)
KINDS = (OFFLINE_AGREEMENT,)
