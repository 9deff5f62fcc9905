"""Conditions on a decision."""

from __future__ import annotations

from app.problems import NotNow, Problem
from app.workflows.machine import Guard, Situation


def _another_person(situation: Situation) -> Problem | None:
    if situation.around.get("one_person_levels") or situation.actor.id not in situation.around.get("deciders", ()):
        return None
    return NotNow("前一级审核也是你做的。同一轮的两级审核须由不同的人完成。")


another_person = Guard("another_person", _another_person)
"""One person never decides two levels of one round (a school setting may allow it)."""
