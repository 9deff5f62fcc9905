"""What is kept for a while only (保存期限): forgotten by the clock, in batches over an index.

Events, messages and documents are not among it: they are the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from app import clock
from app.db import Database

BATCH = 5_000
MOST_BATCHES = 20
"""Of each table in one go; what is left goes the next time."""


@dataclass(frozen=True)
class Kept:
    """Rows of ``table`` whose moment in ``since`` is longer ago than ``time``; where it is empty they stay."""

    table: str
    since: str
    time: timedelta


RULES = (
    Kept("idempotent_answer", "created_at", clock.minutes(48 * 60)),
    # A repeat by WeChat comes within minutes. What is not handled stays, however old.
    Kept("wechat_callback", "handled_at", timedelta(days=7)),
    Kept("binding_scene", "expires_at", timedelta(days=1)),
    Kept("login_attempt", "expires_at", timedelta(days=1)),
    # So long it can be looked up who was logged in.
    Kept("sign_in", "expires_at", timedelta(days=90)),
)


_FORGET = {
    rule: text(f"""
        DELETE FROM {rule.table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {rule.table} WHERE {rule.since} < now() - CAST(:time AS interval)
            ORDER BY {rule.since} LIMIT :batch FOR UPDATE SKIP LOCKED))
    """)  # noqa: S608  (only constants)
    for rule in RULES
}


def forget(database: Database) -> int:
    """Delete what has been kept long enough; returns how many rows. Any number of processes may do so at once."""
    return sum(_forget(database, rule) for rule in RULES)


def _forget(database: Database, rule: Kept) -> int:
    forgotten = 0
    for _ in range(MOST_BATCHES):
        with database.transaction() as connection:
            count = connection.execute(_FORGET[rule], {"time": rule.time, "batch": BATCH}).rowcount
        forgotten += count
        if count < BATCH:
            break
    return forgotten
