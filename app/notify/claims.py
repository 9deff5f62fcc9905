"""The rows of a sender: claimed with a lease, asked whether they are still wanted, and what came of them recorded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, text

from app.models.claim import HOLDING
from app.models.columns import in_states
from app.models.message import OPEN
from app.notify.reminders import JUST_SEEN

LEASE = timedelta(seconds=60)
"""How long a sender may keep what it claimed; longer than a batch takes when every call runs into its time limit."""
CLAIMING = 20_091_102
"""Key of the advisory lock that makes claims one after the other, so that no person has two messages under way."""


@dataclass(frozen=True)
class Claimed:
    """A message this process may send until its lease ends."""

    id: uuid.UUID
    recipient: uuid.UUID
    openid: str | None
    kind: str
    template: str
    fields: dict[str, str]
    href: str | None
    client_msg_id: uuid.UUID
    attempts: int
    tried_before: Any
    """when it was first tried in an earlier claim, if WeChat may have it from then"""
    memory_left: float | None
    """seconds for which WeChat still remembers that first try"""
    request_id: str


@dataclass(frozen=True)
class Outcome:
    """What is written about a claimed message. ``wait`` is in seconds until the next try; ``kept`` keeps the moment of
    the first try, because WeChat may have the message; ``called`` tells whether it was sent at all."""

    id: uuid.UUID
    state: str
    errcode: int | None = None
    errmsg: str | None = None
    msgid: int | None = None
    wait: float | None = None
    kept: bool = False
    called: bool = True
    tried_before: Any = None


_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_OPEN = in_states(*OPEN)
_FREE = """NOT EXISTS (SELECT FROM sending_pause p
        WHERE p.app_id = :app AND p.until > now() AND p.template IN ('', m.template))"""
_CLAIM = text(f"""
    WITH due AS (
        SELECT DISTINCT ON (recipient) id FROM (
            SELECT m.id, m.recipient, m.next_try_at FROM message m
            WHERE m.urgent = :urgent AND m.{_OPEN} AND m.next_try_at <= now()
                AND NOT EXISTS (SELECT FROM message o WHERE o.recipient = m.recipient AND o.id <> m.id
                    AND o.state = 'sending' AND o.next_try_at > now())
                AND {_FREE}
            ORDER BY m.next_try_at LIMIT :window) first
        ORDER BY recipient, next_try_at),
    picked AS (
        SELECT m.id, m.first_tried_at FROM message m JOIN due USING (id)
        WHERE m.{_OPEN} AND m.next_try_at <= now()
        ORDER BY m.next_try_at LIMIT :many FOR UPDATE OF m SKIP LOCKED)
    UPDATE message m SET state = 'sending', lease = :lease, next_try_at = now() + :span, attempts = m.attempts + 1,
        first_tried_at = coalesce(p.first_tried_at, now()),
        openid = (SELECT f.openid FROM wechat_follower f
            WHERE f.app_id = :app AND f.account_id = m.recipient AND f.following)
    FROM picked p, event e WHERE m.id = p.id AND e.id = m.event_id
    RETURNING m.id, m.recipient, m.openid, m.kind, m.template, m.fields, m.href, m.client_msg_id, m.attempts,
        p.first_tried_at AS tried_before, e.request_id,
        CAST(extract(epoch FROM p.first_tried_at + :memory - now()) AS double precision) AS memory_left
""")  # noqa: S608  (only constants)

# The answer is the state the message takes if it is not to be sent: 'send' is the wish to go on, 'later' that something
# has just happened to the subject which must be told first, as it may change the words, 'lost' that another has it now.
_ASK = text(f"""
    SELECT m.id, CASE
        WHEN m.state <> 'sending' OR m.lease IS DISTINCT FROM :lease THEN 'lost'
        WHEN m.expires_at <= now() OR (m.wanted_while IS NOT NULL AND m.wanted_while IS DISTINCT FROM CASE e.machine
            WHEN 'invitation' THEN i.state
            WHEN 'claim' THEN (SELECT c.state FROM claim c WHERE c.id = m.subject)
            ELSE (SELECT f.state FROM filing f WHERE f.id = m.subject) END)
            THEN CASE WHEN m.reminder THEN 'cancelled' ELSE 'expired' END
        WHEN m.reminder AND i.respond_by <> m.expires_at THEN 'cancelled'
        WHEN EXISTS (SELECT FROM event n WHERE n.subject = m.subject AND n.version > e.version
            AND n.fanned_out_at IS NULL AND n.put_off_until IS NULL) THEN 'later'
        WHEN m.reminder AND EXISTS (SELECT FROM claim h WHERE h.graduate_id = i.graduate_id AND h.{in_states(*HOLDING)})
            THEN 'cancelled'
        WHEN m.reminder AND i.seen_at > now() - :just_seen THEN 'inbox'
        ELSE 'send' END AS verdict
    FROM message m JOIN event e ON e.id = m.event_id LEFT JOIN invitation i ON i.id = m.subject
    WHERE m.id = ANY(:ids)
""")  # noqa: S608  (only constants)

_RECORD = text("""
    UPDATE message m SET state = r.state, errcode = r.errcode, errmsg = r.errmsg, lease = NULL,
        wechat_msgid = coalesce(r.msgid, m.wechat_msgid),
        sent_at = CASE WHEN r.state = 'sent' THEN now() ELSE m.sent_at END,
        next_try_at = now() + make_interval(secs => coalesce(r.wait, 0)),
        attempts = m.attempts - CASE WHEN r.called THEN 0 ELSE 1 END,
        first_tried_at = CASE WHEN r.kept THEN m.first_tried_at ELSE r.tried_before END
    FROM jsonb_to_recordset(CAST(:outcomes AS jsonb)) AS r (id uuid, state text, errcode integer, errmsg text,
        msgid bigint, wait double precision, kept boolean, called boolean, tried_before timestamptz)
    WHERE m.id = r.id AND m.lease = :lease AND m.state = 'sending'
    RETURNING m.id
""")
_DUE = text(f"""
    SELECT EXISTS (SELECT FROM message m WHERE m.urgent AND m.{_OPEN} AND m.next_try_at <= now() AND {_FREE})
        OR EXISTS (SELECT FROM message m WHERE NOT m.urgent AND m.{_OPEN} AND m.next_try_at <= now() AND {_FREE})
""")  # noqa: S608  (only constants)


def anything_due(connection: Connection, app_id: str) -> bool:
    """Whether a sender would find something to do."""
    return bool(connection.scalar(_DUE, {"app": app_id}))


def claim(connection: Connection, app_id: str, lease: uuid.UUID, many: int, memory: timedelta) -> list[Claimed]:
    """Up to ``many`` due messages, urgent ones first, at most one of each person."""
    connection.execute(_LOCK, {"key": CLAIMING})
    found: list[Claimed] = []
    for urgent in (True, False):
        if len(found) == many:
            break
        left = many - len(found)
        rows = connection.execute(
            _CLAIM,
            {
                "urgent": urgent,
                "app": app_id,
                "lease": lease,
                "span": LEASE,
                "memory": memory,
                "many": left,
                "window": left * 4,
            },
        )
        found += [Claimed(**row) for row in rows.mappings()]
    return found


def ask(connection: Connection, lease: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Whether each message is still wanted now: ``send``, or what becomes of it instead."""
    rows = connection.execute(_ASK, {"lease": lease, "ids": list(ids), "just_seen": JUST_SEEN})
    return {row.id: row.verdict for row in rows}


def record(connection: Connection, lease: uuid.UUID, outcomes: Sequence[Outcome]) -> set[uuid.UUID]:
    """Write the outcomes of those the lease still holds; returns which."""
    rows = orjson.dumps([asdict(outcome) for outcome in outcomes]).decode()
    return set(connection.execute(_RECORD, {"outcomes": rows, "lease": lease}).scalars())
