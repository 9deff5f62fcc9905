"""S and A: further study at home (境内升学) and abroad (境外留学)."""

from __future__ import annotations

from app.schemas import inputs
from app.schemas.destinations.parts import REMARK_SECTION, Remark
from app.schemas.form import Section


class StudyForm(Remark):
    """境内升学."""

    SECTIONS = (
        Section("school", "录取院校", ("kind", "university", "college", "major", "study_mode"), "照着录取通知书填。"),
        REMARK_SECTION,
    )

    kind = inputs.code("升学类别", "study_kind")
    university = inputs.chinese("录取院校", 100, suggest="university", hint="输入名称后选择；列表里没有的直接写全称")
    college = inputs.line("录取院系", 100, required=False)
    major = inputs.line("录取专业", 100, required=False)
    study_mode = inputs.code("学习形式", "study_mode", required=False, hint="非全日制是否算升学，先问学院")


class StudyAbroadForm(Remark):
    """境外留学 (columns of the national export since 2024)."""

    SECTIONS = (
        Section(
            "school",
            "留学院校",
            ("country", "university", "university_foreign", "major", "major_foreign"),
            "照着录取通知填，学校的中文和外文名称都要有。",
        ),
        REMARK_SECTION,
    )

    country = inputs.code("留学国家（地区）", "country")
    university = inputs.chinese("留学院校中文名称", 100, hint="通用的中文译名")
    university_foreign = inputs.line("留学院校外文名称", 200, hint="照录取通知书抄写；没有外文名称的再写一遍中文")
    major = inputs.chinese("留学专业中文名称", 100, required=False)
    major_foreign = inputs.line("留学专业外文名称", 200, required=False)
