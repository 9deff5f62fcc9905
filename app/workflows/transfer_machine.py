"""The machine of archive and hukou records (档案信息、户口信息; guide, chapters 5 and 6)."""

from __future__ import annotations

from app.access import REVIEWERS, Role
from app.models import TransferState
from app.workflows.guards import base_confirmed
from app.workflows.machine import NOTHING, Machine, Step
from app.workflows.renewal import and_renewal

_T = TransferState
_ENDERS = (Role.GRADUATE, *REVIEWERS)
"""Whoever can end the destination a record came from."""

TRANSFER = Machine(
    "transfer",
    title="档案与户口",
    start=_T.ACTIVE,
    ends=(_T.ACTIVE, _T.LAPSED),
    refusals={
        _T.ACTIVE: "已经登记，不用再做。要变更请办理信息修改。",
        _T.DOUBTFUL: "来源去向已失效，请先核对。",
        _T.LAPSED: "登记已随基本信息删除而失效，请重新登记。",
    },
    steps=(
        Step("register", NOTHING, _T.ACTIVE, REVIEWERS, "transfer.registered", "登记", then=and_renewal),
        Step("register", _T.LAPSED, _T.ACTIVE, REVIEWERS, "transfer.registered", "重新登记", then=and_renewal),
        Step("change", _T.ACTIVE, _T.ACTIVE, REVIEWERS, "transfer.changed", "修改", then=and_renewal),
        Step("change", _T.DOUBTFUL, _T.ACTIVE, REVIEWERS, "transfer.changed", "修改", then=and_renewal),
        Step("doubt", _T.ACTIVE, _T.DOUBTFUL, _ENDERS, "transfer.doubted", "来源去向失效"),
        Step("keep", _T.DOUBTFUL, _T.ACTIVE, (Role.GRADUATE,), "transfer.kept", "核对无误", (base_confirmed,)),
        Step("lapse", _T.ACTIVE, _T.LAPSED, (Role.SCHOOL,), "transfer.lapsed", "基本信息删除，失效", then=and_renewal),
        Step(
            "lapse", _T.DOUBTFUL, _T.LAPSED, (Role.SCHOOL,), "transfer.lapsed", "基本信息删除，失效", then=and_renewal
        ),
    ),
)
