"""Conditions on what a desk does."""

from __future__ import annotations

from app import clock, workdays
from app.problems import NotNow, Problem
from app.workflows.machine import Guard, Situation


def _another_person(situation: Situation) -> Problem | None:
    if situation.around.get("one_person_levels"):
        return None
    if situation.actor.id in situation.around.get("deciders", ()):
        return NotNow("前一级审核也是你做的。同一轮的两级审核须由不同的人完成。")
    if situation.actor.id is not None and situation.actor.id == getattr(situation.row, "filed_by", None):
        return NotNow("这份材料是你代为填报的，须由另一位老师审核。")
    return None


def _left_lying(situation: Situation) -> Problem | None:
    due, days = situation.row.due_on, situation.around.get("escalation_days", 1)
    if due is not None and workdays.after(due, days) < clock.beijing(situation.now).date():
        return None
    return NotNow("还没有超过审核时限，请等本级审核。")


another_person = Guard("another_person", _another_person)
"""One person never decides two levels of one round, nor what the same person filed (a school setting may allow it)."""
left_lying = Guard("left_lying", _left_lying)
"""审核时限 and the days of grace (``escalation_days``) have passed: the next level may take the filing up."""
