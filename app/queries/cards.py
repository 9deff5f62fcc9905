"""The card of a signing: one select for home, lists and details, and one function that puts words on its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app import clock
from app.codes import standing
from app.documents.clauses import yuan
from app.queries import Fields

# The newest claim of the invitation and its filing say how far it came; ``held`` says whether another claim of the
# same graduate blocks it. Times are asked of the database, so that a late client clock changes nothing.
CARD_COLUMNS = """
    i.id, i.state, i.version, i.respond_by, i.sent_at, i.opened_at, i.reason, i.graduate_id, i.employer_id,
    i.terms->>'employer_name' AS employer_name, i.terms->>'position' AS position,
    CAST(i.terms->>'regular_pay_cents' AS bigint) AS pay, i.respond_by <= clock_timestamp() AS late,
    c.id AS claim_id, c.state AS claim_state, c.version AS claim_version, c.agreement_number, c.effective_at,
    f.id AS filing_id, f.state AS filing_state, f.version AS filing_version, f.stage_since, f.due_on,
    coalesce(f.stages, ARRAY(SELECT jsonb_array_elements_text(coalesce(s.stages->'online_signing', s.stages->'*'))))
        AS stages,
    (SELECT r.stage FROM review r WHERE r.filing_id = f.id AND r.verdict = 'reject') AS rejected_by,
    (SELECT t.started_by FROM termination t WHERE t.claim_id = c.id AND t.state = 'pending') AS ending_asked_by,
    EXISTS (SELECT FROM claim h WHERE h.graduate_id = i.graduate_id AND h.id IS DISTINCT FROM c.id
        AND h.state IN ('in_review', 'agreement_generated', 'effective', 'terminating', 'suspended')) AS held
"""
CARD_TABLES = """
    invitation i JOIN school s ON s.id = i.school_id
    LEFT JOIN LATERAL (SELECT * FROM claim WHERE invitation_id = i.id ORDER BY opened_at DESC LIMIT 1) c
        ON i.state = 'accepted'
    LEFT JOIN LATERAL (SELECT * FROM filing WHERE claim_id = c.id AND lane = 'destination'
        ORDER BY submitted_at DESC LIMIT 1) f ON true
"""
REVIEW_NOTE = "通常 3 个工作日内"


def moment(value: Any) -> str | None:
    """A time out of a row or out of PostgreSQL's JSON, as the API writes it."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return clock.rfc3339(value)


def pay(cents: int | None) -> str | None:
    """「13,000 元/月」."""
    return f"{yuan(cents)}/月" if cents is not None else None


def line(row: Fields) -> str:
    """「签约邀请 · 后端开发工程师 · 13,000 元/月」."""
    what = "签约邀请" if row["state"] != "accepted" else "线上签约"
    return " · ".join(part for part in (what, row["position"], pay(row["pay"])) if part)


def turn(row: Fields, viewer: standing.Viewer) -> dict[str, Any]:
    """The turn strip of a row for one viewer."""
    late = bool(row["late"]) and row["state"] == "pending"
    found = standing.turn(
        viewer,
        row["state"],
        row["filing_state"],
        row["claim_state"],
        late=late,
        held=bool(row["held"]),
        asked_by=row["ending_asked_by"],
    )
    return {
        "who": found.who,
        "text": found.text,
        "until": moment(row["respond_by"]) if found.timed else None,
        "since": moment(row["stage_since"]) if found.aged else None,
        "note": _note(row, found),
    }


def _note(row: Fields, found: standing.Turn) -> str | None:
    if not found.aged:
        return None
    due = row["due_on"]
    if due is None:
        return REVIEW_NOTE
    day = datetime.fromisoformat(due) if isinstance(due, str) else due
    return f"最晚 {day.month}月{day.day}日"


def steps(row: Fields, viewer: standing.Viewer) -> list[dict[str, str]]:
    """The thin line of steps of a row."""
    late = bool(row["late"]) and row["state"] == "pending"
    found = standing.steps(viewer, row["state"], row["filing_state"], tuple(row["stages"]), late, row["rejected_by"])
    return [{"label": label, "state": state} for label, state in found]


def card(row: Fields, viewer: standing.Viewer) -> dict[str, Any]:
    """A card as every list shows it."""
    strip = turn(row, viewer)
    answer = viewer == "graduate" and strip["who"] == "mine"
    asked = "看解约申请并答复" if row["state"] == "accepted" else "看条款并答复"
    return {
        "id": row["id"],
        "kind": "online_signing",
        "state": row["state"],
        "title": row["employer_name"],
        "line": line(row),
        "turn": strip,
        "steps": steps(row, viewer),
        "main_action": {"label": asked} if answer else None,
        "href": f"/invitations/{row['id']}",
    }


def etag(row: Fields) -> str:
    """Invitation's version first (actions compare it), then those of claim and filing and of a termination, then what
    the clock and rivals change without touching the row."""
    ending = row.get("termination") or {}
    return (
        f"{row['version']}.{row['claim_version'] or 0}.{row['filing_version'] or 0}"
        f".{ending.get('version', 0)}.{ending.get('filing_version') or 0}"
        f".{int(bool(row['late']))}{int(bool(row['held']))}{int(row['opened_at'] is not None)}"
    )
