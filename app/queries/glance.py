"""The key terms in a glance, and the form by sections: labelled, in the order people ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.codes import regions
from app.codes.tables import label
from app.documents.clauses import yuan

WEEKDAYS = "一二三四五六日"


def day(iso: str) -> str:
    """「2026年7月6日 周一」."""
    value = date.fromisoformat(iso)
    return f"{value.year}年{value.month}月{value.day}日 周{WEEKDAYS[value.weekday()]}"


def monthly(cents: int | None) -> str | None:
    """「13,000 元/月」."""
    return None if cents is None else f"{yuan(cents)}/月"


def transfer(terms: Mapping[str, Any], what: str) -> str:
    """Where archive or hukou go: the receiver's name if there is one, else the type."""
    receiver = terms.get("archive_receiver") if what == "archive" else None
    if receiver:
        return str(receiver["name"])
    if what == "hukou" and terms.get("hukou_address"):
        return str(terms["hukou_address"])
    return label("transfer", terms[f"{what}_transfer"])


def glance(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``[{key, label, value, note}]`` of what a graduate asks first; unfilled ones are left out."""
    months = terms.get("probation_months")
    probation = "试用期" if months is None else f"试用期 {months} 个月" if months else "没有试用期"
    place = terms.get("work_place") or regions.short_name(terms["region"])
    penalty = terms.get("penalty_cents")
    rows = [
        ("position", "岗位", terms["position"], label("position_category", terms["position_category"])),
        ("regular_pay", "转正工资", monthly(terms.get("regular_pay_cents")), None),
        (
            "probation",
            probation,
            monthly(terms.get("probation_pay_cents")) or ("—" if months is not None else None),
            None,
        ),
        ("report_on", "报到", day(terms["report_on"]) if terms.get("report_on") else None, terms.get("report_place")),
        ("work_place", "工作地点", place, None),
        (
            "penalty",
            "违约金",
            yuan(penalty) if penalty else "没有约定",
            "签约生效后单方面违约的一方，按此赔付" if penalty else None,
        ),
        ("archive", "档案转递", transfer(terms, "archive"), None),
        ("hukou", "户口迁移", transfer(terms, "hukou"), None),
    ]
    return [
        {"key": key, "label": name, "value": value, "note": note}
        for key, name, value, note in rows
        if value is not None
    ]


def sections(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The whole form for a reviewer: ``[{section, fields: [{key, label, value, checked}]}]``."""
    receiver = terms.get("archive_receiver") or {}
    months = terms.get("probation_months")
    groups: list[tuple[str, list[tuple[str, str, Any]]]] = [
        (
            "单位",
            [
                ("employer_name", "单位名称", terms["employer_name"]),
                ("credit_code", "统一社会信用代码", terms["credit_code"]),
                ("nature", "单位性质", label("nature", terms["nature"])),
                ("industry", "单位行业", label("industry", terms["industry"])),
                ("address", "通讯地址", regions.full_name(terms["region"]) + terms["address"]),
                ("contact_name", "单位联系人", terms["contact_name"]),
                ("contact_mobile", "手机", terms.get("contact_mobile")),
                ("contact_landline", "固定电话", terms.get("contact_landline")),
                ("contact_email", "邮箱", terms.get("contact_email")),
            ],
        ),
        (
            "岗位与待遇",
            [
                ("position", "岗位名称", terms["position"]),
                ("position_category", "职位类别", label("position_category", terms["position_category"])),
                ("regular_pay_cents", "转正工资", monthly(terms.get("regular_pay_cents"))),
                ("probation_months", "试用期", None if months is None else f"{months} 个月"),
                ("probation_pay_cents", "试用工资", monthly(terms.get("probation_pay_cents"))),
                (
                    "penalty_cents",
                    "违约金",
                    None if terms.get("penalty_cents") is None else yuan(terms["penalty_cents"]),
                ),
                ("report_on", "报到时间", day(terms["report_on"]) if terms.get("report_on") else None),
                ("report_place", "报到地点", terms.get("report_place")),
                ("work_place", "实际工作地点", terms.get("work_place")),
            ],
        ),
        (
            "档案与户口",
            [
                ("archive_transfer", "档案转递类型", label("transfer", terms["archive_transfer"])),
                ("archive_receiver/name", "档案接收单位", receiver.get("name")),
                ("archive_receiver/address", "接收地址", receiver.get("address")),
                ("archive_receiver/postcode", "邮编", receiver.get("postcode")),
                ("archive_receiver/contact", "接收联系人", receiver.get("contact")),
                ("archive_receiver/phone", "联系电话", receiver.get("phone")),
                ("hukou_transfer", "户口迁移类型", label("transfer", terms["hukou_transfer"])),
                ("hukou_address", "户口迁移地址", terms.get("hukou_address")),
            ],
        ),
        ("其他", [("supplement", "协议补充内容", terms.get("supplement"))]),
    ]
    return [
        {"section": title, "fields": fields}
        for title, rows in groups
        if (fields := [_field(key, name, value) for key, name, value in rows if value])
    ]


def _field(key: str, name: str, value: Any) -> dict[str, Any]:
    # The check digit was verified when the form came in; a reviewer need not count characters.
    return {"key": key, "label": name, "value": value, "checked": "校验位" if key == "credit_code" else None}
