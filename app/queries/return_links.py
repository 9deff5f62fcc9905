"""协助回传链接 as its graduate sees it, and as whoever holds it does."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from app import clock
from app.access import Actor
from app.documents import numbers
from app.identity import refs
from app.models import FallbackState
from app.problems import NotFound
from app.queries.cards import moment
from app.sealing import mask_email, mask_name, mask_phone
from app.settings import Settings
from app.workflows.return_link import MOST

MASKS: Mapping[str, Callable[[str], str]] = {"sms": mask_phone, "email": mask_email}
"""Channel → how its address is shown."""
_S = FallbackState
STATES: Mapping[FallbackState, str] = {
    _S.QUEUED: "waiting",
    _S.SENDING: "waiting",
    _S.SENT: "sent",
    _S.DELIVERED: "delivered",
    _S.UNSURE: "unsure",
    _S.FAILED: "failed",
    _S.NO_ADDRESS: "failed",
    _S.EXPIRED: "failed",
}
"""What the graduate is told of it: 待发送, 已发送, 已送达, 不确定, 未送达."""

_STANDING = text("""
    SELECT l.expires_at, l.opened_at, l.used_at, coalesce(:most - l.sent_count, :most) AS left,
        c.form->>'contact_mobile' AS sms, c.form->>'contact_email' AS email,
        (SELECT json_object_agg(f.channel, json_build_object('state', f.state, 'at', coalesce(f.delivered_at,
            f.sent_at, f.created_at))) FROM fallback f WHERE f.link_id = l.id AND f.round = l.round) AS sent, CASE
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
        "ways": [_way(row, channel, mask) for channel, mask in MASKS.items() if getattr(row, channel)],
    }


def _way(row: Row[Any], channel: str, mask: Callable[[str], str]) -> dict[str, Any]:
    """How the platform reaches the employer's contact, and what became of it in this round of the link."""
    sent = (row.sent or {}).get(channel)
    return {
        "channel": channel,
        "to": mask(getattr(row, channel)),
        "state": STATES[FallbackState(sent["state"])] if sent else "unused",
        "at": clock.rfc3339(datetime.fromisoformat(sent["at"])) if sent else None,
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
        "school": row.school,
        "contact": row.contact,
        "returned": row.returned,
        "agreement": {"href": f"/api/v1/downloads/{reference}", "expires_at": clock.rfc3339(until)},
    }
