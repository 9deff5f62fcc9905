"""The rows of a sender: claimed with a lease, asked whether they are still wanted, and what came of them recorded.

Rows are locked in the order of their ids wherever many are, so that two writers never wait for each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, text

from app.models.columns import in_states
from app.models.message import OPEN
from app.models.sending import ORDINARY
from app.notify import wanted
from app.notify.reminders import JUST_SEEN

LEASE = timedelta(seconds=60)
"""How long a sender may keep what it claimed; longer than a batch takes when every call runs into its time limit."""
MEMORY = timedelta(minutes=9)
"""For so long the same id is sent again; WeChat remembers it for ten minutes."""
TOO_OFTEN = 43117
"""WeChat's code for a person who got too much: nothing more to them before the hour is over."""
CLAIMING = 20_091_102
"""Key of the advisory lock that makes claims one after the other, so that no person has two messages under way."""


class Claimed(NamedTuple):
    """A message this process may send until its lease ends: a row of the statement that claims, in its order."""

    id: uuid.UUID
    lease: uuid.UUID
    recipient: uuid.UUID
    openid: str | None
    kind: str
    template: str
    fields: dict[str, str]
    href: str | None
    urgent: bool
    merge: str | None
    merged: int
    """how many other messages it stands for"""
    expires_at: datetime | None
    client_msg_id: uuid.UUID
    attempts: int
    tried_before: Any
    """when it was first tried in an earlier claim, if WeChat may have it from then"""
    memory_left: float | None
    """seconds for which WeChat still remembers that first try"""
    request_id: str | None


@dataclass(frozen=True)
class Outcome:
    """What is written about a claimed message. ``wait`` is in seconds until the next try; ``kept`` keeps the moment of
    the first try, because WeChat may have the message; ``called`` tells whether it was sent at all."""

    id: uuid.UUID
    lease: uuid.UUID
    state: str
    errcode: int | None = None
    errmsg: str | None = None
    rid: str | None = None
    msgid: int | None = None
    wait: float | None = None
    kept: bool = False
    called: bool = True
    tried_before: Any = None


_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_OPEN = in_states(*OPEN)
_PAUSED = text("SELECT template FROM sending_pause WHERE app_id = :app AND until > now()")
_CLAIM = text(f"""
    WITH due AS (
        SELECT DISTINCT ON (recipient) id FROM (
            SELECT m.id, m.recipient, m.next_try_at FROM message m
            WHERE m.urgent = :urgent AND m.{_OPEN} AND m.next_try_at <= now() AND m.template <> ALL (:paused)
                AND NOT EXISTS (SELECT FROM message o WHERE o.recipient = m.recipient AND o.id <> m.id
                    AND o.state = 'sending' AND o.next_try_at > now())
                AND NOT EXISTS (SELECT FROM message s WHERE s.recipient = m.recipient AND s.state = 'rate_limited'
                    AND s.errcode = {TOO_OFTEN} AND s.next_try_at > now())
            ORDER BY m.next_try_at LIMIT :window) first
        ORDER BY recipient, next_try_at),
    picked AS (
        SELECT m.id, m.first_tried_at, m.event_id FROM message m JOIN due USING (id)
        WHERE m.{_OPEN} AND m.next_try_at <= now()
        ORDER BY m.next_try_at LIMIT :many FOR UPDATE OF m SKIP LOCKED)
    UPDATE message m SET state = 'sending', lease = :lease, next_try_at = now() + :span, attempts = m.attempts + 1,
        first_tried_at = coalesce(p.first_tried_at, now()),
        openid = (SELECT f.openid FROM wechat_follower f
            WHERE f.app_id = :app AND f.account_id = m.recipient AND f.following)
    FROM picked p LEFT JOIN event e ON e.id = p.event_id WHERE m.id = p.id
    RETURNING m.id, m.lease, m.recipient, m.openid, m.kind, m.template, m.fields, m.href, m.urgent, m.merge, m.merged,
        m.expires_at, m.client_msg_id, m.attempts, p.first_tried_at AS tried_before,
        CAST(extract(epoch FROM p.first_tried_at + :memory - now()) AS double precision) AS memory_left, e.request_id
""")  # noqa: S608  (only constants)

# The answer is the state the message takes if it is not to be sent: 'send' is the wish to go on, 'later' that something
# has just happened to the subject which must be told first, as it may change the words, 'lost' that another has it now.
_ASK = text(f"""
    SELECT m.id, CASE
        WHEN CAST(:lease AS uuid) IS NOT NULL AND (m.state <> 'sending' OR m.lease IS DISTINCT FROM :lease) THEN 'lost'
        {wanted.BRANCHES}
        WHEN m.read_at IS NOT NULL AND NOT m.reminder THEN 'inbox'
        ELSE 'send' END AS verdict
    FROM {wanted.SOURCE} WHERE m.id = ANY(:ids)
""")  # noqa: S608  (only constants)

_RECORD = text("""
    WITH r AS (SELECT * FROM jsonb_to_recordset(CAST(:outcomes AS jsonb)) AS r (id uuid, lease uuid, state text,
        errcode integer, errmsg text, rid text, msgid bigint, wait double precision, kept boolean, called boolean,
        tried_before timestamptz)),
    held AS (SELECT m.id FROM message m JOIN r ON r.id = m.id AND r.lease = m.lease AND m.state = 'sending'
        ORDER BY m.id FOR NO KEY UPDATE OF m)
    UPDATE message m SET state = r.state, lease = NULL,
        errcode = CASE WHEN r.called THEN r.errcode ELSE m.errcode END,
        errmsg = CASE WHEN r.called THEN r.errmsg ELSE m.errmsg END,
        rid = CASE WHEN r.called THEN r.rid ELSE m.rid END,
        wechat_msgid = coalesce(r.msgid, m.wechat_msgid),
        sent_at = CASE WHEN r.state = 'sent' THEN now() ELSE m.sent_at END,
        next_try_at = now() + make_interval(secs => coalesce(r.wait, 0)),
        attempts = m.attempts - CASE WHEN r.called THEN 0 ELSE 1 END,
        first_tried_at = CASE WHEN r.kept THEN m.first_tried_at ELSE r.tried_before END
    FROM r, held WHERE m.id = r.id AND m.id = held.id
    RETURNING m.id
""")
# The order, which the index has, keeps the planner from reading the whole table in the hope of an early hit: its
# statistics do not tell that what is open is hardly ever due.
_DUE_OF = f"""
    SELECT true FROM message m WHERE m.urgent = {{urgent}} AND m.{_OPEN} AND m.next_try_at <= now()
        AND m.template <> ALL (ARRAY(SELECT template FROM paused)) ORDER BY m.next_try_at LIMIT 1
"""  # noqa: S608  (only constants)
_DUE = text(f"""
    WITH paused AS MATERIALIZED (SELECT template FROM sending_pause WHERE app_id = :app AND until > now())
    SELECT NOT EXISTS (SELECT FROM paused WHERE template = '') AND (
        ({_DUE_OF.format(urgent="true")}) IS NOT NULL
        OR (NOT EXISTS (SELECT FROM paused WHERE template = '{ORDINARY}')
            AND ({_DUE_OF.format(urgent="false")}) IS NOT NULL))
""")  # noqa: S608  (only constants)


def anything_due(connection: Connection, app_id: str) -> bool:
    """Whether a sender would find something to do."""
    return bool(connection.scalar(_DUE, {"app": app_id}))


def claim(connection: Connection, app_id: str, lease: uuid.UUID, many: int, memory: timedelta) -> list[Claimed]:
    """Up to ``many`` due messages, urgent ones first, at most one of each person."""
    connection.execute(_LOCK, {"key": CLAIMING})
    paused = set(connection.execute(_PAUSED, {"app": app_id}).scalars())
    found: list[Claimed] = []
    if "" in paused:
        return found
    for urgent in (True, False):
        left = many - len(found)
        if left == 0 or (ORDINARY in paused and not urgent):
            break
        parameters = {
            "urgent": urgent,
            "app": app_id,
            "paused": list(paused),
            "lease": lease,
            "span": LEASE,
            "memory": memory,
            "many": left,
            "window": left * 2,
        }
        found += map(Claimed._make, connection.execute(_CLAIM, parameters).all())
    return found


def ask(connection: Connection, lease: uuid.UUID | None, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Whether each message is still wanted now: ``send``, or what becomes of it instead. Without a ``lease`` nothing is
    asked of who has it."""
    rows = connection.execute(_ASK, {"lease": lease, "ids": list(ids), "just_seen": JUST_SEEN})
    return {message: verdict for message, verdict in rows}  # noqa: C416  (rows are no pairs to mypy)


def record(connection: Connection, outcomes: Sequence[Outcome]) -> set[uuid.UUID]:
    """Write the outcomes of those whose lease still holds; returns which."""
    rows = orjson.dumps(outcomes).decode()
    return set(connection.execute(_RECORD, {"outcomes": rows}).scalars())
