"""N: not employed (未就业). Nothing is required: it must be as easy to choose as any other (四不准)."""

from __future__ import annotations

from app.schemas import inputs
from app.schemas.form import Form, Section


class UndecidedForm(Form):
    """求职中、签约中、拟参加公招考试、拟创业、拟应征入伍、就业见习、不就业拟升学、暂不就业、拟出国出境."""

    SECTIONS = (
        Section(
            "wish",
            "意向",
            ("wished_city", "wished_industry", "wished_position", "needs_help", "note"),
            "都可以不填。填了，学校能给你推荐更合适的岗位和帮助。",
        ),
    )

    wished_city = inputs.line("意向城市", 50, required=False, placeholder="例如 杭州、上海")
    wished_industry = inputs.code("意向行业", "industry", required=False)
    wished_position = inputs.code("意向职位", "position_category", required=False)
    needs_help = inputs.yes_no("需要就业帮扶", required=False, hint="选「是」，学院老师会联系你")
    note = inputs.words("说明", 200, required=False)
