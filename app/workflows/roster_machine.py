"""Where a graduate's base data (基本信息) stand: uploaded by the school, confirmed by the graduate, corrected, deleted
(guide, chapter 3; docs/rules.md, 基本信息)."""

from __future__ import annotations

from app.access import Role
from app.models import BaseState
from app.workflows.machine import Machine, Step

_B = BaseState

BASE_DATA = Machine(
    "base_data",
    title="基本信息",
    start=_B.UPLOADED,
    ends=(),
    column="base_state",
    steps=(
        Step("confirm", _B.UPLOADED, _B.CONFIRMED, (Role.GRADUATE,), "base_data.confirmed", "信息确认无误，进入系统"),
        Step("correct", _B.CONFIRMED, _B.CHANGED, (Role.SCHOOL,), "base_data.corrected", "学校更正"),
        Step("confirm", _B.CHANGED, _B.CONFIRMED, (Role.GRADUATE,), "base_data.confirmed", "信息确认无误，进入系统"),
        *(
            Step("delete", state, _B.DELETED, (Role.SCHOOL,), "base_data.deleted", "学校删除")
            for state in (_B.UPLOADED, _B.CONFIRMED, _B.CHANGED)
        ),
        Step("restore", _B.DELETED, _B.UPLOADED, (Role.SCHOOL,), "base_data.restored", "学校重新上传"),
    ),
)
