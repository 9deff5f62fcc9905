"""What the platform holds back for its review (40252): it sends it by itself or not at all, and is asked which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import text

from app.notify.means import Means
from app.notify.outcome import not_brought
from app.notify.wechat import Client

DECIDED_WITHIN = timedelta(minutes=40)
"""The platform says half an hour; what has neither arrived nor been refused by then is given to the next channel."""
PAGES = 20
REFUSED_IN_REVIEW = "refused in the review of the platform"
_HELD = text("SELECT DISTINCT template FROM message WHERE state = 'in_review'")
# The list names template, receiver and time, not our id: the oldest of the person's held ones is meant.
_REFUSED = text("""
    WITH told AS (
        SELECT DISTINCT ON (r.openid) r.openid, m.id FROM jsonb_to_recordset(CAST(:blocked AS jsonb))
            AS r (openid text, send_timestamp bigint)
        JOIN message m ON m.openid = r.openid AND m.template = :template AND m.state = 'in_review'
            AND to_timestamp(r.send_timestamp) BETWEEN m.first_tried_at - interval '1 minute'
                AND m.first_tried_at + interval '1 minute'
        ORDER BY r.openid, m.first_tried_at)
    UPDATE message m SET state = 'failed', errmsg = :words FROM told
    WHERE m.id = told.id RETURNING m.id
""")
_UNDECIDED = text("""
    UPDATE message SET state = 'unsure' WHERE state = 'in_review' AND first_tried_at < now() - :long RETURNING id
""")


def settle(means: Means, client: Client) -> int:
    """Settle what the review has refused, and what it has left open for too long; returns how many.

    Raises :class:`~app.notify.wechat.WeChatError`.
    """
    with means.db.reading() as connection:
        templates = list(connection.execute(_HELD).scalars())
    settled = 0
    for template in templates:
        blocked = orjson.dumps(_blocked(client, template)).decode()
        with means.db.transaction() as connection:
            parameters = {"blocked": blocked, "template": template, "words": REFUSED_IN_REVIEW}
            found = list(connection.execute(_REFUSED, parameters).scalars())
            not_brought(connection, found)
            settled += len(found)
    if templates:
        with means.db.transaction() as connection:
            open_too_long = list(connection.execute(_UNDECIDED, {"long": DECIDED_WITHIN}).scalars())
            not_brought(connection, open_too_long)
            settled += len(open_too_long)
    return settled


def _blocked(client: Client, template: str) -> list[Mapping[str, Any]]:
    """``{openid, send_timestamp}`` of what was refused, page by page."""
    found: list[Mapping[str, Any]] = []
    largest = 0
    for _ in range(PAGES):
        page = client.blocked(template, largest)
        found += [{"openid": row.get("openid"), "send_timestamp": row.get("send_timestamp")} for row in page]
        if len(page) < client.BLOCKED_PAGE:
            break
        largest = max(int(row.get("id", 0)) for row in page)
    return found
