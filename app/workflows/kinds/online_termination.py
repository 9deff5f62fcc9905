"""线上解约: both parties of an online signing agreed to end it, the offices decide (guide, chapter 4.2)."""

from __future__ import annotations

from sqlalchemy import Connection

from app.models import ClaimState, Lane
from app.schemas.termination import TerminationForm
from app.workflows import destination
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import base_present
from app.workflows.kind import Effects, Kind, Words
from app.workflows.machine import Situation


def keep(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """The signing stays effective."""
    return (destination.moved(situation, "keep"),)


def terminate(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """The lane is free: the graduate may sign or register elsewhere."""
    return (destination.moved(situation, "terminate"),)


ONLINE_TERMINATION = Kind(
    name="online_termination",
    title="线上解约",
    lane=Lane.CLAIM,
    way=Way.CONSENT,
    words=Words("解约已生效，可以和其他单位签约，或登记其他去向。", "解约不成立，签约仍然有效。", "已解约"),
    form=lambda variant: TerminationForm(),
    subject=lambda form, variant: "",
    effects=Effects(fail=keep, give_back=keep, take_effect=terminate),
    by=(),
    about=(ClaimState.TERMINATING,),
    of_kinds=frozenset({"online_signing"}),
    guards=(base_present,),
    last_word="school",
    steps_before=("一方申请", "另一方答复"),
    steps_after=(),
    reject_reasons=(
        "双方对违约责任还有争议，请先协商一致再申请。",
        "解约原因与了解到的情况不符，请重新说明。",
    ),
)
KINDS = (ONLINE_TERMINATION,)
