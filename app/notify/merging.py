"""Several changes of one person that wait together become one push; the message centre keeps each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import Connection, text

from app import clock
from app.notify.claims import Claimed, ask
from app.notify.entry import MERGED_TEMPLATE, merged_fields

# Only what was never tried: WeChat may have the others.
_SIBLINGS = text("""
    SELECT m.id, l.id AS leader
    FROM jsonb_to_recordset(CAST(:leaders AS jsonb)) AS l (id uuid, recipient uuid, merge text)
    JOIN message m ON m.recipient = l.recipient AND m.merge = l.merge AND m.state = 'queued'
    WHERE m.next_try_at <= now() AND m.first_tried_at IS NULL ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
""")
_MERGE = text("""
    WITH r AS (SELECT * FROM jsonb_to_recordset(CAST(:pairs AS jsonb)) AS r (id uuid, leader uuid))
    UPDATE message m SET state = 'merged', merged_into = r.leader FROM r WHERE m.id = r.id
""")
_LEAD = text("""
    UPDATE message m SET merged = r.merged, template = :template, fields = r.fields
    FROM jsonb_to_recordset(CAST(:leaders AS jsonb)) AS r (id uuid, merged integer, fields jsonb) WHERE m.id = r.id
""")


def merge(connection: Connection, messages: Sequence[Claimed], wanted: Mapping[uuid.UUID, str]) -> list[Claimed]:
    """The claimed messages; those that others wait with now stand for them, and say how many there are."""
    leaders = {
        m.id: m for m in messages if m.merge is not None and wanted.get(m.id) == "send" and m.tried_before is None
    }
    found = _siblings(connection, list(leaders.values())) if leaders else {}
    if not found:
        return list(messages)
    now = clock.in_words(clock.now())
    led = {leader: _standing_for(leaders[leader], len(others), now) for leader, others in found.items()}
    pairs = [{"id": other, "leader": leader} for leader, others in found.items() for other in others]
    rows = [{"id": m.id, "merged": m.merged, "fields": m.fields} for m in led.values()]
    connection.execute(_MERGE, {"pairs": orjson.dumps(pairs).decode()})
    connection.execute(_LEAD, {"leaders": orjson.dumps(rows).decode(), "template": MERGED_TEMPLATE})
    return [led.get(message.id, message) for message in messages]


def _standing_for(leader: Claimed, more: int, now: str) -> Claimed:
    merged = leader.merged + more
    fields = merged_fields(leader.merge or "", merged + 1, now)
    return leader._replace(merged=merged, template=MERGED_TEMPLATE, fields=fields)


def _siblings(connection: Connection, leaders: Sequence[Claimed]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Leader → what waits with it and is still wanted."""
    named = [{"id": m.id, "recipient": m.recipient, "merge": m.merge} for m in leaders]
    rows = connection.execute(_SIBLINGS, {"leaders": orjson.dumps(named).decode()}).all()
    if not rows:
        return {}
    verdicts = ask(connection, None, [row.id for row in rows])
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in rows:
        if verdicts.get(row.id) == "send":
            found.setdefault(row.leader, []).append(row.id)
    return found
