"""The machines of filings (申报): one for each order of levels and each way (Way) a kind is reviewed."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from itertools import combinations

from app.access import REVIEWERS, Role
from app.models import FilingState
from app.workflows.filing_guards import another_person, left_lying
from app.workflows.machine import NOTHING, Machine, Step

_F = FilingState
DESKS: dict[str, tuple[FilingState, Role]] = {
    "counsellor": (_F.COUNSELLOR_REVIEW, Role.COUNSELLOR),
    "college": (_F.COLLEGE_REVIEW, Role.COLLEGE),
    "school": (_F.SCHOOL_REVIEW, Role.SCHOOL),
}
"""审核级别 in their order: the state a filing waits in and who decides there."""
DESK_TITLES = {"counsellor": "辅导员", "college": "学院", "school": "学校"}
STAGE_OF = {state.value: stage for stage, (state, _) in DESKS.items()}
"""The level that has a filing in this state."""
FILERS = (Role.GRADUATE, *REVIEWERS, Role.LINK)
"""Who may hand a form in: the graduate, the school on the graduate's behalf (代登记), the employer through a one-time
link. Which of them a kind lets do it, the kind says."""
ORDERS = tuple(stages for count in (1, 2, 3) for stages in combinations(DESKS, count))
"""Every order of levels a school can set."""


class Way(StrEnum):
    """How a kind is reviewed; the value begins the names of its machines."""

    CONSENT = "filing"
    """两方合意: two parties' consent stands on the text, so it is never returned for correction; taken back it ends"""
    FORM = "form"
    """本人填报: a form of one's own, kept as a draft, taken back to be edited, returned for correction"""
    ENTRY = "entry"
    """登记: as a form, but decided by 通过 or 不通过 only"""


@cache
def review_machine(way: Way, stages: tuple[str, ...]) -> Machine:
    """The machine of a way and order of levels (docs/rules.md, 审核)."""
    first = DESKS[stages[0]][0]
    steps = [*(_consented(first) if way is Way.CONSENT else _filled_in(way, first))]
    for number, stage in enumerate(stages):
        steps += _at_desk(way, stage, stages[number + 1] if number + 1 < len(stages) else None)
    ends = {_F.APPROVED, _F.REJECTED, _F.WITHDRAWN if way is Way.CONSENT else _F.VOIDED}
    return Machine(
        f"{way.value}." + "-".join(stages),
        title=f"{WAY_TITLES[way]}：" + "、".join(DESK_TITLES[stage] for stage in stages),
        start=first if way is Way.CONSENT else _F.DRAFT,
        ends=ends,
        steps=steps,
        refusals=REFUSALS,
    )


WAY_TITLES = {Way.CONSENT: "合意审核", Way.FORM: "填报审核", Way.ENTRY: "登记审核"}
REFUSALS: dict[str, str] = {
    _F.APPROVED: "已经审核通过，不能再改。",
    _F.REJECTED: "已经审核不通过，请重新填报。",
    _F.VOIDED: "这份草稿已经删除。",
    _F.WITHDRAWN: "这份材料已经撤回。",
    _F.DRAFT: "还是草稿，没有提交。",
    _F.RETURNED: "已退回修改，等毕业生改好再交。",
}


def _consented(first: FilingState) -> list[Step]:
    return [
        Step("submit", NOTHING, first, (Role.GRADUATE, Role.EMPLOYER, Role.SCHOOL), "filing.submitted", "提交"),
        Step("withdraw", first, _F.WITHDRAWN, (Role.GRADUATE,), "filing.withdrawn", "撤回"),
    ]


def _filled_in(way: Way, first: FilingState) -> list[Step]:
    steps = [
        Step("draft", NOTHING, _F.DRAFT, FILERS, "filing.drafted", "暂存"),
        Step("submit", _F.DRAFT, first, FILERS, "filing.submitted", "提交"),
        Step("discard", _F.DRAFT, _F.VOIDED, FILERS, "filing.discarded", "删除草稿"),
        Step("withdraw", first, _F.DRAFT, FILERS, "filing.withdrawn", "撤回修改"),
        Step("assist", _F.DRAFT, _F.DRAFT, REVIEWERS, "filing.assisted", "代修改"),
    ]
    if way is Way.FORM:
        steps += [
            Step("submit", _F.RETURNED, first, FILERS, "filing.resubmitted", "重新提交"),
            Step("discard", _F.RETURNED, _F.VOIDED, FILERS, "filing.discarded", "放弃填报"),
            Step("assist", _F.RETURNED, _F.RETURNED, REVIEWERS, "filing.assisted", "代修改"),
        ]
    return steps


def _at_desk(way: Way, stage: str, following: str | None) -> list[Step]:
    state, role = DESKS[stage]
    target = DESKS[following][0] if following else _F.APPROVED
    event = "filing.passed" if following else "filing.approved"
    guards = (another_person,)
    steps = [
        Step("approve", state, target, (role,), event, "通过", guards),
        Step("reject", state, _F.REJECTED, (role,), "filing.rejected", "不通过", guards),
    ]
    if way is Way.FORM:
        steps.append(Step("return", state, _F.RETURNED, (role,), "filing.returned", "退回修改", guards))
    if way is not Way.CONSENT:
        steps.append(Step("edit", state, state, (role,), "filing.edited", "代为修改"))
    if following:
        over = DESKS[following]
        steps.append(Step("take_up", state, over[0], (over[1],), "filing.taken_up", "接办", (left_lying,)))
    return steps


def filing_machine(name: str) -> Machine:
    """The machine by the name a filing carries."""
    way, _, stages = name.partition(".")
    return review_machine(Way(way), tuple(stages.split("-")))


ALL: tuple[Machine, ...] = tuple(review_machine(way, stages) for way in Way for stages in ORDERS)
