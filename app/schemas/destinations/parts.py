"""Parts that the forms of destinations share: the unit, its contact, the job, pay, dates, remarks."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from app.codes.tables import tables
from app.codes.wages import lowest_wage
from app.schemas import inputs
from app.schemas.form import Form, Section

ARMY = "40"
"""单位性质 部队: army units have no 统一社会信用代码."""


def _all_but_army() -> list[str | None]:
    """Null too: until the nature is chosen the code is asked for."""
    return [None, *(entry.code for entry in tables()["unit_nature"].entries if entry.code != ARMY)]


class Unit(Form):
    """单位."""

    employer_name = inputs.line("单位名称", 100, known="employer", suggest="employer", hint="和公章、营业执照一致")
    nature = inputs.code("单位性质", "unit_nature")
    credit_code = inputs.credit_code(
        known="employer",
        suggest="employer",
        hint="营业执照或法人证书上的 18 位代码",
        when={"field": "nature", "in": _all_but_army()},
    )
    industry = inputs.code("单位行业", "industry")
    region = inputs.region("单位所在地")
    address = inputs.line("单位地址", 200, placeholder="写到门牌号")


UNIT = ("employer_name", "nature", "credit_code", "industry", "region", "address")


class Contact(Form):
    """单位联系人."""

    contact_name = inputs.line("单位联系人", 30, hint="学校核实时会联系")
    contact_phone = inputs.phone("联系电话")


CONTACT = ("contact_name", "contact_phone")


class Job(Form):
    """岗位."""

    position_category = inputs.code("职位类别", "position_category")
    position = inputs.line("岗位名称", 50, required=False, placeholder="例如 后端开发工程师")
    signed_on = inputs.day("签约日期")
    starts_on = inputs.day("入职日期")


JOB = ("position_category", "position", "signed_on", "starts_on")


class Dispatch(Form):
    """劳务派遣."""

    dispatched_to = inputs.line(
        "实际用工单位", 100, required=False, hint="劳务派遣才填：合同和派遣公司签，人在另一家单位上班"
    )

    @validates_schema(skip_on_field_errors=False)
    def check_dispatch(self, data: dict[str, Any], **kwargs: Any) -> None:
        """The two units differ."""
        if data.get("dispatched_to") and data["dispatched_to"] == data.get("employer_name"):
            raise ValidationError({"dispatched_to": ["实际用工单位和签约单位相同，不是劳务派遣，请留空。"]})


class Pay(Form):
    """月薪, for the types that must reach the local minimum (docs/rules.md, 毕业去向)."""

    monthly_pay_cents = inputs.money("月薪", required=True, unit=" 元/月", hint="税前，不含一次性奖金")

    @validates_schema(skip_on_field_errors=False)
    def check_minimum_wage(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Not below the lowest tier of the province the work is in."""
        pay, lowest = data.get("monthly_pay_cents"), lowest_wage(data.get("region") or "")
        if pay is not None and lowest is not None and pay < lowest.cents:
            day = lowest.as_of
            raise ValidationError(
                {
                    "monthly_pay_cents": [
                        f"低于{lowest.province}最低工资标准的最低一档 {lowest.cents // 100:,} 元/月"
                        f"（{day.year}年{day.month}月{day.day}日），不能按这一类登记。请核对金额，或换一种去向类型。"
                    ]
                }
            )


class Remark(Form):
    """备注."""

    remark = inputs.words("备注", 200, required=False)


REMARK_SECTION = Section("more", "其他", ("remark",))
