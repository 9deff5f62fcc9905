"""线上签约: an employer's invitation, accepted by the graduate, decided by the offices (guide, chapter 4.1)."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection

from app import clock
from app.db import table
from app.documents import numbers
from app.models import BaseState, Claim, Document
from app.problems import NotNow
from app.workflows.advance import Act, Addition, Move
from app.workflows.guards import COMMISSIONED
from app.workflows.kinds.kind import Kind
from app.workflows.machine import Situation
from app.workflows.machines import CLAIM

DESTINATION = "10"
"""毕业去向代码 签就业协议形式就业."""
AGREEMENT = "agreement"


def _may_open(situation: Situation) -> None:
    if situation.around["base_state"] == BaseState.DELETED:
        raise NotNow("该生的基本信息已被删除，请先恢复后再审核。")
    if situation.around["training_mode"] in COMMISSIONED:
        raise NotNow("该生培养方式为定向或委培，不能线上签约。请核对培养方式。")


def _take_effect(connection: Connection, situation: Situation, claim: Any) -> tuple[Act, ...]:
    """The claim becomes effective with its agreement number; the agreement's PDF becomes due."""
    number = numbers.new_agreement_number(
        year=clock.beijing(situation.now).year, kind=numbers.ONLINE, school_code=situation.around["school_code"]
    )
    values = {"agreement_number": number, "destination_code": DESTINATION, "effective_at": situation.now}
    return (
        Move(
            CLAIM,
            table(Claim),
            "take_effect",
            Situation(claim, situation.actor, situation.now),
            values,
            {"number": number},
        ),
        Addition(table(Document), {"id": uuid.uuid4(), "subject": claim.id, "kind": AGREEMENT}),
    )


def _fail(connection: Connection, situation: Situation, claim: Any) -> tuple[Act, ...]:
    """The claim fails and sets the lane free; the employer would have to invite again."""
    return (Move(CLAIM, table(Claim), "fail", Situation(claim, situation.actor, situation.now)),)


ONLINE_SIGNING = Kind(
    name="online_signing",
    title="线上签约",
    lane="destination",
    may_open=_may_open,
    take_effect=_take_effect,
    fail=_fail,
    reject_reasons=(
        "单位信息与登记不符，请单位核对后重新发起。",
        "岗位或待遇与毕业生本人说明不一致，请双方核实后重新签约。",
        "违约金或服务期条款不合理，请双方协商后重新签约。",
        "毕业生暂不具备签约条件，请联系学院。",
    ),
)
