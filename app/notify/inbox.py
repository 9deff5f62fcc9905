"""Messages that waited for their receiver: to enter the system, or to follow the public account."""

from __future__ import annotations

from sqlalchemy import text

from app.notify.means import Means

MANY = 200

_CATCH_UP = text("""
    WITH met AS (
        SELECT openid, account_id, bound_at FROM wechat_follower
        WHERE app_id = :app AND account_id IS NOT NULL AND following
            AND (caught_up_at IS NULL OR caught_up_at < bound_at)
        LIMIT :many FOR UPDATE SKIP LOCKED),
    queued AS (
        UPDATE message m SET state = 'queued', merged_into = NULL, next_try_at = greatest(now(), m.due_at) FROM met
        WHERE m.recipient = met.account_id AND m.state = 'not_following'
            AND (m.expires_at IS NULL OR m.expires_at > now()))
    UPDATE wechat_follower f SET caught_up_at = greatest(now(), met.bound_at) FROM met
    WHERE f.app_id = :app AND f.openid = met.openid RETURNING f.openid
""")
# A message written in the same moment as its receiver subscribed may have been overlooked by the statement above.
_OVERLOOKED = text("""
    UPDATE message m SET state = 'queued', merged_into = NULL, next_try_at = greatest(now(), m.due_at)
    FROM wechat_follower f
    WHERE m.state = 'not_following' AND m.next_try_at > now() - interval '3 minutes'
        AND (m.expires_at IS NULL OR m.expires_at > now())
        AND f.app_id = :app AND f.account_id = m.recipient AND f.following
""")

FILED = ("filing.submitted", "filing.resubmitted", "filing.returned", "filing.rejected", "filing.approved")
"""What became of filings: before one has an account these are the school's on one's behalf (代登记)."""
# What was told while the graduate had no account is told again: others have their messages already and get no second.
# The few seconds let a telling under way end first, so that it cannot be overlooked.
_INTRODUCE = text("""
    WITH newcomer AS (
        SELECT id, graduate_id FROM account
        WHERE role = 'graduate' AND introduced_at IS NULL AND created_at < now() - interval '3 seconds'
        ORDER BY created_at LIMIT :many FOR UPDATE SKIP LOCKED),
    reopened AS (
        UPDATE event e SET fanned_out_at = NULL
        FROM newcomer n
        WHERE e.graduate_id = n.graduate_id AND e.fanned_out_at IS NOT NULL AND (e.name = ANY(:filed)
                OR e.subject IN (SELECT i.id FROM invitation i WHERE i.graduate_id = n.graduate_id
                    AND i.state = 'pending'))
            AND NOT EXISTS (SELECT FROM message m WHERE m.event_id = e.id AND m.recipient = n.id))
    UPDATE account a SET introduced_at = now() FROM newcomer n WHERE a.id = n.id RETURNING a.id
""")


def introduce(means: Means) -> int:
    """Have open invitations, and what the school filed on their behalf, told to graduates who have just entered for the
    first time; returns how many people."""
    people = 0
    while True:
        with means.db.transaction() as connection:
            met = len(connection.execute(_INTRODUCE, {"many": MANY, "filed": list(FILED)}).all())
        people += met
        if met < MANY:
            return people


def catch_up(means: Means) -> int:
    """Queue what waits for those who have bound or subscribed since; returns how many people.

    Whether a message is still wanted is asked when it is sent.
    """
    people = 0
    parameters = {"app": means.settings.wechat.app_id, "many": MANY}
    while True:
        with means.db.transaction() as connection:
            met = len(connection.execute(_CATCH_UP, parameters).all())
        people += met
        if met < MANY:
            return people


def queue_overlooked(means: Means) -> int:
    """Queue recent messages that wait although their receiver follows; returns how many."""
    with means.db.transaction() as connection:
        return connection.execute(_OVERLOOKED, {"app": means.settings.wechat.app_id}).rowcount
