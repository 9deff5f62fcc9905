"""How the system stands, for an operator and for metrics: what waits and since when, what was sent, what is stuck.

Two statements, over partial indexes only: their cost follows what is due or wrong now, never what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from app import clock
from app.models.columns import in_states
from app.models.fallback import FALLBACK_OPEN
from app.models.message import OPEN, UNSETTLED
from app.models.sending import ORDINARY

MOST = 50_000
"""So many rows of a kind are counted; more are told as so many. Nobody acts differently on the next thousand."""

_STOPPED = "coalesce((SELECT bool_or(template = '') FROM stopped), false)"
_ORDINARY_STOPPED = f"coalesce((SELECT bool_or(template = '{ORDINARY}') FROM stopped), false)"  # noqa: S608  (a constant)
_DUE = f"""
    SELECT urgent, state, {_STOPPED} OR coalesce(template IN (SELECT template FROM stopped), false)
        OR (NOT urgent AND {_ORDINARY_STOPPED}) AS held,
        next_try_at AS since
    FROM message WHERE {in_states(*OPEN)} AND next_try_at <= now()"""  # noqa: S608  (only constants)
_WAITING = text(f"""
    WITH stopped AS MATERIALIZED (SELECT template FROM sending_pause WHERE app_id = :app AND until > now()),
    message_due AS (
        ({_DUE} AND urgent ORDER BY next_try_at LIMIT :most)
        UNION ALL ({_DUE} AND NOT urgent ORDER BY next_try_at LIMIT :most)),
    waiting AS (
        SELECT 'message' AS what, state, urgent, held, since, false AS stuck FROM message_due
        UNION ALL (SELECT 'event', '', NULL, false, at, put_off_until IS NOT NULL FROM event
            WHERE fanned_out_at IS NULL ORDER BY id LIMIT :most)
        UNION ALL (SELECT 'callback', '', NULL, false, received_at, fault IS NOT NULL FROM wechat_callback
            WHERE handled_at IS NULL ORDER BY due_at LIMIT :most)
        UNION ALL (SELECT 'deadline', '', NULL, false, respond_by, put_off_until IS NOT NULL FROM invitation
            WHERE state = 'pending' AND respond_by <= now() ORDER BY respond_by LIMIT :most)
        UNION ALL (SELECT 'document', '', NULL, false, due_at, false FROM document
            WHERE state = 'due' AND due_at <= now() ORDER BY due_at LIMIT :most)
        UNION ALL (SELECT 'document', '', NULL, false, due_at, true FROM document
            WHERE state = 'failed' ORDER BY due_at LIMIT :most)
        UNION ALL (SELECT 'fallback', channel, NULL, false, next_try_at, false FROM fallback
            WHERE {in_states(*FALLBACK_OPEN)} AND next_try_at <= now() ORDER BY next_try_at LIMIT :most)
        UNION ALL (SELECT 'sending', '', NULL, false, next_try_at, false FROM message
            WHERE state = 'sending' LIMIT :most)
        UNION ALL (SELECT 'unsettled', state, NULL, false, first_tried_at, false FROM message
            WHERE {in_states(*UNSETTLED)} AND first_tried_at > now() - interval '1 day' LIMIT :most)
        UNION ALL (SELECT 'unreceipted', '', NULL, false, first_tried_at, false FROM message
            WHERE state = 'sent' AND first_tried_at BETWEEN now() - interval '1 day' AND now() - interval '30 minutes'
            LIMIT :most))
    SELECT what, state, urgent, held, stuck, count(*) AS many,
        greatest(CAST(extract(epoch FROM now() - min(since)) AS double precision), 0) AS oldest
    FROM waiting GROUP BY what, state, urgent, held, stuck ORDER BY what, state, urgent, held, stuck
""")  # noqa: S608  (only constants)

_ACCOUNT = text("""
    SELECT (SELECT version_num FROM alembic_version LIMIT 1) AS schema,
        (SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]') FROM (
            SELECT channel, code, sum(calls) AS calls, coalesce(sum(calls) FILTER (WHERE day = :today), 0) AS today
            FROM sending_count GROUP BY channel, code ORDER BY channel, code) s) AS sends,
        (SELECT to_jsonb(q) FROM (
            SELECT daily_limit, used, day = :today AS of_today,
                CAST(extract(epoch FROM now() - asked_at) AS double precision) AS age
            FROM sending_quota WHERE app_id = :app) q) AS quota,
        (SELECT coalesce(sum(calls), 0) FROM sending_count
            WHERE app_id = :app AND day = :today AND channel = 'wechat') AS used,
        (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM (
            SELECT CASE WHEN app_id = :app THEN 'wechat' ELSE app_id END AS channel, template, errcode, errmsg, rid,
                CAST(extract(epoch FROM now() - since) AS double precision) AS age,
                CAST(extract(epoch FROM until - now()) AS double precision) AS remaining
            FROM sending_pause WHERE until > now() ORDER BY app_id, template) p) AS pauses,
        (SELECT coalesce(jsonb_agg(to_jsonb(b)), '[]') FROM (
            SELECT step, milliseconds, late_milliseconds, fault,
                greatest(CAST(extract(epoch FROM now() - at) AS double precision), 0) AS age
            FROM clock_beat ORDER BY step) b) AS beats
""")


@dataclass(frozen=True)
class Waiting:
    """Rows of one kind that wait alike; ``oldest`` is for how many seconds the first of them has."""

    what: str
    """message, sending, unsettled, unreceipted, event, callback, deadline, document or fallback"""
    state: str
    """a message's state, a fallback's channel, else empty"""
    urgent: bool | None
    """of messages only"""
    held: bool
    """a pause of its template or of the account keeps it"""
    stuck: bool
    """it failed and is put off, or given up: someone has to look"""
    many: int
    oldest: float


@dataclass(frozen=True)
class Standing:
    """One look at the whole system. Ages are in seconds."""

    waiting: Sequence[Waiting]
    schema: str
    """the newest migration"""
    sends: Sequence[Mapping[str, Any]]
    """``channel, code, calls, today``; calls is over all days kept, so that it only grows"""
    quota: Mapping[str, Any] | None
    """``daily_limit, used, of_today, age``: WeChat's own words, when last asked"""
    used: int
    """template messages called for today, by our own count"""
    pauses: Sequence[Mapping[str, Any]]
    """``channel, template, errcode, errmsg, rid, age, remaining``"""
    beats: Sequence[Mapping[str, Any]]
    """``step, milliseconds, late_milliseconds, fault, age``"""

    def many(self, what: str, **wanted: Any) -> int:
        """How many rows of a kind wait, by any of the other columns."""
        return sum(row.many for row in self._found(what, wanted))

    def oldest(self, what: str, **wanted: Any) -> float:
        """For how many seconds the first of them has waited; 0 where none does."""
        return max((row.oldest for row in self._found(what, wanted)), default=0.0)

    def _found(self, what: str, wanted: Mapping[str, Any]) -> list[Waiting]:
        return [
            row
            for row in self.waiting
            if row.what == what and all(getattr(row, name) == value for name, value in wanted.items())
        ]


def standing(connection: Connection, app_id: str) -> Standing:
    """How the system stands now; raises what the database raises."""
    waiting = connection.execute(_WAITING, {"app": app_id, "most": MOST}).mappings().all()
    account = connection.execute(_ACCOUNT, {"app": app_id, "today": clock.today()}).mappings().one()
    return Standing(waiting=[Waiting(**row) for row in waiting], **account)
