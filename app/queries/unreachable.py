"""联系不上的人: graduates whom something waits for and whom no channel has reached, for those who can ring them up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from app import clock
from app.access import Actor, Role
from app.models import MessageState
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.models.fallback import FALLBACK_OPEN
from app.models.message import NOT_ARRIVED
from app.queries import Fields, cards
from app.queries.cursors import Page, later, page
from app.queries.other_channels import OTHERS, reasons

_SCOPE = """g.school_id = :school AND (CAST(:college AS integer) IS NULL OR g.college_id = :college)
        AND g.base_state <> 'deleted'"""
_PERSON = "g.id AS graduate_id, g.name, g.student_no, g.class_name, g.major, g.college_id"
# What another message tells too fared as that other one did.
_FATE = """coalesce(t.id, n.id) AS id, coalesce(t.state, n.state) AS state,
        CASE WHEN t.id IS NULL THEN n.fallback ELSE t.fallback END AS fallback"""

# No channel brought it and none is about to. One that has tried for an hour is not about to any more, unless it waits
# for the morning.
_MISSED = f"""
    m.{in_states(*NOT_ARRIVED)} AND (m.fallback IS NULL OR m.state = 'unsure')
    AND NOT EXISTS (SELECT FROM fallback o WHERE o.message_id = m.id AND (o.state IN ('sent', 'delivered')
        OR o.{in_states(*FALLBACK_OPEN)} AND (o.created_at > now() - interval '1 hour'
            OR o.attempts = 0 AND o.next_try_at > now())))
"""
# Open invitations that have not been seen, by the newest notice of each; an invitation that cannot be answered now,
# because another claim holds the lane, waits for nobody. Who has never entered the system has no notice at all.
_INVITATIONS = f"""
    SELECT i.id, 'invitation' AS about, {_PERSON}, m.id AS message_id, m.state,
        coalesce(m.title, (i.terms->>'employer_name') || '发来签约邀请') AS title,
        coalesce(m.due_at, i.sent_at) AS since, i.respond_by AS deadline, i.respond_by AS ends_at
    FROM graduate g
    JOIN invitation i ON i.graduate_id = g.id AND i.state = 'pending' AND i.respond_by > now() AND i.opened_at IS NULL
    LEFT JOIN account a ON a.graduate_id = g.id
    LEFT JOIN LATERAL (
        SELECT {_FATE}, n.title, n.due_at FROM message n LEFT JOIN message t ON t.id = n.merged_into
        WHERE n.subject = i.id AND n.recipient = a.id AND n.template IS NOT NULL AND n.due_at <= now()
            AND n.state NOT IN ('inbox', 'cancelled', 'expired', 'switched_off')
        ORDER BY n.due_at DESC, n.event_id DESC LIMIT 1) m ON true
    WHERE {_SCOPE} AND (a.id IS NULL OR {_MISSED})
        AND NOT EXISTS (SELECT FROM message r WHERE r.subject = i.id AND r.recipient = a.id AND r.read_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM claim h WHERE h.graduate_id = g.id AND h.{in_states(*HOLDING)})
"""  # noqa: S608  (only constants)
# The newest result of each graduate, unless it was read here or on the invitation's own page.
_RESULTS = f"""
    SELECT n.id, 'result' AS about, {_PERSON}, m.id AS message_id, m.state, n.title,
        n.due_at AS since, CAST(NULL AS timestamptz) AS deadline,
        coalesce(n.expires_at, n.due_at + interval '7 days') AS ends_at
    FROM message n JOIN account a ON a.id = n.recipient JOIN graduate g ON g.id = a.graduate_id
    LEFT JOIN message t ON t.id = n.merged_into
    CROSS JOIN LATERAL (SELECT {_FATE}) m
    WHERE {_SCOPE} AND n.topic = 'result' AND n.template IS NOT NULL AND n.read_at IS NULL
        AND n.{in_states(*NOT_ARRIVED, MessageState.MERGED)} AND {_MISSED}
        AND (n.expires_at > now() OR n.expires_at IS NULL AND n.due_at > now() - interval '7 days')
        AND NOT EXISTS (SELECT FROM message l WHERE l.recipient = a.id AND l.topic = 'result'
            AND l.template IS NOT NULL AND l.event_id > n.event_id)
        AND NOT EXISTS (SELECT FROM claim c JOIN invitation i ON i.id = c.invitation_id
            WHERE c.id = coalesce((SELECT f.claim_id FROM filing f WHERE f.id = n.subject), n.subject)
                AND i.seen_at >= n.due_at)
"""  # noqa: S608
_WAITING = f"({_INVITATIONS} UNION ALL {_RESULTS}) w"
_PAGE = text(f"""
    SELECT q.*, co.name AS college_name, {OTHERS} AS others
    FROM (SELECT w.* FROM {_WAITING}
        WHERE {later("w.ends_at", "w.id")}
        ORDER BY w.ends_at, w.id LIMIT :limit) q
    JOIN college co ON co.id = q.college_id LEFT JOIN message m ON m.id = q.message_id
    ORDER BY q.ends_at, q.id
""")  # noqa: S608
_COUNTS = text(f"""
    SELECT count(DISTINCT w.graduate_id) AS people, count(*) FILTER (WHERE w.about = 'invitation') AS invitations,
        count(*) FILTER (WHERE w.about = 'result') AS results
    FROM {_WAITING}
""")  # noqa: S608


def _scope(actor: Actor) -> dict[str, Any]:
    return {"school": actor.school_id, "college": None if actor.role is Role.SCHOOL else actor.college_id}


def listed(connection: Connection, actor: Actor, window: Page) -> dict[str, Any]:
    """What waits for people nobody has reached, the earliest end first."""
    rows = connection.execute(_PAGE, {**_scope(actor), **window.parameters()}).mappings().all()
    return page(rows, window, _listed, ("ends_at", "id"))


def _listed(row: Fields) -> dict[str, Any]:
    return {
        "id": row["id"],
        "about": row["about"],
        "graduate": {
            "name": row["name"],
            "student_no": row["student_no"],
            "college": row["college_name"],
            "major": row["major"],
            "class_name": row["class_name"],
        },
        "title": row["title"],
        "deadline": cards.moment(row["deadline"]),
        "since": clock.rfc3339(row["since"]),
        "reasons": reasons(row["state"], row["others"]),
    }


def counts(connection: Connection, actor: Actor) -> dict[str, int]:
    """``{people, invitations, results}``."""
    return dict(connection.execute(_COUNTS, _scope(actor)).mappings().one())
