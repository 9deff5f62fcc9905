"""The machine of destination claims (去向)."""

from __future__ import annotations

from app.access import REVIEWERS, Role
from app.models import ClaimState
from app.workflows import claim_consequences as and_then
from app.workflows.machine import NOTHING, Machine, Step
from app.workflows.renewal import and_renewal

_C = ClaimState
_OWN = (Role.GRADUATE, *REVIEWERS)
"""The graduate, or the school on the graduate's behalf (代登记)."""
_PARTIES = (Role.GRADUATE, Role.EMPLOYER, *REVIEWERS)

CLAIM = Machine(
    "claim",
    title="去向",
    start=_C.IN_REVIEW,
    ends=(_C.EFFECTIVE, _C.FAILED, _C.TERMINATED, _C.VOIDED),
    refusals={
        _C.IN_REVIEW: "这份去向还在审核，请等审核结束。",
        _C.AGREEMENT_GENERATED: "就业协议书已生成，等待盖章回传。",
        _C.EFFECTIVE: "这份去向已经生效。",
        _C.TERMINATING: "这份去向正在解约，请等解约结束。",
        _C.TERMINATED: "这份去向已经解约。",
        _C.FAILED: "这份去向没有成立。",
        _C.VOIDED: "这份去向已经作废。",
        _C.SUSPENDED: "学校删除了你的基本信息，这份去向已挂起。请联系学校就业部门。",
    },
    steps=(
        Step("open", NOTHING, _C.IN_REVIEW, _OWN, "claim.opened", "进入审核"),
        Step("resume", _C.FAILED, _C.IN_REVIEW, _OWN, "claim.resumed", "改好后再次进入审核"),
        Step("release", _C.IN_REVIEW, _C.FAILED, _OWN, "claim.released", "撤回或退回"),
        Step("fail", _C.IN_REVIEW, _C.FAILED, REVIEWERS, "claim.failed", "不成立"),
        Step("generate", _C.IN_REVIEW, _C.AGREEMENT_GENERATED, REVIEWERS, "claim.generated", "生成就业协议书"),
        Step(
            "take_effect", _C.IN_REVIEW, _C.EFFECTIVE, REVIEWERS, "claim.effective", "生效", then=and_then.takes_effect
        ),
        Step(
            "take_effect",
            _C.AGREEMENT_GENERATED,
            _C.EFFECTIVE,
            REVIEWERS,
            "claim.effective",
            "生效",
            then=and_then.takes_effect,
        ),
        Step("fail", _C.AGREEMENT_GENERATED, _C.FAILED, REVIEWERS, "claim.failed", "不成立"),
        Step("void", _C.AGREEMENT_GENERATED, _C.VOIDED, REVIEWERS, "claim.voided", "作废协议书"),
        Step("void", _C.EFFECTIVE, _C.VOIDED, _OWN, "claim.voided", "作废", then=and_then.ends),
        Step("amend", _C.EFFECTIVE, _C.EFFECTIVE, REVIEWERS, "claim.amended", "补充或更正信息", then=and_then.amended),
        Step("begin_ending", _C.EFFECTIVE, _C.TERMINATING, _PARTIES, "claim.ending", "开始解约"),
        Step("keep", _C.TERMINATING, _C.EFFECTIVE, _PARTIES, "claim.kept", "不解约，仍然有效"),
        Step("terminate", _C.TERMINATING, _C.TERMINATED, REVIEWERS, "claim.terminated", "解约", then=and_then.ends),
        Step(
            "suspend",
            _C.EFFECTIVE,
            _C.SUSPENDED,
            (Role.SCHOOL,),
            "claim.suspended",
            "基本信息删除，挂起",
            then=and_renewal,
        ),
        Step("restore", _C.SUSPENDED, _C.EFFECTIVE, (Role.SCHOOL,), "claim.restored", "基本信息恢复，恢复有效"),
        Step("lapse", _C.SUSPENDED, _C.VOIDED, (Role.SCHOOL,), "claim.lapsed", "逾期没有恢复，去向失效"),
    ),
)
