"""B and M: projects at the grass roots (基层项目) and the army (应征义务兵, 军士与文职人员)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from app.schemas import inputs
from app.schemas.destinations.parts import REMARK_SECTION, Remark
from app.schemas.form import Section


class ProjectForm(Remark):
    """B; the two kinds of projects differ in their table only."""

    SECTIONS = (
        Section(
            "project",
            "服务项目",
            ("project", "employer_name", "region", "authority", "serves_from", "serves_to"),
            "照着录用通知或服务协议填。",
        ),
        REMARK_SECTION,
    )

    employer_name = inputs.line("服务单位", 100)
    region = inputs.region("服务地")
    authority = inputs.line("主管部门", 100, required=False, placeholder="例如 省委组织部、县教育局")
    serves_from = inputs.day("服务开始")
    serves_to = inputs.day("服务结束")

    @validates_schema(skip_on_field_errors=False)
    def check_period(self, data: dict[str, Any], **kwargs: Any) -> None:
        """The end comes after the start."""
        begins, ends = data.get("serves_from"), data.get("serves_to")
        if begins and ends and ends <= begins:
            raise ValidationError({"serves_to": ["服务结束应晚于服务开始。"]})


class NationalProjectForm(ProjectForm):
    """国家基层项目."""

    project = inputs.code("项目类别", "national_project")


class LocalProjectForm(ProjectForm):
    """地方基层项目."""

    project = inputs.code("项目类别", "local_project")


class ConscriptForm(Remark):
    """M, 应征义务兵."""

    SECTIONS = (
        Section("army", "入伍", ("employer_name", "region", "joins_on"), "照着预定兵通知书或入伍通知书填。"),
        REMARK_SECTION,
    )

    employer_name = inputs.line("征兵办或部队名称", 100, placeholder="例如 滨江区人民政府征兵办公室")
    region = inputs.region("入伍地")
    joins_on = inputs.day("入伍时间")


class MilitaryStaffForm(Remark):
    """军士、文职人员: as M; a civilian has a job as well."""

    SECTIONS = (
        Section(
            "army",
            "部队",
            ("kind", "employer_name", "region", "joins_on", "position_category", "position"),
            "照着录用通知书或招收协议填。",
        ),
        REMARK_SECTION,
    )

    kind = inputs.code("录用类别", "military_kind")
    employer_name = inputs.line("部队名称", 100, hint="用对外公开的名称或代号")
    region = inputs.region("所在地")
    joins_on = inputs.day("入伍或入职时间")
    position_category = inputs.code("职位类别", "position_category", when={"field": "kind", "in": ["civilian"]})
    position = inputs.line("岗位名称", 50, when={"field": "kind", "in": ["civilian"]}, needed=False)
