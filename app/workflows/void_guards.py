"""Whether 作废 takes a review, by the school's setting (docs/rules.md, 作废)."""

from __future__ import annotations

from app.problems import NotNow, Problem
from app.workflows.machine import Guard, Situation


def reviewed(situation: Situation) -> bool:
    """Whether 作废 takes a review by the school's setting, as the claim stands."""
    setting, claim = situation.around["void_review"], situation.around["claim"]
    return setting == "always" or (setting == "reported" and claim is not None and claim.reported_on is not None)


def _directly(situation: Situation) -> Problem | None:
    if reviewed(situation):
        return NotNow("这份去向作废要经过学校审核，请改选「申请作废去向」。")
    return None


def _by_review(situation: Situation) -> Problem | None:
    if situation.around.get("claim") is not None and not reviewed(situation):
        return NotNow("这份去向还没有上报，可以在去向详情里直接作废，不用申请。")
    return None


directly = Guard("void_directly", _directly)
"""作废 needs no review by the school's setting."""
by_review = Guard("void_by_review", _by_review)
"""作废 needs a review by the school's setting."""
