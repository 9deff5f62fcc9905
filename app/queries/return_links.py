"""协助回传链接 as its graduate sees it, and as whoever holds it does."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, text

from app import clock
from app.access import Actor
from app.documents import numbers
from app.identity import refs
from app.problems import NotFound
from app.queries.cards import moment
from app.sealing import mask_name
from app.settings import Settings
from app.workflows.return_link import MOST

_STANDING = text("""
    SELECT l.expires_at, l.opened_at, l.used_at, coalesce(:most - l.sent_count, :most) AS left, CASE
        WHEN l.id IS NULL THEN 'none' WHEN l.used_at IS NOT NULL THEN 'used'
        WHEN l.revoked_at IS NOT NULL THEN 'revoked' WHEN c.state <> 'agreement_generated' THEN 'over'
        WHEN l.expires_at <= clock_timestamp() THEN 'expired' ELSE 'open' END AS state
    FROM claim c LEFT JOIN return_link l ON l.claim_id = c.id WHERE c.id = :claim AND c.graduate_id = :graduate
""")


def standing(connection: Connection, actor: Actor, claim: uuid.UUID) -> dict[str, Any]:
    """What became of the link of one's own agreement; never the token."""
    row = connection.execute(_STANDING, {"claim": claim, "graduate": actor.graduate_id, "most": MOST}).one_or_none()
    if row is None:
        raise NotFound
    return {
        "state": row.state,
        "expires_at": moment(row.expires_at),
        "opened_at": moment(row.opened_at),
        "used_at": moment(row.used_at),
        "left": row.left,
    }


def shown(settings: Settings, row: Any) -> dict[str, Any]:
    """What the holder reads: number, masked name, until when, and the agreement to print."""
    reference, until = refs.issue(settings, refs.DOWNLOAD, row.claim_id, row.id)
    return {
        "number_grouped": numbers.grouped(row.agreement_number),
        "graduate": mask_name(row.graduate),
        "employer": row.employer,
        "expires_at": clock.rfc3339(row.expires_at),
        "taken": row.taken,
        "agreement": {"href": f"/api/v1/downloads/{reference}", "expires_at": clock.rfc3339(until)},
    }
