"""What a school has set (学校设置), as its offices read it: levels, time limits, modules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, text

from app.access import Actor
from app.codes.standing import DESK_NAMES
from app.models import ModuleName
from app.queries import Fields, cards
from app.workflows.kinds import KINDS

_ONE = text("""
    SELECT s.*, (SELECT coalesce(json_agg(m ORDER BY m.class_year DESC, m.name), '[]') FROM (
            SELECT class_year, name, opens_at, closes_at, CASE WHEN closes_at <= clock_timestamp() THEN 'closed'
                WHEN opens_at <= clock_timestamp() THEN 'open' ELSE 'later' END AS state
            FROM module WHERE school_id = s.id) m) AS modules,
        (SELECT coalesce(array_agg(DISTINCT class_year), '{}') FROM graduate WHERE school_id = s.id) AS classes
    FROM school s WHERE s.id = :school
""")
MODULES = {
    ModuleName.DESTINATION: "毕业去向填报",
    ModuleName.ARCHIVE: "档案信息登记",
    ModuleName.HUKOU: "户口信息登记",
}
STATES = {"open": "启用中", "closed": "已关闭", "later": "未到开放时间", "off": "未启用"}
VOIDING = {
    "never": "毕业生可随时自行作废已登记的去向",
    "reported": "上报或确认前毕业生可自行作废，之后须审核",
    "always": "作废已登记的去向一律须审核",
}


def shown(connection: Connection, actor: Actor) -> dict[str, Any]:
    """The settings of the actor's school, and who switches them by which command."""
    row = connection.execute(_ONE, {"school": actor.school_id}).one()
    return {
        "school": row.name,
        "code": row.code,
        "rules": _rules(row),
        "levels": [{"kind_name": _kind(name), "levels": _levels(row.stages[name])} for name in sorted(row.stages)],
        "modules": _modules(row),
        "one_person_levels": row.one_person_levels,
        "commands": [
            f"python -m app.cli schools set {row.code} --review-days 3 --escalation-days 1",
            f"python -m app.cli schools set {row.code} --one-person",
            f"python -m app.cli modules open {row.code} CLASS destination --to 2027-12-31",
        ],
    }


def _rules(row: Row[Any]) -> list[dict[str, str]]:
    most = f"最多 {row.terminations_max} 次" if row.terminations_max is not None else "不限次数"
    pairs = (
        ("审核时限", f"每级 {row.review_days} 个工作日（按国务院办公厅公布的节假日安排）"),
        ("接办", f"超过时限再过 {row.escalation_days} 个工作日，上一级可以接办；系统从不自动通过"),
        ("同一人审两级", "允许（每次都留有记录）" if row.one_person_levels else "不允许，两级须由不同的人审"),
        ("档案与户口", "可以退回修改" if row.return_transfers else "只有通过和不通过"),
        ("解约", most),
        ("作废去向", VOIDING[row.void_review]),
    )
    return [{"name": name, "text": said} for name, said in pairs]


def _kind(name: str) -> str:
    return "其他事项" if name == "*" else KINDS[name].title


def _levels(stages: list[str]) -> str:
    return " → ".join(DESK_NAMES[stage] for stage in stages)


def _modules(row: Row[Any]) -> list[dict[str, Any]]:
    """Each module of each class there is anybody of."""
    known: dict[tuple[int, str], Fields] = {(one["class_year"], one["name"]): one for one in row.modules}
    classes = sorted({*row.classes, *(year for year, _ in known)}, reverse=True)
    return [
        {
            "class_year": year,
            "name": title,
            "state": state,
            "text": STATES[state],
            "opens_at": cards.moment(found["opens_at"]) if found else None,
            "closes_at": cards.moment(found["closes_at"]) if found else None,
        }
        for year in classes
        for name, title in MODULES.items()
        for found in [known.get((year, name.value))]
        for state in [found["state"] if found else "off"]
    ]
