"""What happened (经过), in words: the events of an invitation, its claims and filings, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from app import clock
from app.codes.standing import DESK_NAMES, Viewer
from app.queries import Fields

EVENTS = """
    (SELECT coalesce(json_agg(line ORDER BY line.id DESC), '[]') FROM (
        SELECT e.id, e.name, e.at, e.facts, e.actor_role, coalesce(a.name, '') AS actor, a.title AS actor_title,
            co.name AS college
        FROM event e LEFT JOIN account a ON a.id = e.actor_id LEFT JOIN college co ON co.id = a.college_id
        WHERE e.subject = ANY(ARRAY(
            SELECT i.id UNION ALL SELECT c.id FROM claim c WHERE c.invitation_id = i.id
            UNION ALL SELECT f.id FROM claim c JOIN filing f ON f.claim_id = c.id WHERE c.invitation_id = i.id))
        ORDER BY e.id DESC LIMIT 100) line) AS events
"""
"""A column beside ``invitation i``: what :func:`history` puts into words."""

Line = tuple[str, str | None]


def _desk(row: Fields) -> str:
    return DESK_NAMES.get(row["facts"].get("stage", ""), "学校")


def _deadline(row: Fields) -> str | None:
    until = row["facts"].get("respond_by")
    return f"应约截止 {clock.in_words(datetime.fromisoformat(until))}" if until else None


def _reason(row: Fields) -> str | None:
    reason = row["facts"].get("reason")
    return f"原因：{reason}" if reason else None


TOLD: Mapping[str, Callable[[Fields, Viewer], Line]] = {
    "invitation.sent": lambda row, viewer: ("发出邀请" if viewer == "employer" else "单位发来邀请", _deadline(row)),
    "invitation.extended": lambda row, viewer: ("延长了答复时间", _deadline(row)),
    "invitation.accepted": lambda row, viewer: (
        "你接受了邀请" if viewer == "graduate" else "毕业生接受了邀请",
        "以操作码确认",
    ),
    "invitation.refused": lambda row, viewer: (
        "你拒绝了邀请" if viewer == "graduate" else "毕业生拒绝了邀请",
        _reason(row),
    ),
    "invitation.withdrawn": lambda row, viewer: (
        "你撤回了邀请" if viewer == "employer" else "单位撤回了邀请",
        _reason(row),
    ),
    "invitation.expired": lambda row, viewer: ("邀请到期失效", "截止前没有答复"),
    "invitation.taken_back": lambda row, viewer: (
        "你撤回了应约" if viewer == "graduate" else "毕业生撤回了应约",
        "邀请恢复为可答复",
    ),
    "invitation.lapsed": lambda row, viewer: (
        "你撤回了应约" if viewer == "graduate" else "毕业生撤回了应约",
        "已过截止时间，邀请失效",
    ),
    "filing.passed": lambda row, viewer: (f"{_desk(row)}审核通过", None),
    "filing.approved": lambda row, viewer: (f"{_desk(row)}审核通过，签约生效", None),
    "filing.rejected": lambda row, viewer: (f"{_desk(row)}审核不通过", _reason(row)),
}
"""Events worth a line; the rest (a claim opened with its acceptance) would say the same thing twice."""


def history(events: Iterable[Fields], viewer: Viewer) -> list[dict[str, Any]]:
    """``[{at, title, who, note}]``, newest first, of the column :data:`EVENTS`."""
    return [_line(row, viewer) for row in events if row["name"] in TOLD]


def _line(row: Fields, viewer: Viewer) -> dict[str, Any]:
    title, note = TOLD[row["name"]](row, viewer)
    return {
        "at": clock.rfc3339(datetime.fromisoformat(row["at"])),
        "title": title,
        "who": _who(row, viewer),
        "note": note,
    }


def _who(row: Fields, viewer: Viewer) -> str | None:
    match row["actor_role"]:
        case "graduate" | "clock":
            return None
        case "employer":
            return f"{row['actor']}（{row['actor_title']}）" if row["actor_title"] else row["actor"]
    office = row["college"] or "就业指导中心"
    return f"{office} · {row['actor']}"
