"""审核台: the queue of a desk, its counts, and one filing with all that a decision needs."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, text

from app import clock
from app.access import Actor, Role
from app.codes.standing import desk_turn
from app.codes.tables import label
from app.problems import NotFound
from app.queries import Fields, cards
from app.queries.cursors import Page, page
from app.queries.history import EVENTS, history
from app.queries.invitations import agreement
from app.schemas import form
from app.schemas.terms import AgreementTerms

DESK_STATE = {Role.COUNSELLOR: "counsellor_review", Role.COLLEGE: "college_review", Role.SCHOOL: "school_review"}

_SCOPE = "f.school_id = :school AND (CAST(:college AS integer) IS NULL OR f.college_id = :college)"
_PEOPLE = """
    filing f JOIN graduate g ON g.id = f.graduate_id JOIN college co ON co.id = f.college_id
    JOIN claim c ON c.id = f.claim_id LEFT JOIN account h ON h.id = f.holder_id AND f.held_until > now()
"""
_ROW = """
    f.id, f.kind, f.state, f.round, f.stage_since, f.due_on, f.submitted_at, c.title, f.form->>'position' AS position,
    CAST(f.form->>'regular_pay_cents' AS bigint) AS pay, g.name AS graduate_name, g.student_no, g.major, g.degree,
    co.name AS college_name, h.name AS holder_name, f.holder_id, f.held_until
"""
_QUEUE = text(f"""
    SELECT {_ROW} FROM {_PEOPLE}
    WHERE {_SCOPE} AND f.state = :desk
        AND (CAST(:kind AS text) IS NULL OR f.kind = :kind)
        AND (CAST(:chosen AS integer) IS NULL OR f.college_id = :chosen)
        AND (CAST(:q AS text) IS NULL OR g.name LIKE :q OR g.student_no LIKE :q OR c.title LIKE :q)
        AND (CAST(:after_at AS timestamptz) IS NULL OR (f.stage_since, f.id) > (:after_at, :after_id))
    ORDER BY f.stage_since, f.id LIMIT :limit
""")  # noqa: S608  (only constants of this module)
_DECIDED = text(f"""
    SELECT {_ROW}, r.verdict, r.decided_at FROM {_PEOPLE} JOIN review r ON r.filing_id = f.id
    WHERE {_SCOPE} AND r.account_id = :account
        AND (CAST(:after_at AS timestamptz) IS NULL OR (r.decided_at, f.id) < (:after_at, :after_id))
    ORDER BY r.decided_at DESC, f.id DESC LIMIT :limit
""")  # noqa: S608
_COUNTS = text(f"""
    SELECT (SELECT coalesce(json_agg(waiting), '[]') FROM (
            SELECT f.kind, count(*) AS many, count(*) FILTER (WHERE f.due_on < :today) AS overdue
            FROM filing f WHERE {_SCOPE} AND f.state = :desk GROUP BY f.kind) waiting) AS kinds,
        (SELECT count(*) FROM review WHERE account_id = :account AND decided_at >= :midnight) AS done_today
""")  # noqa: S608
_ONE = text(f"""
    SELECT {_ROW}, f.version, f.machine, f.stages, f.form, f.graduate_id, f.school_id, c.invitation_id,
        c.id AS claim_id, c.state AS claim_state, c.version AS claim_version, c.agreement_number, c.effective_at,
        c.evidence, g.id_number, g.phone, g.graduates_on, {EVENTS}, clock_timestamp() AS now, g.base_state,
        g.training_mode, s.one_person_levels, s.code AS school_code, (SELECT array_agg(r.account_id) FROM review r
            WHERE r.filing_id = f.id AND r.round = f.round) AS deciders,
        (SELECT r.stage FROM review r WHERE r.filing_id = f.id AND r.verdict = 'reject') AS rejected_by
    FROM {_PEOPLE} JOIN school s ON s.id = f.school_id LEFT JOIN invitation i ON i.id = c.invitation_id
    WHERE f.id = :id AND {_SCOPE}
""")  # noqa: S608
_COLLEGES = text("SELECT id, name FROM college WHERE school_id = :school ORDER BY name")

VERDICTS = {"approve": "通过", "reject": "不通过", "return": "退回修改"}


def _scope(actor: Actor) -> dict[str, Any]:
    college = None if actor.role is Role.SCHOOL else actor.college_id
    return {"school": actor.school_id, "college": college, "desk": DESK_STATE[actor.role], "account": actor.id}


def queue(
    connection: Connection, actor: Actor, window: Page, *, kind: str | None, college: int | None, q: str | None
) -> dict[str, Any]:
    """What waits at this desk, oldest first."""
    like = f"%{q.translate(_LITERAL)}%" if q else None
    asked = {**_scope(actor), **window.parameters(), "kind": kind, "chosen": college, "q": like}
    rows = connection.execute(_QUEUE, asked).mappings().all()
    return page(rows, window, lambda row: _listed(row, actor), ("stage_since", "id"))


_LITERAL = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


def decided(connection: Connection, actor: Actor, window: Page) -> dict[str, Any]:
    """What this person decided lately."""
    rows = connection.execute(_DECIDED, {**_scope(actor), **window.parameters()}).mappings().all()
    return page(rows, window, lambda row: _listed(row, actor) | _verdict(row), ("decided_at", "id"))


def _verdict(row: Fields) -> dict[str, Any]:
    return {"verdict": VERDICTS[row["verdict"]], "decided_at": clock.rfc3339(row["decided_at"])}


def _listed(row: Fields, actor: Actor) -> dict[str, Any]:
    held_by_other = row["holder_name"] and row["holder_id"] != actor.id
    return {
        "filing_id": row["id"],
        "kind": row["kind"],
        "graduate": _graduate(row),
        "title": row["title"],
        "line": " · ".join(part for part in (row["position"], cards.pay(row["pay"])) if part),
        "since": clock.rfc3339(row["stage_since"]),
        "round": row["round"],
        "holder": {"name": row["holder_name"]} if held_by_other else None,
        "due_on": row["due_on"],
        "overdue": row["due_on"] is not None and row["due_on"] < clock.today(),
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
    today = clock.today()
    midnight = clock.end_of_day(today) - clock.minutes(24 * 60)
    row = connection.execute(_COUNTS, {**_scope(actor), "today": today, "midnight": midnight}).one()
    return {
        "total": sum(kind["many"] for kind in row.kinds),
        "by_kind": {kind["kind"]: kind["many"] for kind in row.kinds},
        "overdue": sum(kind["overdue"] for kind in row.kinds),
        "done_today": row.done_today,
    }


def colleges(connection: Connection, actor: Actor) -> list[dict[str, Any]]:
    """The colleges a filter can name."""
    return [dict(row) for row in connection.execute(_COLLEGES, {"school": actor.school_id}).mappings()]


def one(connection: Connection, actor: Actor, filing: uuid.UUID) -> tuple[dict[str, Any], Row[Any]]:
    """One filing without ``actions`` and sealed data, and its row for what the caller adds.

    Raises :class:`NotFound` out of the desk's scope.
    """
    found = connection.execute(_ONE, {**_scope(actor), "id": filing}).one_or_none()
    if found is None:
        raise NotFound
    return _whole(found._mapping, actor), found


def _whole(row: Fields, actor: Actor) -> dict[str, Any]:
    strip = desk_turn(row["state"], row["state"] == DESK_STATE[actor.role])
    due = row["due_on"]
    return _listed(row, actor) | {
        "id": row["id"],
        "version": row["version"],
        "state": row["state"],
        "turn": {
            "who": strip.who,
            "text": strip.text,
            "until": None,
            "since": clock.rfc3339(row["stage_since"]) if strip.aged else None,
            "note": f"{due.month}月{due.day}日前完成" if due and strip.aged else None,
        },
        "steps": _steps(row),
        "form": form.lines(AgreementTerms(), row["form"]),
        "clauses": row["evidence"].get("clauses", []),
        "history": history(row["events"], "office"),
        "agreement": agreement(row),
        "hold": {
            "by": row["holder_name"],
            "mine": row["holder_id"] == actor.id,
            "until": cards.moment(row["held_until"]),
        }
        if row["holder_name"]
        else None,
    }


def _steps(row: Fields) -> list[dict[str, str]]:
    shown = {"state": "accepted", "filing_state": row["state"], "late": False}
    shown |= {name: row[name] for name in ("stages", "rejected_by")}
    return cards.steps(shown, "office")
