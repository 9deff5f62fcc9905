"""U: employment at a unit (单位就业), with pay, abroad, and by the contract of 定向/委培 (D)."""

from __future__ import annotations

from app.schemas import inputs
from app.schemas.destinations.parts import (
    CONTACT,
    JOB,
    REMARK_SECTION,
    UNIT,
    Contact,
    Dispatch,
    Job,
    Pay,
    Remark,
    Unit,
)
from app.schemas.form import Section
from app.schemas.receivers import TRANSFER_SECTION, OptionalTransfers

UNIT_SECTION = Section("employer", "单位", UNIT + CONTACT, "照着营业执照和合同填。")


class UnitForm(Unit, Contact, Job, Dispatch, OptionalTransfers, Remark):
    """签劳动合同、提供公函、医学规培."""

    SECTIONS = (
        UNIT_SECTION,
        Section("job", "岗位", (*JOB, "dispatched_to")),
        TRANSFER_SECTION,
        REMARK_SECTION,
    )


class PaidUnitForm(UnitForm, Pay):
    """其他录用形式, 科研助理与管理助理: the same with 月薪."""

    SECTIONS = (
        UNIT_SECTION,
        Section("job", "岗位", ("position_category", "position", "monthly_pay_cents", *JOB[2:], "dispatched_to")),
        TRANSFER_SECTION,
        REMARK_SECTION,
    )


class CommissionedForm(Unit, Contact, Job, OptionalTransfers, Remark):
    """D, 定向/委培毕业去向补充登记: the unit comes from the school's upload and is not the graduate's to change."""

    SECTIONS = (
        Section("employer", "定向、委培单位", UNIT + CONTACT, "单位由学校上传，有误请联系学校更正。"),
        Section("job", "岗位", JOB),
        TRANSFER_SECTION,
        REMARK_SECTION,
    )

    employer_name = inputs.line("定向、委培单位", 100, known="commissioned_by", readonly=True)
    region = inputs.region("单位所在地", known="commissioned_place")


class UnitAbroadForm(Contact, Job, OptionalTransfers, Remark):
    """国际组织任职, 出国、出境就业: no credit code, a country instead of a region."""

    SECTIONS = (
        Section(
            "employer",
            "单位",
            ("employer_name", "country", "address", "nature", "industry", *CONTACT),
            "单位名称写中文，没有中文名称的写外文。",
        ),
        Section("job", "岗位", JOB),
        TRANSFER_SECTION,
        REMARK_SECTION,
    )

    employer_name = inputs.line("单位名称", 100)
    country = inputs.code("国家（地区）", "country")
    address = inputs.line("单位地址", 200, placeholder="城市和街道门牌")
    nature = inputs.code("单位性质", "unit_nature", hint="境外企业选「其他企业」")
    industry = inputs.code("单位行业", "industry")
    contact_phone = inputs.phone_abroad("联系电话")
