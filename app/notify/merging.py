"""Several changes of one person that wait together become one push; the message centre keeps each.

The row keeps its own words: what one push says for several is made when it is claimed, by counting who stands behind.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import Connection, text

from app import clock
from app.notify.claims import Claimed, ask
from app.notify.entry import MERGED_TEMPLATE, merged_fields

# Only what was never tried: WeChat may have the others. And nobody who refuses the template of several is sent it.
_SIBLINGS = text("""
    SELECT m.id, l.id AS leader
    FROM jsonb_to_recordset(CAST(:leaders AS jsonb)) AS l (id uuid, recipient uuid, merge text)
    JOIN message m ON m.recipient = l.recipient AND m.merge = l.merge AND m.state = 'queued'
    WHERE m.next_try_at <= now() AND m.first_tried_at IS NULL
        AND NOT EXISTS (SELECT FROM refusal r
            WHERE r.account_id = l.recipient AND r.template = :template AND r.probe_at > now())
        AND NOT EXISTS (SELECT FROM sending_pause p
            WHERE p.app_id = :app AND p.template = :template AND p.until > now())
    ORDER BY m.id FOR NO KEY UPDATE OF m SKIP LOCKED
""")
_MERGE = text("""
    WITH r AS (SELECT * FROM jsonb_to_recordset(CAST(:pairs AS jsonb)) AS r (id uuid, leader uuid))
    UPDATE message m SET state = 'merged', merged_into = r.leader FROM r WHERE m.id = r.id
""")
_BEHIND = text("""
    UPDATE message m SET merged = (SELECT count(*) FROM message f WHERE f.merged_into = m.id AND f.state = 'merged')
    WHERE m.id = ANY(:leaders) RETURNING m.id, m.merged
""")


def merge(
    connection: Connection, app_id: str, messages: Sequence[Claimed], wanted: Mapping[uuid.UUID, str]
) -> list[Claimed]:
    """The claimed messages; those that others wait with now stand for them, and say how many there are."""
    able = [m for m in messages if m.merge is not None and wanted.get(m.id) == "send"]
    pairs = _siblings(connection, app_id, [m for m in able if m.tried_before is None])
    if pairs:
        connection.execute(_MERGE, {"pairs": orjson.dumps(pairs).decode()})
    leaders = {m.id for m in able if m.merged} | {pair["leader"] for pair in pairs}
    if not leaders:
        return list(messages)
    behind = {row.id: row.merged for row in connection.execute(_BEHIND, {"leaders": list(leaders)})}
    now = clock.in_words(clock.now())
    return [_standing_for(m, behind[m.id], now) if m.id in behind else m for m in messages]


def _standing_for(leader: Claimed, others: int, now: str) -> Claimed:
    if others == 0:
        return leader._replace(merged=0)
    fields = merged_fields(leader.merge or "", others + 1, now)
    return leader._replace(merged=others, template=MERGED_TEMPLATE, fields=fields)


def _siblings(connection: Connection, app_id: str, leaders: Sequence[Claimed]) -> list[dict[str, uuid.UUID]]:
    """``{id, leader}`` of what waits with a leader and is still wanted."""
    if not leaders:
        return []
    named = [{"id": m.id, "recipient": m.recipient, "merge": m.merge} for m in leaders]
    parameters = {"leaders": orjson.dumps(named).decode(), "template": MERGED_TEMPLATE, "app": app_id}
    rows = connection.execute(_SIBLINGS, parameters).all()
    verdicts = ask(connection, None, [row.id for row in rows]) if rows else {}
    return [{"id": row.id, "leader": row.leader} for row in rows if verdicts.get(row.id) == "send"]
