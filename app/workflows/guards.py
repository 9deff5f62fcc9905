"""Conditions that several machines share, each with its sentence. Mutual exclusion (同时只有一份) is one of them."""

from __future__ import annotations

from app.access import Role
from app.models import BaseState, ModuleName
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


_HELD = {
    "in_review": "「{title}」正在审核，同一时间只能有一份。学院审核前可以撤回修改；审核结束后才能另选。",
    "agreement_generated": "与「{title}」的就业协议书已经生成，同一时间只能有一份。不再签约的，先申请作废协议书。",
    "effective": "已登记「{title}」，同一时间只能有一份。要换去向，请先在去向详情里解约或作废。",
    "terminating": "与「{title}」的解约还没有结束，结束后才能另选。",
    "suspended": "「{title}」已挂起，请先联系学校恢复基本信息。",
}


def _lane_free(situation: Situation) -> Problem | None:
    """The one place where 同时只有一份 is explained (docs/rules.md)."""
    held = situation.around.get("held")
    if held is None:
        return None
    return LaneHeld(_HELD[held["state"]].format(title=held["title"]), holder=dict(held))


def _nothing_accepted(situation: Situation) -> Problem | None:
    held = situation.around.get("held")
    if held is None:
        return None
    return LaneHeld(
        f"你已有「{held['title']}」，同一时间只能有一份。学院审核前可以撤回；审核不通过时，这份邀请会恢复可答复。",
        holder=dict(held),
    )


def _base_present(situation: Situation) -> Problem | None:
    if situation.around["base_state"] == BaseState.DELETED:
        return NotNow("该生的基本信息已被删除，请先恢复后再审核。")
    return None


def _base_in_order(situation: Situation) -> Problem | None:
    """Whoever files for oneself has confirmed the base data; the school may file for one who never entered."""
    if situation.actor.role is Role.GRADUATE:
        return _base_confirmed(situation)
    return _base_present(situation)


def _not_commissioned(situation: Situation) -> Problem | None:
    if situation.around["training_mode"] in COMMISSIONED:
        return NotNow("定向、委培毕业生按协议就业，只能做定向、委培去向补充登记。培养方式有误的，请联系学校更正。")
    return None


def _terminations_left(situation: Situation) -> Problem | None:
    most = situation.around.get("terminations_max")
    if most is None or situation.around["terminations"] < most:
        return None
    if situation.actor.role is Role.EMPLOYER:  # with whom else the graduate broke is not an employer's to know
        return NotNow("学校限制了解约，这份签约不能在线申请解约。确需解约的，请联系学校就业部门。")
    whose = "你" if situation.actor.role is Role.GRADUATE else "该毕业生"
    return NotNow(f"学校规定每人最多解约 {most} 次，{whose}已经解约 {most} 次。确需解约的，请联系学校就业部门。")


def module_open(name: ModuleName) -> Guard:
    """功能模块 switched on for school and class; closed, what stands is readable and nothing new begins."""

    def refusal(situation: Situation) -> Problem | None:
        match (situation.around.get("modules") or {}).get(name):
            case "open":
                return None
            case "closed":
                return NotNow("学校已关闭这项填报，已有的记录仍可查看。有变化请联系学校就业部门。")
        return NotNow("学校尚未启用这项填报，请等学校通知。")

    return Guard(f"module_open_{name.value}", refusal)


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
nothing_accepted = Guard("lane_free", _nothing_accepted)
"""The same, said to whoever answers an invitation."""
base_present = Guard("base_present", _base_present)
"""基本信息 not deleted."""
base_in_order = Guard("base_in_order", _base_in_order)
"""基本信息 confirmed by the graduate who files; present where the school files."""
not_commissioned = Guard("not_commissioned", _not_commissioned)
"""Not 定向 or 委培: those file one type only."""
terminations_left = Guard("terminations_left", _terminations_left)
"""解约 not more often than the school allows (``terminations_max``); online and offline count together."""
