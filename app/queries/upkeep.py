"""For the operator of the night: what is stuck and why, and one message's whole life. No word of it names a person."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from app.logs import PERSONAL

MOST = 200
LONGEST = 160

_POISONED = text("""
    (SELECT 'event' AS what, CAST(id AS text) AS id, name AS kind, fault, put_off_until AS again_at,
        CAST(extract(epoch FROM now() - at) AS double precision) AS age
    FROM event WHERE fanned_out_at IS NULL AND put_off_until IS NOT NULL ORDER BY id LIMIT :most)
    UNION ALL
    (SELECT 'callback', CAST(id AS text), coalesce(content ->> 'Event', content ->> 'MsgType', ''), fault, due_at,
        CAST(extract(epoch FROM now() - received_at) AS double precision)
    FROM wechat_callback WHERE handled_at IS NULL AND fault IS NOT NULL ORDER BY due_at LIMIT :most)
    UNION ALL
    (SELECT 'deadline', CAST(id AS text), 'invitation', fault, put_off_until,
        CAST(extract(epoch FROM now() - respond_by) AS double precision)
    FROM invitation WHERE state = 'pending' AND respond_by <= now() AND put_off_until IS NOT NULL
    ORDER BY respond_by LIMIT :most)
    UNION ALL
    (SELECT 'document', CAST(id AS text), kind, fault, NULL,
        CAST(extract(epoch FROM now() - due_at) AS double precision)
    FROM document WHERE state = 'failed' ORDER BY due_at LIMIT :most)
    UNION ALL
    (SELECT 'step', step, 'clock', fault, NULL, CAST(extract(epoch FROM now() - at) AS double precision)
    FROM clock_beat WHERE fault IS NOT NULL ORDER BY step LIMIT :most)
""")

# Neither title, body, fields nor openid: what a message says and to whom is its receiver's.
_LIFE = text("""
    SELECT m.id, m.kind, m.topic, m.template, m.urgent, m.reminder, m.state, m.subject, m.recipient, m.slot, m.merge,
        m.merged_into, m.merged, m.choice, m.fallback, m.wanted_while, m.attempts, m.errcode, m.errmsg, m.rid,
        m.wechat_msgid, m.client_msg_id, m.created_at, m.due_at, m.next_try_at, m.expires_at, m.first_tried_at,
        m.sent_at, m.delivered_at, m.read_at,
        e.id AS event_id, e.name AS event_name, e.at AS event_at, e.fanned_out_at, e.request_id, e.version,
        (SELECT coalesce(jsonb_agg(to_jsonb(f) ORDER BY f.created_at), '[]') FROM (
            SELECT id, channel, state, attempts, provider_id, code, words, created_at, next_try_at, sent_at,
                delivered_at
            FROM fallback WHERE message_id = m.id) f) AS fallbacks
    FROM message m LEFT JOIN event e ON e.id = m.event_id WHERE m.id = :id
""")


@dataclass(frozen=True)
class Poisoned:
    """A row that failed. ``age`` is in seconds; ``again_at`` is when it is tried again by itself, if it is."""

    what: str
    """event, callback, deadline, document or step"""
    id: str
    kind: str
    reason: str
    age: float
    again_at: Any


def poisoned(connection: Connection) -> Sequence[Poisoned]:
    """Every row that is stuck, at most :data:`MOST` of a kind, the oldest first."""
    rows = connection.execute(_POISONED, {"most": MOST})
    return [Poisoned(row.what, row.id, row.kind, reason(row.fault), row.age, row.again_at) for row in rows]


def life(connection: Connection, message: uuid.UUID) -> Mapping[str, Any] | None:
    """All that is known of one message but what it says; None where there is none of that id."""
    row = connection.execute(_LIFE, {"id": message}).mappings().one_or_none()
    if row is None:
        return None
    return {
        **row,
        "errmsg": reason(row["errmsg"]),
        "fallbacks": [f | {"words": reason(f["words"])} for f in row["fallbacks"]],
    }


_VALUES = re.compile(r"=\([^)]*\)|'[^']*'|\"[^\"]*\"")


def reason(fault: str | None) -> str:
    """A fault's first line without values: what they were is in the row, for who may read it."""
    if not fault:
        return ""
    line = fault.strip().splitlines()[0]
    return PERSONAL.sub("…", _VALUES.sub("…", line))[:LONGEST]
