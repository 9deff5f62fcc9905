"""Conditions that several machines share, each with its sentence. Mutual exclusion (同时只有一份) is one of them."""

from __future__ import annotations

from app.models import BaseState
from app.problems import BaseDataUnconfirmed, LaneHeld, NotNow, Problem, TooLate
from app.workflows.machine import Guard, Situation

COMMISSIONED = ("2", "4")
"""培养方式 定向 and 委培: their destination is the contract's (教学厅〔2023〕5号; docs/rules.md, 定向与委培)."""


def _in_time(situation: Situation) -> Problem | None:
    return None if situation.now < situation.row.respond_by else TooLate()


def _overdue(situation: Situation) -> Problem | None:
    return NotNow("还没有到应约截止时间。") if situation.now < situation.row.respond_by else None


def _base_confirmed(situation: Situation) -> Problem | None:
    match situation.around["base_state"]:
        case BaseState.CONFIRMED:
            return None
        case BaseState.CHANGED:
            return BaseDataUnconfirmed("学校更正了你的基本信息，请先重新核对确认，再进行这项操作。")
        case BaseState.DELETED:
            return NotNow("学校已删除你的基本信息，请联系学校就业部门。")
    return BaseDataUnconfirmed()


def _free_to_sign(situation: Situation) -> Problem | None:
    if situation.around["training_mode"] in COMMISSIONED:
        return NotNow("定向、委培毕业生按协议就业，不能与其他单位签约。如培养方式有误，请联系学校更正。")
    return None


def _lane_free(situation: Situation) -> Problem | None:
    held = situation.around.get("held")
    if held is None:
        return None
    return LaneHeld(
        f"你已接受「{held['title']}」，同一时间只能有一份。学院审核前可以撤回应约；审核不通过时，这份邀请会恢复可答复。",
        holder=dict(held),
    )


in_time = Guard("in_time", _in_time, "respond_by > clock_timestamp()")
"""应约截止 not yet passed, by the database's clock inside the update."""
overdue = Guard("overdue", _overdue, "respond_by <= clock_timestamp()")
"""应约截止 passed."""
base_confirmed = Guard("base_confirmed", _base_confirmed)
"""基本信息 confirmed by the graduate."""
free_to_sign = Guard("free_to_sign", _free_to_sign)
"""Not 定向 or 委培."""
lane_free = Guard("lane_free", _lane_free)
"""No other claim holds the lane; the unique index ``claim_lane`` is the same promise in the database."""
