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
