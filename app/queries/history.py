"""What happened (经过), in words: the events of an invitation, its claims and filings, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from app import clock
from app.codes.standing import DESK_NAMES, PARTIES, Viewer
from app.documents import numbers
from app.queries import Fields

EVENTS = """
    (SELECT coalesce(json_agg(line ORDER BY line.id DESC), '[]') FROM (
        SELECT e.id, e.name, e.at, e.facts, e.actor_role, coalesce(a.name, '') AS actor, a.title AS actor_title,
            co.name AS college
        FROM event e LEFT JOIN account a ON a.id = e.actor_id LEFT JOIN college co ON co.id = a.college_id
        WHERE e.subject = ANY(ARRAY(
            SELECT i.id UNION ALL SELECT c.id FROM claim c WHERE c.invitation_id = i.id
            UNION ALL SELECT f.id FROM claim c JOIN filing f ON f.claim_id = c.id WHERE c.invitation_id = i.id
            UNION ALL SELECT t.id FROM claim c JOIN termination t ON t.claim_id = c.id WHERE c.invitation_id = i.id))
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


def _finding(row: Fields) -> str | None:
    found = row["facts"].get("reason")
    return f"核实情况：{found}" if found else None


def _ending(row: Fields) -> bool:
    """Whether a filing's event is about a termination; else it is about the signing."""
    return bool(row["facts"].get("kind") == "online_termination")


def _starter(row: Fields, viewer: Viewer) -> str:
    party = row["facts"]["started_by"]
    return "你" if party == viewer else PARTIES[party]


def _answerer(row: Fields, viewer: Viewer) -> str:
    party = "employer" if row["facts"]["started_by"] == "graduate" else "graduate"
    return "你" if party == viewer else PARTIES[party]


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
    "filing.passed": lambda row, viewer: (f"{_desk(row)}审核通过{'解约' if _ending(row) else ''}", None),
    "filing.approved": lambda row, viewer: (
        f"{_desk(row)}审核通过，{'解约' if _ending(row) else '签约'}生效",
        None,
    ),
    "filing.rejected": lambda row, viewer: (
        f"{_desk(row)}审核不通过{'解约，签约仍然有效' if _ending(row) else ''}",
        _reason(row),
    ),
    "termination.requested": lambda row, viewer: (f"{_starter(row, viewer)}申请解约", _reason(row)),
    "termination.accepted": lambda row, viewer: (
        f"{_answerer(row, viewer)}同意解约",
        "以操作码确认" if row["facts"]["started_by"] == "employer" else None,
    ),
    "termination.refused": lambda row, viewer: (f"{_answerer(row, viewer)}拒绝解约", _reason(row)),
    "termination.cancelled": lambda row, viewer: (f"{_starter(row, viewer)}撤销了解约申请", None),
    "termination.help_asked": lambda row, viewer: (f"{_starter(row, viewer)}请学校协助解约", None),
    "termination.settled": lambda row, viewer: ("学校受理解约，转入审核", _finding(row)),
    "termination.dismissed": lambda row, viewer: ("学校不予解约，签约仍然有效", _finding(row)),
}
"""Events worth a line; the rest (a claim opened with its acceptance) would say the same thing twice."""


def _handed_in(row: Fields, mine: bool) -> str:
    if row["actor_role"] == "link":
        return "单位协助提交"
    return "学校代为提交" if row["facts"].get("on_behalf") else "你提交了" if mine else "毕业生提交"


def _handed_in_again(row: Fields, mine: bool) -> str:
    if row["actor_role"] == "link":
        return "单位协助重新提交"
    if row["facts"].get("on_behalf"):
        return "学校代为改好并重新提交"
    return "你改好后重新提交" if mine else "毕业生改好后重新提交"


def _subject(row: Fields) -> str | None:
    """The other party or the type, unless it is the other party who acted."""
    return None if row["actor_role"] == "link" else row["facts"].get("subject") or None


def _number(row: Fields) -> str | None:
    found = row["facts"].get("number")
    return numbers.grouped(found) if found else None


def _by_desk(row: Fields, title: str) -> Line:
    return f"{_desk(row)}{title}", _reason(row)


FILED: Mapping[str, Callable[[Fields, bool], Line]] = {
    "filing.drafted": lambda row, mine: ("开始填写", None),
    "filing.submitted": lambda row, mine: (_handed_in(row, mine), _subject(row)),
    "filing.resubmitted": lambda row, mine: (_handed_in_again(row, mine), _subject(row)),
    "filing.withdrawn": lambda row, mine: ("你撤回修改" if mine else "毕业生撤回修改", None),
    "filing.assisted": lambda row, mine: ("学校开始代为修改", _reason(row)),
    "filing.passed": lambda row, mine: _by_desk(row, "审核通过"),
    "filing.approved": lambda row, mine: _by_desk(row, "审核通过"),
    "filing.returned": lambda row, mine: _by_desk(row, "退回修改"),
    "filing.rejected": lambda row, mine: _by_desk(row, "审核不通过"),
    "filing.edited": lambda row, mine: _by_desk(row, "代为修改了内容"),
    "filing.taken_up": lambda row, mine: (f"{_desk(row)}超过时限，上一级接办", None),
    "claim.generated": lambda row, mine: ("生成就业协议书", _number(row)),
    "claim.voided": lambda row, mine: ("去向作废", _reason(row)),
    "claim.amended": lambda row, mine: ("补充了信息", None),
    "claim.ending": lambda row, mine: ("开始解约", _reason(row)),
    "claim.kept": lambda row, mine: ("没有解约，仍然有效", None),
    "claim.terminated": lambda row, mine: ("已解约", None),
    "claim.suspended": lambda row, mine: ("基本信息删除，去向挂起", None),
    "claim.restored": lambda row, mine: ("基本信息恢复，去向恢复有效", None),
}
"""What a filing's page tells of the filing and the claim it is about."""


def filing_history(events: Iterable[Fields], mine: bool) -> list[dict[str, Any]]:
    """``[{at, title, who, note}]`` of a filing's page, newest first; ``mine`` says 「你」 to its graduate."""
    viewer: Viewer = "graduate" if mine else "office"
    # Of one moment: what came of a decision is told after it.
    events = sorted(events, key=lambda row: (row["at"], row["name"].startswith("claim."), row["id"]), reverse=True)
    if any(row["name"].startswith("invitation.") for row in events):
        return history(events, viewer)  # what began with an employer's invitation is told as that
    return [_told(row, FILED[row["name"]](row, mine), viewer) for row in events if row["name"] in FILED]


def graduate_history(events: Iterable[Fields]) -> list[dict[str, Any]]:
    """The same of all that concerns one graduate, as an office reads it; each line says what it is about."""
    return [found for row in events if (found := _of_graduate(row)) is not None]


def _of_graduate(row: Fields) -> dict[str, Any] | None:
    if row["name"] in FILED and not _ending(row):
        title, note = FILED[row["name"]](row, False)
        what = row["facts"].get("what")
        return _told(row, (f"{what}：{title}" if what else title, note), "office")
    return _line(row, "office") if row["name"] in TOLD else None


def history(events: Iterable[Fields], viewer: Viewer) -> list[dict[str, Any]]:
    """``[{at, title, who, note}]``, newest first, of the column :data:`EVENTS`."""
    return [_line(row, viewer) for row in events if row["name"] in TOLD]


def _line(row: Fields, viewer: Viewer) -> dict[str, Any]:
    return _told(row, TOLD[row["name"]](row, viewer), viewer)


def _told(row: Fields, line: Line, viewer: Viewer) -> dict[str, Any]:
    title, note = line
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
        case "link":
            return f"{row['facts'].get('by') or '用人单位'}（一次性链接）"
        case "employer":
            return f"{row['actor']}（{row['actor_title']}）" if row["actor_title"] else row["actor"]
    office = row["college"] or "就业指导中心"
    return f"{office} · {row['actor']}"
