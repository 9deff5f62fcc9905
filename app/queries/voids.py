"""作废记录: the destinations of an office's graduates that were voided, by whom and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from app import clock
from app.access import Actor
from app.queries import Fields
from app.queries.cursors import Page, earlier, page
from app.workflows.filing_rows import scope
from app.workflows.kinds import KINDS

_VOIDS = text(f"""
    SELECT e.at, e.subject AS id, e.actor_role, e.facts->>'reason' AS reason, c.kind, c.title, c.agreement_number,
        g.id AS graduate_id, g.name, g.student_no, co.name AS college, a.name AS actor
    FROM event e JOIN claim c ON c.id = e.subject JOIN graduate g ON g.id = e.graduate_id
        JOIN college co ON co.id = g.college_id LEFT JOIN account a ON a.id = e.actor_id
    WHERE e.name = 'claim.voided' AND e.school_id = :school
        AND (CAST(:college AS integer) IS NULL OR g.college_id = :college)
        AND {earlier("e.at", "e.subject")}
    ORDER BY e.at DESC, e.subject DESC LIMIT :limit
""")  # noqa: S608  (only constants)


def listed(connection: Connection, actor: Actor, window: Page) -> dict[str, Any]:
    """What was voided, newest first."""
    rows = connection.execute(_VOIDS, {**scope(actor), **window.parameters()}).mappings().all()
    return page(rows, window, _line, ("at", "id"))


def _line(row: Fields) -> dict[str, Any]:
    return {
        "id": row["id"],
        "at": clock.rfc3339(row["at"]),
        "graduate_id": row["graduate_id"],
        "graduate": row["name"],
        "student_no": row["student_no"],
        "college": row["college"],
        "kind_name": KINDS[row["kind"]].title,
        "title": row["title"],
        "number": row["agreement_number"],
        "by": "本人" if row["actor_role"] == "graduate" else row["actor"],
        "reviewed": row["actor_role"] != "graduate",
        "reason": row["reason"],
    }
