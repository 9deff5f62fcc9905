"""Twice a working day each reviewer is told what waits at the desk (待审核汇总), instead of each filing by itself."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, text

from app import clock, workdays
from app.models import FilingState
from app.models.columns import in_states
from app.notify import outbox
from app.notify.audience import WISHES, Listener
from app.notify.catalogue.desk import DIGEST
from app.notify.means import Means
from app.notify.story import DESKS

HOURS = (time(9, 0), time(14, 30))
"""Beijing time: when a reviewer sits down, and once more."""
WITHIN = timedelta(hours=1)
"""A clock that comes back later does not make up for the hour, and what arrives later waits for the next one."""

_AT_DESKS = in_states(FilingState.COUNSELLOR_REVIEW, FilingState.COLLEGE_REVIEW, FilingState.SCHOOL_REVIEW)
_WAITING = text(f"""
    WITH waiting AS (
        SELECT school_id, college_id, replace(state, '_review', '') AS desk, count(*) AS filings,
            count(*) FILTER (WHERE stage_since > :last) AS fresh, min(stage_since) AS oldest,
            count(*) FILTER (WHERE due_on < :today) AS overdue,
            count(*) FILTER (WHERE due_on < :today AND due_on >= :last_day) AS passed, 0 AS below
        FROM filing WHERE {_AT_DESKS} GROUP BY school_id, college_id, state
        UNION ALL
        SELECT f.school_id, f.college_id, f.stages[array_position(f.stages, replace(f.state, '_review', '')) + 1],
            0, 0, min(f.stage_since), 0, 0, count(*)
        FROM filing f JOIN school s ON s.id = f.school_id
        WHERE f.{_AT_DESKS} AND f.due_on <= (CAST(:lain AS date[]))[least(s.escalation_days, :grace) + 1]
        GROUP BY 1, 2, 3)
    SELECT a.id, a.role, a.email IS NOT NULL AS email,
        EXISTS (SELECT FROM wechat_follower f
            WHERE f.app_id = :app AND f.account_id = a.id AND f.following) AS following,
        {WISHES},
        CAST(sum(w.filings) AS integer) AS filings, CAST(sum(w.fresh) AS integer) AS fresh,
        coalesce(min(w.oldest) FILTER (WHERE w.below = 0), min(w.oldest)) AS oldest,
        CAST(sum(w.overdue) AS integer) AS overdue, CAST(sum(w.passed) AS integer) AS passed,
        CAST(sum(w.below) AS integer) AS below
    FROM account a JOIN waiting w ON w.school_id = a.school_id AND w.desk = a.role
        AND (a.role = 'school' OR w.college_id = a.college_id)
    WHERE a.role <> 'graduate' AND a.disabled_at IS NULL
        AND NOT EXISTS (SELECT FROM message m WHERE m.slot = :slot AND m.recipient = a.id AND m.kind = :kind)
    GROUP BY a.id ORDER BY a.id
""")  # noqa: S608  (only constants)
# What an unread one of the last days said no longer holds, whether the desk has something now or nothing. One that was
# sent stays sent; it is no longer new.
_SUPERSEDE = text("""
    WITH old AS (SELECT id, state IN ('sent', 'delivered', 'unsure', 'in_review') AS sent FROM message
        WHERE slot >= :since AND slot < :slot AND kind = :kind AND read_at IS NULL AND state <> 'cancelled'
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE message m SET state = CASE WHEN old.sent THEN m.state ELSE 'cancelled' END,
        lease = CASE WHEN old.sent THEN m.lease END, mark = 'others',
        read_at = CASE WHEN old.sent THEN now() END
    FROM old WHERE m.id = old.id
""")


def slot(now: datetime) -> datetime | None:
    """The hour whose digest is to be there at ``now``; None where there is none yet, or no longer, or nobody works."""
    local = clock.beijing(now)
    if not workdays.is_workday(local.date()):
        return None
    moments = [datetime.combine(local.date(), hour, clock.BEIJING) for hour in HOURS]
    return next((moment for moment in moments if moment <= local < moment + WITHIN), None)


def sum_up(means: Means, now: datetime | None = None) -> int:
    """Write the digests of the present hour; returns how many. Any number of processes may do this at once."""
    now = now or clock.now()
    hour = slot(now)
    if hour is None:
        return 0
    named = f"{hour:%Y-%m-%d %H:%M}"
    parameters = {
        "slot": named,
        "kind": DIGEST.kind,
        "app": means.settings.wechat.app_id,
        "last": _before(hour),
        "today": hour.date(),
        "last_day": _before(hour).date(),
        "lain": list(workdays.lain(hour.date())),
        "grace": workdays.LONGEST_GRACE,
    }
    with means.db.transaction() as connection:
        desks = connection.execute(_WAITING, parameters).all()
        outbox.write(connection, [_message(desk, named, now) for desk in desks])
        since = f"{hour - timedelta(days=14):%Y-%m-%d}"
        connection.execute(_SUPERSEDE, {"since": since, "slot": named, "kind": DIGEST.kind})
    return len(desks)


def _before(hour: datetime) -> datetime:
    """The hour of the digest before."""
    earlier = [at for at in HOURS if at < hour.time()]
    if earlier:
        return hour.replace(hour=earlier[-1].hour, minute=earlier[-1].minute)
    day = hour.date() - timedelta(days=1)
    while not workdays.is_workday(day):
        day -= timedelta(days=1)
    return datetime.combine(day, HOURS[-1], clock.BEIJING)


def _message(desk: Row[Any], named: str, now: datetime) -> dict[str, Any]:
    listener = Listener(desk.id, desk.following, desk.email, frozenset(desk.off), frozenset(desk.refused))
    words = {
        "desk": DESKS[desk.role],
        "waiting": str(desk.filings or desk.below),
        "fresh": f"其中 {desk.fresh} 件是新到的。" if desk.fresh else "",
        "oldest": _waited(now - desk.oldest),
        "overdue": _overdue(desk),
        "below": f"下一级有 {desk.below} 件拖过时限，你们可以接办。" if desk.below else "",
    }
    return outbox.spoken(DIGEST, words) | {
        "slot": named,
        "subject": desk.id,
        "recipient": desk.id,
        "mark": DIGEST.mark,
        "state": outbox.first_state(DIGEST, listener),
        "expires_at": now + (DIGEST.lasts or timedelta(days=1)),
    }


def _overdue(desk: Row[Any]) -> str:
    """What is past 审核时限, and the reminder of what passed it since the digest before."""
    if not desk.overdue:
        return ""
    passed = f"，其中 {desk.passed} 件刚刚超过，请先审" if desk.passed else ""
    return f"有 {desk.overdue} 件已过审核时限{passed}。"


def _waited(length: timedelta) -> str:
    if length < timedelta(hours=1):
        return "不到 1 小时"
    return f" {length.days} 天" if length.days else f" {length.seconds // 3600} 小时"
