"""送达情况: how the pushes fared that told of the filings and invitations of an office's graduates."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from app import clock
from app.access import Actor, Role
from app.models import MessageState
from app.models.columns import in_states
from app.models.fallback import FALLBACK_OPEN, FallbackState
from app.models.message import OPEN
from app.notify.preferences import TITLES
from app.queries import Fields, cursors, other_channels
from app.queries.messages import FATES
from app.queries.other_channels import CALL
from app.queries.upkeep import reason

_LOOK = [state for state, fate in FATES.items() if fate.tone == "look"]
# Opening the invitation is seeing what its graduate had been told of it till then.
_SEEN = "coalesce(m.read_at, CASE WHEN a.role = 'graduate' AND i.opened_at >= m.due_at THEN i.opened_at END)"
# An office sees what its graduates are sent. What an employer is sent it sees once there is a filing about it:
# offices read filings, not invitations (app.access).
_OF_A_FILING = """
    f.graduate_id = e.graduate_id AND (f.id = e.subject OR f.claim_id = e.subject
        OR f.claim_id IN (SELECT c.id FROM claim c WHERE c.invitation_id = e.subject))
"""
_FROM = f"""
    message m JOIN event e ON e.id = m.event_id JOIN graduate g ON g.id = e.graduate_id
    JOIN account a ON a.id = m.recipient LEFT JOIN invitation i ON i.id = m.subject
    WHERE m.template IS NOT NULL AND m.due_at <= now()
        AND m.state NOT IN ('{MessageState.INBOX}', '{MessageState.CANCELLED}')
        AND g.school_id = :school AND (CAST(:college AS integer) IS NULL OR g.college_id = :college)
        AND (a.role = 'graduate' OR a.role = 'employer' AND EXISTS (SELECT FROM filing f WHERE {_OF_A_FILING}))
        AND {cursors.earlier("m.due_at", "m.id")}
"""
_FILTERS = {
    "all": "true",
    "problem": f"""m.{in_states(*_LOOK)} AND m.read_at IS NULL AND {_SEEN} IS NULL
        AND NOT EXISTS (SELECT FROM fallback b WHERE b.message_id = m.id AND b.state = '{FallbackState.DELIVERED}')""",
}
_PAGES = {
    name: text(f"""
        WITH page AS (
            SELECT m.id, m.due_at, m.state, m.template, m.attempts, m.errcode, m.errmsg, m.rid, m.sent_at,
                m.delivered_at, {_SEEN} AS read_at, a.role, g.name, g.student_no, g.class_name, g.college_id,
                CASE WHEN m.{in_states(*OPEN)} THEN m.next_try_at END AS next_try_at, e.graduate_id, e.subject
            FROM {_FROM} AND {wanted} ORDER BY m.due_at DESC, m.id DESC LIMIT :limit)
        SELECT e.*, co.name AS college, filed.id AS filing_id, other.ways
        FROM page e JOIN college co ON co.id = e.college_id
        LEFT JOIN LATERAL (
            SELECT f.id FROM filing f WHERE {_OF_A_FILING} ORDER BY f.submitted_at DESC LIMIT 1) filed ON true
        LEFT JOIN LATERAL (
            SELECT json_agg(json_build_object('channel', b.channel, 'state', b.state, 'attempts', b.attempts,
                'code', b.code) ORDER BY b.channel) AS ways FROM fallback b WHERE b.message_id = e.id) other ON true
        ORDER BY e.due_at DESC, e.id DESC
    """)  # noqa: S608  (only constants)
    for name, wanted in _FILTERS.items()
}


def listed(connection: Connection, actor: Actor, wanted: str, window: cursors.Page) -> dict[str, Any]:
    """The pushes in the office's scope, newest first: ``all``, or those with a ``problem``; in one statement.

    A problem is what has not arrived by any way and was not seen in the message centre either.
    """
    college = None if actor.role is Role.SCHOOL else actor.college_id
    asked = {"school": actor.school_id, "college": college, **window.parameters()}
    rows = connection.execute(_PAGES[wanted], asked).mappings().all()
    return cursors.page(rows, window, _shown, ("due_at", "id"))


def _told(row: Fields) -> dict[str, str]:
    """How it fared; who has seen it, had it another way or may still have it, need not be rung up."""
    fate = FATES[MessageState(row["state"])]
    words = fate.sender.partition("{")[0].strip()  # the times stand beside it
    # Sent, about to be, or left unsent because there is nothing to tell any more.
    settled = (FallbackState.SENT, FallbackState.EXPIRED, *FALLBACK_OPEN)
    under_way = any(way["state"] in settled for way in row["ways"] or ())
    if fate.tone == "ok" or not (_arrived(row) or under_way):
        return {"text": words, "tone": fate.tone}
    seen = "，但本人已看过" if row["read_at"] else ""
    tone = "ok" if _arrived(row) else "wait"
    return {"text": words.removesuffix(CALL).rstrip("，") + seen, "tone": tone}


def _shown(row: Fields) -> dict[str, Any]:
    return {
        "id": row["id"],
        "graduate": {name: row[name] for name in ("name", "student_no", "class_name", "college")},
        "receiver": "毕业生" if row["role"] == Role.GRADUATE else "用人单位",
        "what": TITLES.get(row["template"], "通知"),
        "state": row["state"],
        **_told(row),
        "attempts": row["attempts"],
        "code": row["errcode"],
        "said": reason(row["errmsg"]) or None,
        "rid": row["rid"],
        **{name: _moment(row[column]) for name, column in _TIMES.items()},
        "others": [other_channels.told(way) for way in row["ways"] or ()],
        "filing_id": row["filing_id"],
    }


_TIMES = {
    "at": "due_at",
    "sent_at": "sent_at",
    "delivered_at": "delivered_at",
    "read_at": "read_at",
    "next_try_at": "next_try_at",
}


def _moment(value: Any) -> str | None:
    return clock.rfc3339(value) if value else None


def _arrived(row: Fields) -> bool:
    return bool(row["read_at"]) or any(way["state"] == FallbackState.DELIVERED for way in row["ways"] or ())
