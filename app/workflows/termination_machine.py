"""The machine of online terminations (线上解约)."""

from __future__ import annotations

from datetime import timedelta

from app.access import Role
from app.models import TerminationState
from app.problems import NotNow, Problem
from app.workflows.guards import base_in_order, terminations_left
from app.workflows.machine import NOTHING, Guard, Machine, Situation, Step

HELP_AFTER = timedelta(days=15)
"""How long the starter waits for the other party before asking the school (docs/rules.md, 解约)."""
_T = TerminationState
PARTIES = (Role.GRADUATE, Role.EMPLOYER)


def _other_party(situation: Situation) -> Problem | None:
    if situation.actor.role.value == situation.row.started_by:
        return NotNow("解约是你提出的，须由对方答复。")
    return None


def _starter(situation: Situation) -> Problem | None:
    if situation.actor.role.value != situation.row.started_by:
        return NotNow("解约是对方提出的，请同意或拒绝。")
    return None


def _waited_long(situation: Situation) -> Problem | None:
    left = situation.row.created_at + HELP_AFTER - situation.now
    if left <= timedelta():
        return None
    return NotNow(f"请先等对方答复，也可以直接联系对方。{left.days + 1} 天后还没有答复，可以请学校协助。")


def _not_asked_yet(situation: Situation) -> Problem | None:
    if situation.row.help_asked_at is not None:
        return NotNow("已经请学校协助，请等学校联系双方。")
    return None


def _help_asked(situation: Situation) -> Problem | None:
    if situation.row.help_asked_at is None:
        return NotNow("当事人还没有请学校协助，请等对方答复。")
    return None


other_party = Guard("other_party", _other_party)
"""Only who did not start it answers."""
starter = Guard("starter", _starter)
"""Only who started it."""
waited_long = Guard("waited_long", _waited_long)
"""15 days without an answer."""
not_asked_yet = Guard("not_asked_yet", _not_asked_yet, "help_asked_at IS NULL")
"""The school is asked once."""
help_asked = Guard("help_asked", _help_asked, "help_asked_at IS NOT NULL")
"""The school decides only where a party asked it to."""

TERMINATION = Machine(
    "termination",
    title="线上解约",
    start=_T.PENDING,
    ends=(_T.ACCEPTED, _T.REFUSED, _T.CANCELLED, _T.SETTLED, _T.DISMISSED),
    refusals={
        _T.PENDING: "解约申请还在等对方答复。",
        _T.ACCEPTED: "双方已经同意解约，请等学校审核。",
        _T.REFUSED: "对方已经拒绝解约，签约仍然有效。商量好后可以重新申请。",
        _T.CANCELLED: "这份解约申请已经撤销，签约仍然有效。",
        _T.SETTLED: "学校已经受理这份解约申请，请等审核。",
        _T.DISMISSED: "学校已经处理这份解约申请，签约仍然有效。",
    },
    steps=(
        Step(
            "request", NOTHING, _T.PENDING, PARTIES, "termination.requested", "申请解约",
            (base_in_order, terminations_left),
        ),
        Step(
            "accept", _T.PENDING, _T.ACCEPTED, PARTIES, "termination.accepted", "同意解约",
            (other_party, base_in_order),
        ),
        Step(
            "refuse", _T.PENDING, _T.REFUSED, PARTIES, "termination.refused", "拒绝解约",
            (other_party, base_in_order),
        ),
        Step("cancel", _T.PENDING, _T.CANCELLED, PARTIES, "termination.cancelled", "撤销申请", (starter,)),
        Step(
            "ask_help", _T.PENDING, _T.PENDING, PARTIES, "termination.help_asked", "请学校协助",
            (starter, not_asked_yet, waited_long),
        ),
        Step("settle", _T.PENDING, _T.SETTLED, (Role.SCHOOL,), "termination.settled", "受理解约", (help_asked,)),
        Step(
            "settle_refused", _T.PENDING, _T.DISMISSED, (Role.SCHOOL,), "termination.dismissed", "不予解约",
            (help_asked,),
        ),
    ),
)  # fmt: skip
