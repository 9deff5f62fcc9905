"""线上签约: an employer's invitation, accepted by the graduate, decided by the offices (guide, chapter 4.1)."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection

from app import clock
from app.db import table
from app.documents import numbers
from app.models import Document, Lane
from app.problems import NotNow, Problem
from app.schemas.terms import AgreementTerms
from app.workflows import destination
from app.workflows.advance import Act, Addition
from app.workflows.filing_machine import Way
from app.workflows.guards import COMMISSIONED, base_present
from app.workflows.kind import Effects, Kind, Words
from app.workflows.machine import Guard, Situation

DESTINATION = "10"
"""毕业去向代码 签就业协议形式就业."""
AGREEMENT = "agreement"


def _may_be_signed(situation: Situation) -> Problem | None:
    if situation.around["training_mode"] in COMMISSIONED:
        return NotNow("该生培养方式为定向或委培，不能线上签约。请核对培养方式。")
    return None


def _take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """The claim becomes effective with its agreement number; the agreement's PDF becomes due."""
    claim = situation.around["claim"]
    number = numbers.new_agreement_number(
        year=clock.beijing(situation.now).year, kind=numbers.ONLINE, school_code=situation.around["school_code"]
    )
    return (
        destination.settled(situation, DESTINATION, {"agreement_number": number}, {"number": number}),
        Addition(table(Document), {"id": uuid.uuid4(), "subject": claim.id, "kind": AGREEMENT}),
    )


def _subject(form: Any, variant: str | None) -> str:
    return str(form["employer_name"])


may_be_signed = Guard("may_be_signed", _may_be_signed)

ONLINE_SIGNING = Kind(
    name="online_signing",
    title="线上签约",
    lane=Lane.DESTINATION,
    way=Way.CONSENT,
    words=Words("就业协议已生效。", "这份签约不成立；还想去这家单位，请对方改好后重新发起。", "签约成功"),
    form=lambda variant: AgreementTerms(),
    subject=_subject,
    effects=Effects(fail=destination.fail, give_back=destination.give_back, take_effect=_take_effect),
    by=(),
    steps_before=("单位邀请", "毕业生答复"),
    steps_after=(),
    guards=(may_be_signed,),
    review_guards=(base_present, may_be_signed),
    reject_reasons=(
        "单位信息与登记不符，请单位核对后重新发起。",
        "岗位或待遇与毕业生本人说明不一致，请双方核实后重新签约。",
        "违约金或服务期条款不合理，请双方协商后重新签约。",
        "毕业生暂不具备签约条件，请联系学院。",
    ),
)
KINDS = (ONLINE_SIGNING,)
