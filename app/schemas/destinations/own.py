"""F and E: working for oneself (自由职业, 自主创业)."""

from __future__ import annotations

from app.schemas import inputs
from app.schemas.destinations.parts import REMARK_SECTION, Pay, Remark
from app.schemas.form import Section


class FreelanceForm(Pay, Remark):
    """自由职业."""

    SECTIONS = (
        Section("work", "职业", ("kind", "duties", "region", "monthly_pay_cents"), "写清楚做什么、靠什么有收入。"),
        REMARK_SECTION,
    )

    kind = inputs.code("职业类型", "freelance_kind")
    duties = inputs.words("工作内容说明", 300, placeholder="例如 给两家出版社翻译童书，按字数结算")
    region = inputs.region("所在地")
    monthly_pay_cents = inputs.money("月收入", required=True, unit=" 元/月", hint="近几个月的平均数")


COMPANY, INCUBATOR, ONLINE_SHOP = "company", "incubator", "online_shop"


class StartupForm(Remark):
    """自主创业."""

    SECTIONS = (
        Section(
            "business",
            "创业项目",
            ("kind", "employer_name", "credit_code", "incubator", "url", "industry", "region"),
            "按营业执照、孵化证明或店铺登记信息填。",
        ),
        Section("role", "本人", ("role", "share_percent")),
        REMARK_SECTION,
    )

    kind = inputs.code("创业类别", "startup_kind")
    employer_name = inputs.line("企业或网店名称", 100)
    credit_code = inputs.credit_code(when={"field": "kind", "in": [COMPANY]}, hint="营业执照上的 18 位代码")
    incubator = inputs.line("孵化机构名称", 100, when={"field": "kind", "in": [INCUBATOR]})
    url = inputs.web_address("店铺网址", when={"field": "kind", "in": [ONLINE_SHOP]})
    industry = inputs.code("行业", "industry")
    region = inputs.region("所在地")
    role = inputs.line("本人角色", 30, required=False, placeholder="例如 法定代表人、股东、店主")
    share_percent = inputs.count("持股比例", least=0, most=100, error="持股比例是 0 到 100 的整数。", unit="%")
