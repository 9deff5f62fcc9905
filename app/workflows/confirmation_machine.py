"""The machine of 去向登记确认 (guide, chapter 7)."""

from __future__ import annotations

from app.access import REVIEWERS, Role
from app.models import ConfirmationState
from app.problems import NotNow, Problem
from app.workflows.guards import base_confirmed
from app.workflows.machine import NOTHING, Guard, Machine, Situation, Step

_C = ConfirmationState
_CHANGERS = (Role.GRADUATE, *REVIEWERS)
"""Whoever can change destination, archive or hukou."""


def _nothing_doubtful(situation: Situation) -> Problem | None:
    if situation.around["doubtful"]:
        return NotNow("档案或户口信息的来源去向已经失效，请先在那里核对无误或修改，再确认去向。")
    return None


def _destination_reported(situation: Situation) -> Problem | None:
    claim = situation.around["claim"]
    if claim is None:
        return NotNow("你现在没有生效的去向。登记去向、学校上报以后，再来确认。")
    if claim["batch_id"] is None:
        return NotNow("你的去向有更新，学校还没有上报更新后的内容。上报后会通知你来确认。")
    return None


def _all_settled(situation: Situation) -> Problem | None:
    open_ = situation.around["unsettled"]
    if open_:
        what = "、".join(open_)
        return NotNow(f"签约时{what}选了「暂不确定」，现在需要定下来。请先登记{what}，再确认去向。")
    return None


destination_reported = Guard("destination_reported", _destination_reported)
"""There is a destination, and what it says now was reported (待更新上报 otherwise)."""
all_settled = Guard("all_settled", _all_settled)
"""暂不确定 at signing is settled by now, where the module is on."""
nothing_doubtful = Guard("nothing_doubtful", _nothing_doubtful)
"""What came along with a destination that has ended is checked before the whole is confirmed."""
_FIRST = (base_confirmed,)
"""As for every act, the base data are to be confirmed first."""
_RIGHT = (*_FIRST, destination_reported, all_settled, nothing_doubtful)

CONFIRMATION = Machine(
    "confirmation",
    title="去向登记确认",
    start=_C.TODO,
    ends=(_C.DONE,),
    refusals={
        _C.TODO: "去向已上报，等待确认。",
        _C.DONE: "已经确认，不用再做。",
        _C.WRONG: "已反馈信息有误，等待更新。",
        _C.AGAIN: "信息有变化，等待再次确认。",
    },
    steps=(
        Step("report", NOTHING, _C.TODO, (Role.SCHOOL,), "confirmation.reported", "上报去向"),
        *(
            Step("report_again", state, _C.AGAIN, (Role.SCHOOL,), "confirmation.reported_again", "更新上报")
            for state in (_C.TODO, _C.DONE, _C.WRONG, _C.AGAIN)
        ),
        *(
            Step(
                "confirm", state, _C.DONE, (Role.GRADUATE,), "confirmation.confirmed", "信息无误，确认登记去向", _RIGHT
            )
            for state in (_C.TODO, _C.AGAIN, _C.WRONG)
        ),
        *(
            Step(
                "dispute", state, _C.WRONG, (Role.GRADUATE,), "confirmation.disputed", "信息有误，需更新后确认", _FIRST
            )
            for state in (_C.TODO, _C.AGAIN)
        ),
        Step("renew", _C.TODO, _C.TODO, _CHANGERS, "confirmation.changed", "信息变化，按新的信息确认"),
        *(
            Step("renew", state, _C.AGAIN, _CHANGERS, "confirmation.renewed", "信息变化，需再次确认")
            for state in (_C.DONE, _C.WRONG)
        ),
        Step("renew", _C.AGAIN, _C.AGAIN, _CHANGERS, "confirmation.changed", "信息变化，按新的信息确认"),
    ),
)
