"""The account's day (每日额度): calls are counted as they are recorded, the last of them kept for urgent messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, text

from app.db import Database
from app.models.sending import ORDINARY
from app.notify.outcome import Attempt
from app.notify.pauses import Cause, midnight, pause
from app.notify.wechat import Client, WeChatError
from app.settings import WeChat

WECHAT = "wechat"
NO_ANSWER = "none"
SEND_PATH = "/cgi-bin/message/template/send"
_TODAY = "(now() AT TIME ZONE 'Asia/Shanghai')::date"

# The snapshot of the outer SELECT lies before the INSERT: what is added here is not in its sum.
_COUNT = text(f"""
    WITH counted AS (
        INSERT INTO sending_count (app_id, day, channel, code, calls)
        SELECT :app, {_TODAY}, :channel, code, calls
        FROM jsonb_to_recordset(CAST(:calls AS jsonb)) AS c (code text, calls integer) ORDER BY code
        ON CONFLICT (app_id, day, channel, code) DO UPDATE SET calls = sending_count.calls + excluded.calls)
    SELECT (SELECT coalesce(sum(calls), 0) FROM sending_count
            WHERE app_id = :app AND day = {_TODAY} AND channel = :channel) AS used,
        q.daily_limit, coalesce(q.used, 0) AS told
    FROM (SELECT) AS one LEFT JOIN sending_quota q ON q.app_id = :app AND q.day = {_TODAY}
""")  # noqa: S608  (only constants)
_PAUSED = text(
    "SELECT EXISTS (SELECT FROM sending_pause WHERE app_id = :app AND template = :template AND until > now())"
)
_NOTE = text(f"""
    INSERT INTO sending_quota (app_id, day, daily_limit, used) VALUES (:app, {_TODAY}, :limit, :used)
    ON CONFLICT (app_id) DO UPDATE SET day = excluded.day, daily_limit = excluded.daily_limit, used = excluded.used,
        asked_at = now()
""")  # noqa: S608  (only constants)
_STALE = text("""
    SELECT NOT EXISTS (SELECT FROM sending_quota WHERE app_id = :app AND asked_at > now() - interval '10 minutes')
""")


def count(connection: Connection, app_id: str, channel: str, codes: Iterable[str]) -> tuple[int, int | None]:
    """Add calls to the day's count; returns how many were made and the limit WeChat has told of, if it has."""
    calls = Counter(codes)
    rows = orjson.dumps([{"code": code, "calls": number} for code, number in calls.items()]).decode()
    found = connection.execute(_COUNT, {"app": app_id, "channel": channel, "calls": rows}).one()
    return max(int(found.used), int(found.told)) + calls.total(), found.daily_limit


def spend(connection: Connection, account: WeChat, attempts: Iterable[Attempt]) -> None:
    """Count the calls of a batch; when only the reserve is left, ordinary messages wait for midnight."""
    codes = [
        NO_ANSWER if attempt.outcome.errcode is None else str(attempt.outcome.errcode)
        for attempt in attempts
        if attempt.outcome.called
    ]
    if not codes:
        return
    used, told = count(connection, account.app_id, WECHAT, codes)
    limit = told or account.daily_limit
    if used < limit * (100 - account.reserve) / 100:
        return
    if not connection.scalar(_PAUSED, {"app": account.app_id, "template": ORDINARY}):
        cause = Cause(45009, f"{used} of {limit} used today: the rest is kept for urgent messages")
        pause(connection, account.app_id, midnight(), cause, ORDINARY)


def is_stale(connection: Connection, app_id: str) -> bool:
    """Whether WeChat's own count is worth asking for again."""
    return bool(connection.scalar(_STALE, {"app": app_id}))


@dataclass(frozen=True)
class Quota:
    """The day's template messages in WeChat's own count."""

    daily_limit: int
    used: int


def ask(database: Database, app_id: str, client: Client) -> Quota:
    """Ask WeChat for the day's limit and what is used of it, and keep the answer; raises :class:`WeChatError`."""
    answer = client.call("openapi/quota/get", {"cgi_path": SEND_PATH})
    try:
        quota = Quota(int(answer["quota"]["daily_limit"]), int(answer["quota"]["used"]))
    except (KeyError, TypeError, ValueError):
        raise WeChatError(None, "an answer without a quota", reached=False) from None
    with database.transaction() as connection:
        connection.execute(_NOTE, {"app": app_id, "limit": quota.daily_limit, "used": quota.used})
    return quota
