"""Every machine of the product in one place to read; the database's ``legal_step`` is seeded from :data:`ALL`."""

from __future__ import annotations

from functools import cache
from itertools import combinations

from app.access import REVIEWERS, Role
from app.models import ClaimState, FilingState, InvitationState
from app.workflows.filing_guards import another_person
from app.workflows.guards import base_confirmed, free_to_sign, in_time, lane_free, overdue
from app.workflows.machine import NOTHING, Machine, Step
from app.workflows.roster_machine import BASE_DATA

_I = InvitationState
_C = ClaimState
_F = FilingState

INVITATION = Machine(
    "invitation",
    title="签约邀请",
    start=_I.PENDING,
    ends=(_I.ACCEPTED, _I.REFUSED, _I.WITHDRAWN, _I.EXPIRED),
    refusals={
        _I.PENDING: "毕业生还没有答复这份邀请。",
        _I.ACCEPTED: "毕业生已经接受这份邀请，不能再改。",
        _I.REFUSED: "毕业生已经拒绝这份邀请。",
        _I.WITHDRAWN: "单位已经撤回这份邀请。",
        _I.EXPIRED: "这份邀请已过截止时间失效，可以请单位重新发起。",
    },
    steps=(
        Step("send", NOTHING, _I.PENDING, (Role.EMPLOYER,), "invitation.sent", "发出邀请"),
        Step(
            "accept",
            _I.PENDING,
            _I.ACCEPTED,
            (Role.GRADUATE,),
            "invitation.accepted",
            "接受",
            (in_time, base_confirmed, free_to_sign, lane_free),
        ),
        Step(
            "refuse",
            _I.PENDING,
            _I.REFUSED,
            (Role.GRADUATE,),
            "invitation.refused",
            "拒绝",
            (in_time, base_confirmed, lane_free),
        ),
        Step("withdraw", _I.PENDING, _I.WITHDRAWN, (Role.EMPLOYER,), "invitation.withdrawn", "撤回邀请", (in_time,)),
        Step("extend", _I.PENDING, _I.PENDING, (Role.EMPLOYER,), "invitation.extended", "延长截止时间", (in_time,)),
        Step("expire", _I.PENDING, _I.EXPIRED, (Role.CLOCK,), "invitation.expired", "到期失效", (overdue,)),
        Step("take_back", _I.ACCEPTED, _I.PENDING, (Role.GRADUATE,), "invitation.taken_back", "撤回应约", (in_time,)),
        Step("lapse", _I.ACCEPTED, _I.EXPIRED, (Role.GRADUATE,), "invitation.lapsed", "撤回应约", (overdue,)),
    ),
)

CLAIM = Machine(
    "claim",
    title="去向",
    start=_C.IN_REVIEW,
    ends=(_C.EFFECTIVE, _C.FAILED),
    steps=(
        Step("open", NOTHING, _C.IN_REVIEW, (Role.GRADUATE,), "claim.opened", "进入审核"),
        Step("take_effect", _C.IN_REVIEW, _C.EFFECTIVE, REVIEWERS, "claim.effective", "生效"),
        Step("fail", _C.IN_REVIEW, _C.FAILED, REVIEWERS, "claim.failed", "不成立"),
        Step("release", _C.IN_REVIEW, _C.FAILED, (Role.GRADUATE,), "claim.released", "撤回"),
    ),
)

DESKS: dict[str, tuple[FilingState, Role]] = {
    "counsellor": (_F.COUNSELLOR_REVIEW, Role.COUNSELLOR),
    "college": (_F.COLLEGE_REVIEW, Role.COLLEGE),
    "school": (_F.SCHOOL_REVIEW, Role.SCHOOL),
}
"""审核级别 in their order: the state a filing waits in and who decides there."""


@cache
def review_machine(stages: tuple[str, ...]) -> Machine:
    """The machine of a filing that two parties agreed on: submitted, decided level by level, no 退回修改 (two parties'
    consent stands on the text: docs/rules.md, 审核)."""
    steps = [
        Step("submit", NOTHING, DESKS[stages[0]][0], (Role.GRADUATE,), "filing.submitted", "提交"),
        Step("withdraw", DESKS[stages[0]][0], _F.WITHDRAWN, (Role.GRADUATE,), "filing.withdrawn", "撤回"),
    ]
    for stage, following in zip(stages, (*stages[1:], None), strict=True):
        state, role = DESKS[stage]
        target = DESKS[following][0] if following else _F.APPROVED
        event = "filing.passed" if following else "filing.approved"
        steps.append(Step("approve", state, target, (role,), event, "通过", (another_person,)))
        steps.append(Step("reject", state, _F.REJECTED, (role,), "filing.rejected", "不通过", (another_person,)))
    return Machine(
        "filing." + "-".join(stages),
        title="审核：" + "、".join({"counsellor": "辅导员", "college": "学院", "school": "学校"}[s] for s in stages),
        start=DESKS[stages[0]][0],
        ends=(_F.APPROVED, _F.REJECTED, _F.WITHDRAWN),
        steps=steps,
    )


def filing_machine(name: str) -> Machine:
    """The machine by the name a filing carries."""
    return review_machine(tuple(name.removeprefix("filing.").split("-")))


ALL: tuple[Machine, ...] = (
    BASE_DATA,
    INVITATION,
    CLAIM,
    *(review_machine(stages) for count in (1, 2, 3) for stages in combinations(DESKS, count)),
)
