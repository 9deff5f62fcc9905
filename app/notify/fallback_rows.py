"""The rows of the other channels: opened, claimed with a lease, asked whether still wanted, recorded, reported on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, text

from app import clock
from app.models.columns import in_states
from app.models.fallback import FALLBACK_OPEN
from app.models.message import NOT_ARRIVED
from app.notify import links, wanted
from app.notify.reminders import JUST_SEEN

LEASE = timedelta(seconds=120)
"""How long a sender may keep what it claimed."""
RECEIPT_WITHIN = timedelta(minutes=30)
"""WeChat says within minutes what became of a push; of what it is still silent about then it will not speak."""
GIVEN_UP_AFTER = timedelta(days=3)
"""For messages that are for ever: a second notice later than this would only confuse."""
_OPEN = in_states(*FALLBACK_OPEN)
_NOT_ARRIVED = in_states(*NOT_ARRIVED)

# An unsettled push may still be delivered: only what is urgent does not wait for its receipt, and nothing for ever.
_OPEN_DUE = text(f"""
    WITH missed AS (
        SELECT m.id, m.fallback, m.urgent,
            m.read_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > now()) AS wanted
        FROM message m
        WHERE m.fallback IS NOT NULL AND m.{_NOT_ARRIVED} AND m.due_at <= now()
            AND (m.state <> 'unsure' OR m.urgent OR m.first_tried_at < now() - :long OR m.read_at IS NOT NULL
                OR m.expires_at <= now())
        ORDER BY m.next_try_at LIMIT :many FOR UPDATE SKIP LOCKED),
    closed AS (UPDATE message m SET fallback = NULL FROM missed x WHERE m.id = x.id RETURNING m.id)
    INSERT INTO fallback (id, message_id, channel, next_try_at)
    SELECT gen_random_uuid(), id, fallback, now()
    FROM missed JOIN closed USING (id) WHERE wanted
    ON CONFLICT (message_id, channel) DO NOTHING
""")  # noqa: S608  (only constants)
_FREE = """NOT EXISTS (SELECT FROM sending_pause p
        WHERE p.app_id = f.channel AND p.until > now())"""
_DUE = text(f"SELECT EXISTS (SELECT FROM fallback f WHERE f.{_OPEN} AND f.next_try_at <= now() AND {_FREE})")  # noqa: S608
_CLAIM = text(f"""
    WITH due AS (
        SELECT f.id, f.state = 'sending' AS interrupted, f.message_id, f.link_id FROM fallback f
        WHERE f.{_OPEN} AND f.next_try_at <= now() AND {_FREE}
        ORDER BY f.next_try_at LIMIT :many FOR UPDATE OF f SKIP LOCKED)
    UPDATE fallback f SET state = 'sending', lease = :lease, next_try_at = now() + :span, attempts = f.attempts + 1
    FROM due LEFT JOIN message m ON m.id = due.message_id LEFT JOIN account a ON a.id = m.recipient
        LEFT JOIN graduate g ON g.id = a.graduate_id LEFT JOIN event e ON e.id = m.event_id
        LEFT JOIN ({links.SOURCE}) ON l.id = due.link_id
    WHERE f.id = due.id
    RETURNING f.id, f.message_id, f.channel, f.attempts, due.interrupted, m.kind, m.template, m.fields, m.title,
        m.body, m.href, coalesce(m.urgent, false) AS urgent, coalesce(m.expires_at, l.expires_at) AS expires_at,
        e.request_id, CASE f.channel WHEN 'sms' THEN g.phone ELSE coalesce(a.email, g.email) END AS sealed,
        {links.TOLD} AS link
""")  # noqa: S608

# 'lost': another has it now. Who looks at an invitation is its graduate: its employer has read nothing by it.
# A push that is under way again (its receiver has followed us since) is waited for.
_ASK = text(f"""
    SELECT f.id, CASE
        WHEN f.state <> 'sending' OR f.lease IS DISTINCT FROM :lease THEN 'lost'
        WHEN m.read_at IS NOT NULL OR (a.role = 'graduate' AND i.seen_at >= m.due_at) THEN 'read'
        WHEN m.state = 'delivered' THEN 'arrived'
        WHEN a.disabled_at IS NOT NULL OR f.created_at < now() - :given_up_after THEN 'expired'
        {wanted.BRANCHES}
        WHEN m.state IN ('cancelled', 'expired', 'merged', 'switched_off', 'inbox') THEN m.state
        WHEN NOT m.{_NOT_ARRIVED} THEN 'later'
        ELSE 'send' END AS verdict
    FROM fallback f JOIN ({wanted.SOURCE}) ON m.id = f.message_id JOIN account a ON a.id = m.recipient
    WHERE f.id = ANY(:ids)
    UNION ALL SELECT f.id, CASE
        WHEN f.state <> 'sending' OR f.lease IS DISTINCT FROM :lease THEN 'lost'
        WHEN f.created_at < now() - :given_up_after OR NOT ({links.WANTED}) THEN 'expired'
        ELSE 'send' END AS verdict
    FROM fallback f JOIN ({links.SOURCE}) ON l.id = f.link_id
    WHERE f.id = ANY(:ids)
""")  # noqa: S608

_ONWARD = """
    INSERT INTO fallback (id, message_id, channel)
    SELECT gen_random_uuid(), message_id, 'email' FROM settled
    WHERE message_id IS NOT NULL AND channel = 'sms' AND state IN ('failed', 'no_address', 'unsure')
    ON CONFLICT (message_id, channel) DO NOTHING
"""
"""The end of a message's SMS is the beginning of its e-mail, in the same statement."""
_RECORD = text(f"""
    WITH result AS (
        SELECT * FROM jsonb_to_recordset(CAST(:outcomes AS jsonb)) AS r (id uuid, channel text, state text, code text,
            words text, provider_id text, wait double precision, called boolean)),
    settled AS (
        UPDATE fallback f SET state = r.state, lease = NULL, code = r.code, words = r.words,
            provider_id = coalesce(r.provider_id, f.provider_id),
            sent_at = CASE WHEN r.state = 'sent' THEN now() ELSE f.sent_at END,
            next_try_at = now() + make_interval(secs => coalesce(r.wait, 0)),
            attempts = f.attempts - CASE WHEN r.called THEN 0 ELSE 1 END
        FROM result r WHERE f.id = r.id AND f.lease = :lease AND f.state = 'sending'
        RETURNING f.id, f.message_id, f.channel, f.state),
    onward AS ({_ONWARD}),
    counted AS (
        INSERT INTO sending_count (app_id, day, channel, code, calls)
        SELECT :app, :day, channel, code, count(*) FROM result WHERE called GROUP BY channel, code
        ORDER BY channel, code
        ON CONFLICT (app_id, day, channel, code) DO UPDATE SET calls = sending_count.calls + excluded.calls)
    SELECT id FROM settled
""")  # noqa: S608
# What was delivered stays delivered, whatever is said afterwards.
_REPORTED = text(f"""
    WITH report AS (
        SELECT * FROM jsonb_to_recordset(CAST(:reports AS jsonb)) AS r (sid text, arrived boolean, code text,
            words text, at timestamptz)),
    settled AS (
        UPDATE fallback f SET state = CASE WHEN r.arrived THEN 'delivered' ELSE 'failed' END,
            code = r.code, words = r.words,
            delivered_at = CASE WHEN r.arrived THEN greatest(least(r.at, now()), f.sent_at) END
        FROM report r WHERE f.provider_id = r.sid AND f.channel = 'sms'
            AND f.state IN ('sent', 'unsure', CASE WHEN r.arrived THEN 'failed' END)
        RETURNING f.message_id, f.channel, f.state),
    onward AS ({_ONWARD})
    SELECT (SELECT count(*) FROM report r WHERE NOT EXISTS (SELECT FROM fallback f WHERE f.provider_id = r.sid)) = 0
        OR NOT EXISTS (SELECT FROM fallback f WHERE f.state = 'sending' AND f.channel = 'sms')
""")  # noqa: S608


@dataclass(frozen=True)
class Claimed:
    """A row this process may send until its lease ends."""

    id: uuid.UUID
    message_id: uuid.UUID | None
    channel: str
    attempts: int
    interrupted: bool
    """an earlier sender took it and was never heard of again"""
    kind: str | None
    template: str | None
    fields: Mapping[str, str] | None
    title: str | None
    body: str | None
    href: str | None
    urgent: bool
    expires_at: datetime | None
    request_id: str | None
    sealed: bytes | None
    """the address of a message's receiver, for this try only"""
    link: Mapping[str, Any] | None = field(default=None, repr=False)
    """what is told of a one-time link instead of a message, and to whom"""


@dataclass(frozen=True)
class Outcome:
    """What is written about a claimed row. ``wait`` is in seconds; ``called`` tells whether the channel was asked."""

    id: uuid.UUID
    channel: str
    state: str
    code: str | None = None
    words: str | None = None
    provider_id: str | None = None
    wait: float | None = None
    called: bool = False


@dataclass(frozen=True)
class Report:
    """What the SMS provider says of one message it had accepted under ``sid``."""

    sid: str
    arrived: bool
    code: str
    words: str | None
    at: datetime


def open_due(connection: Connection, many: int) -> int:
    """Open the next channel for up to ``many`` messages that WeChat did not bring; returns how many were opened."""
    return connection.execute(_OPEN_DUE, {"many": many, "long": RECEIPT_WITHIN}).rowcount


def anything_due(connection: Connection) -> bool:
    """Whether a sender would find something to do."""
    return bool(connection.scalar(_DUE))


def claim(connection: Connection, lease: uuid.UUID, many: int) -> list[Claimed]:
    """Up to ``many`` due rows, the oldest first."""
    rows = connection.execute(_CLAIM, {"lease": lease, "span": LEASE, "many": many})
    return [Claimed(**row) for row in rows.mappings()]


def ask(connection: Connection, lease: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Whether each row is still wanted now: ``send``, or why not."""
    parameters = {"lease": lease, "ids": list(ids), "just_seen": JUST_SEEN, "given_up_after": GIVEN_UP_AFTER}
    return {row.id: row.verdict for row in connection.execute(_ASK, parameters)}


def record(connection: Connection, app_id: str, lease: uuid.UUID, outcomes: Sequence[Outcome]) -> set[uuid.UUID]:
    """Write the outcomes of those the lease still holds, open what follows, count the calls; returns which it held."""
    rows = orjson.dumps([asdict(outcome) for outcome in outcomes]).decode()
    parameters = {"outcomes": rows, "lease": lease, "app": app_id, "day": clock.today()}
    return set(connection.execute(_RECORD, parameters).scalars())


def settle(connection: Connection, reports: Sequence[Report]) -> bool:
    """Write what arrived and what did not; false where a report may be about a message whose answer is still to be
    recorded, so that it had better be told again."""
    rows = orjson.dumps([asdict(report) for report in reports]).decode()
    return bool(connection.scalar(_REPORTED, {"reports": rows}))
