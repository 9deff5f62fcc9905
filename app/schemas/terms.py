"""The agreement form (协议表单): its fields, their limits and how they depend on each other."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from marshmallow import ValidationError, post_load, validates_schema

from app.schemas import inputs
from app.schemas.form import Section
from app.schemas.receivers import TRANSFER_FIELDS, Receivers


class AgreementTerms(Receivers):
    """协议表单 (guide, chapter 4.1 and 4.3). Money in cents, dates ISO, codes as strings."""

    SECTIONS: ClassVar[tuple[Section, ...]] = (
        Section(
            "employer",
            "单位",
            (
                "employer_name",
                "credit_code",
                "nature",
                "industry",
                "region",
                "address",
                "contact_name",
                "contact_mobile",
                "contact_landline",
                "contact_email",
            ),
            "手机和固定电话至少填一个。",
        ),
        Section(
            "job",
            "岗位与待遇",
            (
                "position",
                "position_category",
                "regular_pay_cents",
                "probation_months",
                "probation_pay_cents",
                "penalty_cents",
                "report_on",
                "report_place",
                "work_place",
            ),
        ),
        Section(
            "transfer",
            "档案与户口",
            TRANSFER_FIELDS,
            "还没有定就选「暂不确定」，毕业前可以再登记。",
        ),
        Section("more", "其他", ("supplement",)),
    )

    employer_name = inputs.line("单位名称", 100, known="employer", suggest="employer")
    credit_code = inputs.credit_code(suggest="employer")
    nature = inputs.code("单位性质", "unit_nature")
    industry = inputs.code("单位行业", "industry")
    region = inputs.region("单位所在地")
    address = inputs.line("通讯地址", 200, placeholder="写到门牌号")
    position_category = inputs.code("职位类别", "position_category")
    position = inputs.line("岗位名称", 50, placeholder="例如 后端开发工程师")
    contact_name = inputs.line("单位联系人", 30)
    contact_landline = inputs.landline("固定电话")
    contact_mobile = inputs.mobile("手机", required=False)
    contact_email = inputs.email("邮箱")
    probation_months = inputs.count(
        "试用期",
        least=0,
        most=6,
        error="试用期不得超过 6 个月（劳动合同法第十九条）。",
        unit=" 个月",
        hint="最长 6 个月，包含在合同期里",
    )
    probation_pay_cents = inputs.money("试用工资", unit=" 元/月", hint="不低于转正工资的 80%")
    regular_pay_cents = inputs.money("转正工资", unit=" 元/月", hint="税前，不含奖金和补贴")
    penalty_cents = inputs.money("违约金", hint="没有约定就留空")
    report_place = inputs.line("报到地点", 100, required=False)
    report_on = inputs.day("报到时间")
    work_place = inputs.line("实际工作地点", 100, required=False)
    archive_transfer = inputs.code("档案转递类型", "transfer")
    hukou_transfer = inputs.code("户口迁移类型", "transfer")
    supplement = inputs.words("协议补充内容", 1000, required=False)

    @validates_schema
    def check_together(self, data: dict[str, Any], **kwargs: Any) -> None:
        """One phone at least; probation pay of 80 % (劳动合同法第二十条)."""
        wrong: dict[str, list[str]] = {}
        if not data.get("contact_mobile") and not data.get("contact_landline"):
            wrong["contact_mobile"] = ["手机和固定电话至少填一个。"]
        probation, regular = data.get("probation_pay_cents"), data.get("regular_pay_cents")
        if probation is not None and regular is not None and probation * 10 < regular * 8:
            wrong["probation_pay_cents"] = ["试用期工资不得低于转正工资的 80%（劳动合同法第二十条）。"]
        if wrong:
            raise ValidationError(wrong)

    @post_load
    def as_stored(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Plain JSON values."""
        if data["report_on"] is not None:
            data["report_on"] = data["report_on"].isoformat()
        return data


CONTACTS = MappingProxyType({"sms": "contact_mobile", "email": "contact_email"})
"""How the employer's contact can be reached → the field that says where."""


class SupplementForm(AgreementTerms):
    """已签就业协议信息补充 (guide, chapter 4.4): the terms as the paper has them, its number and day."""

    SECTIONS = (
        Section("paper", "纸质协议", ("paper_number", "signed_on"), "照着已经签好的协议书填。"),
        *AgreementTerms.SECTIONS,
    )

    paper_number = inputs.line("协议编号", 40, required=False, hint="协议书上印的编号，没有就留空")
    signed_on = inputs.day("签约日期", required=True, hint="协议书上最后一方签字盖章的日期")


class OfflineForm(AgreementTerms):
    """线下签约申请 (guide, chapter 4.3): the terms that the agreement will be printed with."""

    credit_code = inputs.credit_code(
        suggest="employer", found="该单位可线上签约：请它登录平台给你发邀请，双方不用打印盖章。也可以继续线下签约。"
    )

    SECTIONS = (
        replace(
            AgreementTerms.SECTIONS[0],
            hint="先和单位、学校商量好再填。审核通过后，单位名称和信用代码不能再改。手机和固定电话至少填一个。",
        ),
        *AgreementTerms.SECTIONS[1:],
    )
