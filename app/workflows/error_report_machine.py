"""The machine of 去向错误反馈 (guide, chapter 7): what a graduate says is wrong, and what the school made of it."""

from __future__ import annotations

from app.access import Role
from app.models import ErrorReportState
from app.workflows.guards import base_confirmed
from app.workflows.machine import NOTHING, Machine, Step

_E = ErrorReportState
_DESKS = (Role.COLLEGE, Role.SCHOOL)

ERROR_REPORT = Machine(
    "error_report",
    title="去向错误反馈",
    start=_E.SUBMITTED,
    ends=(_E.CORRECTED, _E.NEEDLESS, _E.WITHDRAWN),
    refusals={
        _E.SUBMITTED: "这份反馈还没有人处理。",
        _E.HANDLING: "学校已经在处理这份反馈。要改内容，请先撤回再重新提交。",
        _E.CORRECTED: "这份反馈已经处理：已更正。",
        _E.NEEDLESS: "这份反馈已经处理：无需更正。",
        _E.WITHDRAWN: "毕业生已经撤回这份反馈。",
    },
    steps=(
        Step("submit", NOTHING, _E.SUBMITTED, (Role.GRADUATE,), "error_report.submitted", "提交反馈"),
        Step(
            "change",
            _E.SUBMITTED,
            _E.SUBMITTED,
            (Role.GRADUATE,),
            "error_report.changed",
            "修改反馈",
            (base_confirmed,),
        ),
        Step("take_up", _E.SUBMITTED, _E.HANDLING, _DESKS, "error_report.taken_up", "开始处理"),
        *(
            Step("correct", state, _E.CORRECTED, _DESKS, "error_report.corrected", "已更正")
            for state in (_E.SUBMITTED, _E.HANDLING)
        ),
        *(
            Step("dismiss", state, _E.NEEDLESS, _DESKS, "error_report.dismissed", "无需更正")
            for state in (_E.SUBMITTED, _E.HANDLING)
        ),
        *(
            Step("withdraw", state, _E.WITHDRAWN, (Role.GRADUATE,), "error_report.withdrawn", "撤回反馈")
            for state in (_E.SUBMITTED, _E.HANDLING)
        ),
    ),
)
