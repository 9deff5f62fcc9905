"""线上解约 as its two parties and the graduate's offices read it."""

from __future__ import annotations

import uuid
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, text

from app import clock
from app.access import Actor, Role
from app.codes.standing import Turn, Viewer, termination_turn
from app.codes.tables import label
from app.problems import NotFound
from app.queries import Fields, cards
from app.queries.cursors import Page, later, page
from app.queries.history import history
from app.workflows import termination

_COLUMNS = """t.*, tf.state AS filing_state, tf.version AS filing_version, tf.stage_since, tf.due_on"""
OF_CLAIM = f"""(SELECT to_json(t) FROM (SELECT {_COLUMNS} FROM termination t LEFT JOIN filing tf ON tf.id = t.filing_id
        WHERE t.claim_id = c.id ORDER BY t.created_at DESC LIMIT 1) t)"""  # noqa: S608  (only constants)
"""The newest termination of claim ``c``, as :func:`brief` takes it."""
_ONE = text(f"""
    SELECT {_COLUMNS}, {termination.AROUND}, clock_timestamp() AS now, c.title, c.agreement_number, c.invitation_id,
        g.name AS graduate_name, s.contact,
        (SELECT coalesce(json_agg(line ORDER BY line.id DESC), '[]') FROM (
            SELECT e.id, e.name, e.at, e.facts, e.actor_role, coalesce(a.name, '') AS actor, a.title AS actor_title,
                co.name AS college
            FROM event e LEFT JOIN account a ON a.id = e.actor_id LEFT JOIN college co ON co.id = a.college_id
            WHERE e.subject IN (t.id, t.filing_id) ORDER BY e.id DESC LIMIT 100) line) AS events
    FROM termination t JOIN claim c ON c.id = t.claim_id JOIN graduate g ON g.id = t.graduate_id
        JOIN school s ON s.id = t.school_id LEFT JOIN filing tf ON tf.id = t.filing_id
    WHERE t.id = :id AND (t.graduate_id = :graduate OR t.employer_id = :employer OR t.school_id = :school
        OR g.college_id = :college)
""")  # noqa: S608
_ASKING = text(f"""
    SELECT t.id, t.started_by, t.reason, t.note, t.created_at, t.help_asked_at, c.title, c.agreement_number,
        g.name AS graduate_name, g.student_no, co.name AS college
    FROM termination t JOIN claim c ON c.id = t.claim_id JOIN graduate g ON g.id = t.graduate_id
        JOIN college co ON co.id = g.college_id
    WHERE t.school_id = :school AND t.state = 'pending' AND t.help_asked_at IS NOT NULL
        AND {later("t.help_asked_at", "t.id")}
    ORDER BY t.help_asked_at, t.id LIMIT :limit
""")  # noqa: S608
VIEWERS: dict[Role, Viewer] = {Role.GRADUATE: "graduate", Role.EMPLOYER: "employer"}


def brief(found: Fields, around: Fields, actor: Actor) -> dict[str, Any]:
    """A termination in the actor's words. ``around`` holds what the guards look at and ``now``."""
    viewer = VIEWERS.get(actor.role, "office")
    strip = termination_turn(viewer, found["state"], found["started_by"], found["filing_state"])
    if actor.role is Role.SCHOOL and found["state"] == "pending" and found["help_asked_at"]:
        strip = Turn("mine", "轮到学校协助", aged=True)
    names = ("base_state", "terminations_max", "terminations", "now")
    row = SimpleNamespace(**dict(found) | {name: around[name] for name in names})
    row.created_at = _time(found["created_at"])
    return {
        "id": found["id"],
        "state": found["state"],
        "version": found["version"],
        "started_by": found["started_by"],
        "reason": label("termination_reason", found["reason"]),
        "note": found["note"],
        "answer": found["answer"],
        "at": cards.moment(found["created_at"]),
        "answered_at": cards.moment(found["answered_at"]),
        "help_asked_at": cards.moment(found["help_asked_at"]),
        "turn": {
            "who": strip.who,
            "text": strip.text,
            "until": None,
            "since": cards.moment(found["stage_since"] or found["created_at"]) if strip.aged else None,
            "note": _note(found) if strip.aged else None,
        },
        "actions": [vars(item) for item in termination.possible(row, actor)],
    }


def _note(found: Fields) -> str | None:
    """Until when the desk has time, or how to go on while the other party is silent."""
    if found["filing_state"] is None:
        return "学校已在协助" if found["help_asked_at"] else "没有时限，可以直接联系对方"
    due = found["due_on"]
    day = datetime.fromisoformat(due) if isinstance(due, str) else due
    return f"最晚 {day.month}月{day.day}日" if day else cards.REVIEW_NOTE


def _time(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def one(connection: Connection, actor: Actor, termination_id: uuid.UUID) -> tuple[dict[str, Any], int]:
    """The whole of it, and the version of the filing that came of it (0 without).

    Raises :class:`NotFound` for all but its parties and the graduate's offices.
    """
    scope = {**termination.scope(actor), "college": actor.college_id if actor.role in _OF_COLLEGE else None}
    row = connection.execute(_ONE, {"id": termination_id, **scope}).mappings().one_or_none()
    if row is None:
        raise NotFound
    whole = brief(row, row, actor) | {
        "employer": row["title"],
        "graduate": row["graduate_name"],
        "agreement_number": row["agreement_number"],
        "invitation_id": row["invitation_id"],
        "filing_id": row["filing_id"],
        "history": history(row["events"], VIEWERS.get(actor.role, "office")),
        "help": row["contact"],
    }
    return whole, row["filing_version"] or 0


_OF_COLLEGE = (Role.COLLEGE, Role.COUNSELLOR)


def asking_help(connection: Connection, actor: Actor, window: Page) -> dict[str, Any]:
    """What a school was asked to help with (请学校协助), the oldest first."""
    rows = connection.execute(_ASKING, {"school": actor.school_id, **window.parameters()}).mappings().all()
    return page(rows, window, _listed, ("help_asked_at", "id"))


def _listed(row: Fields) -> dict[str, Any]:
    return {
        "id": row["id"],
        "graduate": row["graduate_name"],
        "student_no": row["student_no"],
        "college": row["college"],
        "employer": row["title"],
        "agreement_number": row["agreement_number"],
        "started_by": row["started_by"],
        "reason": label("termination_reason", row["reason"]),
        "note": row["note"],
        "at": clock.rfc3339(row["created_at"]),
        "help_asked_at": clock.rfc3339(row["help_asked_at"]),
    }
