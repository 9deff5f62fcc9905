"""审核台: the queue of a desk, its counts, and one filing with all that a decision needs."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, text

from app import clock, workdays
from app.access import Actor, Role
from app.codes.standing import desk_turn
from app.codes.tables import label
from app.models.columns import in_states
from app.models.filing import EDITABLE
from app.queries import Fields, cards, comparing, filing_pages
from app.queries.cursors import Page, earlier, later, page
from app.queries.invitations import agreement
from app.settings import Settings
from app.workflows import proofs
from app.workflows.kinds import KINDS

DESK_STATE = {Role.COUNSELLOR: "counsellor_review", Role.COLLEGE: "college_review", Role.SCHOOL: "school_review"}

# Which filings one's office may see. Two statements rather than one with an OR, so that each walks its own index.
_SCOPES = {"school": "f.school_id = :school", "college": "f.college_id = :college"}
# Past 审核时限 and the days of grace at the level right before one's own: it may be taken up (接办).
_LIES_BELOW = """
    f.due_on <= (CAST(:lain AS date[]))[least(s.escalation_days, :grace) + 1]
    AND f.stages[array_position(f.stages, replace(f.state, '_review', '')) + 1] = :stage
"""
_DOUBTS = f"""
    CASE WHEN {proofs.ALIKE} THEN ARRAY['alike'] ELSE '{{}}' END
    || CASE WHEN {proofs.UNCLEAR} THEN ARRAY['unclear'] ELSE '{{}}' END
"""
_PEOPLE = """
    filing f JOIN graduate g ON g.id = f.graduate_id JOIN college co ON co.id = f.college_id
        JOIN school s ON s.id = f.school_id
    LEFT JOIN claim c ON c.id = f.claim_id LEFT JOIN account h ON h.id = f.holder_id AND f.held_until > now()
"""
# What its maker works on is as it was typed, right or wrong, and nobody else's to read.
_HANDED_IN = f"NOT f.{in_states(*EDITABLE)}"
_ROW = f"""
    f.id, f.kind, f.state, f.version, f.round, f.stage_since, f.due_on, f.submitted_at, f.lane,
    f.filed_by IS NOT NULL AS on_behalf, CASE WHEN f.state <> 'draft' THEN f.subject ELSE '' END AS title,
    CASE WHEN {_HANDED_IN} THEN f.form->>'position' END AS position,
    CASE WHEN {_HANDED_IN} THEN CAST(f.form->>'regular_pay_cents' AS bigint) END AS pay,
    g.name AS graduate_name, g.student_no, g.major, g.degree, co.name AS college_name,
    h.name AS holder_name, f.holder_id, f.held_until,
    ({_DOUBTS}) AS doubts
"""
# One walk along an index for each desk that is asked for, merged: a page costs what it shows, wherever it lies.
_QUEUES = {
    (office, sort): text(f"""
    SELECT waiting.* FROM unnest(CAST(:desks AS text[])) AS desk (state) CROSS JOIN LATERAL (
        SELECT {_ROW} FROM {_PEOPLE}
        WHERE {scope} AND f.state = desk.state
            AND (CAST(:kind AS text) IS NULL OR f.kind = :kind)
            AND (CAST(:chosen AS integer) IS NULL OR f.college_id = :chosen)
            AND (CAST(:q AS text) IS NULL OR g.name LIKE :q OR g.student_no LIKE :q OR f.subject LIKE :q)
            AND (NOT :late OR f.due_on < :today) AND (NOT :below OR ({_LIES_BELOW}))
            AND (NOT :flagged OR cardinality({_DOUBTS}) > 0 OR f.filed_by IS NOT NULL)
            AND {beyond("f.stage_since", "f.id")}
        ORDER BY f.stage_since {way}, f.id {way} LIMIT :limit) waiting
    ORDER BY waiting.stage_since {way}, waiting.id {way} LIMIT :limit
""")  # noqa: S608  (only constants of this module)
    for office, scope in _SCOPES.items()
    for sort, (beyond, way) in {"oldest": (later, "ASC"), "newest": (earlier, "DESC")}.items()
}
_DECIDED = {
    office: text(f"""
    SELECT {_ROW}, r.verdict, r.decided_at FROM {_PEOPLE} JOIN review r ON r.filing_id = f.id
    WHERE {scope} AND r.account_id = :account
        AND {earlier("r.decided_at", "f.id")}
    ORDER BY r.decided_at DESC, f.id DESC LIMIT :limit
""")  # noqa: S608
    for office, scope in _SCOPES.items()
}
_COUNTS = {
    office: text(f"""
    SELECT (SELECT coalesce(json_agg(waiting), '[]') FROM (
            SELECT f.kind, count(*) AS many, count(*) FILTER (WHERE f.due_on < :today) AS overdue
            FROM filing f WHERE {scope} AND f.state = :desk GROUP BY f.kind) waiting) AS kinds,
        (SELECT count(*) FROM filing f JOIN school s ON s.id = f.school_id
            WHERE {scope} AND f.state = ANY(CAST(:lower AS text[])) AND {_LIES_BELOW}) AS below,
        (SELECT count(*) FROM review WHERE account_id = :account AND decided_at >= :midnight) AS done_today,
        (SELECT count(*) FROM termination WHERE :stage = 'school' AND school_id = :school AND state = 'pending'
            AND help_asked_at IS NOT NULL) AS helping
""")  # noqa: S608
    for office, scope in _SCOPES.items()
}
_COLLEGES = text("SELECT id, name FROM college WHERE school_id = :school ORDER BY name")

DOUBTS = {"alike": "材料与他人相同或相似", "unclear": "照片可能看不清"}
VERDICTS = {"approve": "通过", "reject": "不通过", "return": "退回修改"}


LEVELS = tuple(DESK_STATE)


def _office(actor: Actor) -> str:
    return "school" if actor.role is Role.SCHOOL else "college"


def _scope(actor: Actor) -> dict[str, Any]:
    today = clock.today()
    return {
        "school": actor.school_id,
        "college": actor.college_id,
        "desk": DESK_STATE[actor.role],
        "stage": actor.role.value,
        "account": actor.id,
        "today": today,
        "lain": list(workdays.lain(today)),
        "grace": workdays.LONGEST_GRACE,
        "lower": [DESK_STATE[role] for role in LEVELS[: LEVELS.index(actor.role)]],
    }


def queue(connection: Connection, actor: Actor, window: Page, wanted: Fields) -> dict[str, Any]:
    """What waits at this desk, oldest first unless sorted otherwise; with ``overdue`` below what may be taken up from
    the level before."""
    scope = _scope(actor)
    below = wanted["overdue"] == "below"
    asked = {
        **scope,
        **window.parameters(),
        "kind": wanted["kind"],
        "chosen": wanted["college"],
        "q": f"%{wanted['q'].translate(_LITERAL)}%" if wanted["q"] else None,
        "late": wanted["overdue"] == "mine",
        "below": below,
        "flagged": wanted["flagged"],
        "desks": scope["lower"] if below else [scope["desk"]],
    }
    rows = connection.execute(_QUEUES[_office(actor), wanted["sort"]], asked).mappings().all()
    return page(rows, window, lambda row: _listed(row, actor) | {"may_take_up": below}, ("stage_since", "id"))


_LITERAL = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


def decided(connection: Connection, actor: Actor, window: Page) -> dict[str, Any]:
    """What this person decided lately."""
    rows = connection.execute(_DECIDED[_office(actor)], {**_scope(actor), **window.parameters()}).mappings().all()
    return page(rows, window, lambda row: _listed(row, actor) | _verdict(row), ("decided_at", "id"))


def _verdict(row: Fields) -> dict[str, Any]:
    return {"verdict": VERDICTS[row["verdict"]], "decided_at": clock.rfc3339(row["decided_at"])}


def _listed(row: Fields, actor: Actor) -> dict[str, Any]:
    held_by_other = row["holder_name"] and row["holder_id"] != actor.id
    return {
        "filing_id": row["id"],
        "version": row["version"],
        "kind": row["kind"],
        "kind_name": KINDS[row["kind"]].title,
        "graduate": _graduate(row),
        "title": row["title"] or KINDS[row["kind"]].title,
        "line": " · ".join(part for part in (row["position"], cards.pay(row["pay"])) if part),
        "since": clock.rfc3339(row["stage_since"]),
        "round": row["round"],
        "holder": {"name": row["holder_name"]} if held_by_other else None,
        "due_on": row["due_on"],
        "on_behalf": row["on_behalf"],
        "overdue": row["due_on"] is not None and row["due_on"] < clock.today(),
        "doubts": [{"code": code, "text": DOUBTS[code]} for code in row["doubts"]],
        "may_take_up": False,
    }


def _graduate(row: Fields) -> dict[str, Any]:
    return {
        "name": row["graduate_name"],
        "student_no": row["student_no"],
        "college": row["college_name"],
        "major": row["major"],
        "degree": label("degree_short", row["degree"]),
    }


def counts(connection: Connection, actor: Actor) -> dict[str, Any]:
    """What waits by kind, what is overdue, what was done today."""
    scope = _scope(actor)
    midnight = clock.end_of_day(scope["today"]) - clock.minutes(24 * 60)
    row = connection.execute(_COUNTS[_office(actor)], {**scope, "midnight": midnight}).one()
    return {
        "total": sum(kind["many"] for kind in row.kinds),
        "by_kind": {kind["kind"]: kind["many"] for kind in row.kinds},
        "kinds": [
            {"kind": kind["kind"], "name": KINDS[kind["kind"]].title, "many": kind["many"], "overdue": kind["overdue"]}
            for kind in sorted(row.kinds, key=lambda kind: list(KINDS).index(kind["kind"]))
        ],
        "overdue": sum(kind["overdue"] for kind in row.kinds),
        "below": row.below,
        "done_today": row.done_today,
        "helping": row.helping,
    }


def colleges(connection: Connection, actor: Actor) -> list[dict[str, Any]]:
    """The colleges a filter can name."""
    return [dict(row) for row in connection.execute(_COLLEGES, {"school": actor.school_id}).mappings()]


def one(connection: Connection, settings: Settings, actor: Actor, filing: uuid.UUID) -> tuple[dict[str, Any], Row[Any]]:
    """One filing without sealed data, and its row for what the caller adds; :class:`NotFound` out of scope."""
    row = filing_pages.read(connection, actor, filing)
    return _whole(settings, row, actor), row


def _whole(settings: Settings, row: Row[Any], actor: Actor) -> dict[str, Any]:
    shown = row._mapping
    strip = desk_turn(row.state, row.state == DESK_STATE[actor.role])
    claim = row.claim or {}
    told = row.form if row.state not in EDITABLE else {}
    extra = {"title": row.subject, "position": told.get("position"), "pay": told.get("regular_pay_cents")}
    whole = filing_pages.page(settings, row, actor, actor.id or uuid.UUID(int=0))
    extra |= {"on_behalf": row.filed_by is not None, "doubts": _doubts(row)}
    found = _listed({**shown, **extra}, actor)
    found["may_take_up"] = any(item["action"] == "take_up" and item["possible"] for item in whole["actions"])
    note = _DUE[found["overdue"], found["may_take_up"]]
    return {
        **whole,
        **found,
        "turn": filing_pages.turn(strip, row, note=note),
        "clauses": (claim.get("evidence") or {}).get("clauses", []) if claim.get("invitation_id") else [],
        "agreement": agreement({f"claim_{name}": claim[name] for name in ("id", "state")} | claim) if claim else None,
        "needs_note": KINDS[row.kind].note if row.state == f"{row.stages[-1]}_review" else None,
        "hold": _hold(row, actor),
        "compared": comparing.compared(row),
    }


_DUE = {
    (False, False): "{day}前完成",
    (True, False): "{day}到期，已超期",
    (True, True): "{day}到期，已超期，可接办",
}


def _doubts(row: Row[Any]) -> list[str]:
    unclear = any(set(item["warnings"]) & {"blurred", "small"} for item in row.uploads)
    return ["alike"] * bool(row.near) + ["unclear"] * unclear


def _hold(row: Row[Any], actor: Actor) -> dict[str, Any] | None:
    if not row.holder_name:
        return None
    return {"by": row.holder_name, "mine": row.holder_id == actor.id, "until": cards.moment(row.held_until)}
