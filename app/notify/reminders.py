"""When a graduate is reminded of an open invitation (docs/rules.md, 提醒)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from app.clock import BEIJING, beijing

AT_MOST = 2
"""Reminder pushes in an invitation's whole life, extensions included."""
JUST_SEEN = timedelta(minutes=60)
"""Who opened the invitation this shortly before is not reminded."""
EVENING = time(20, 0)
LAST_HOURS = timedelta(hours=3)

EVENING_BEFORE = "reminder.evening_before"
THREE_HOURS = "reminder.three_hours"


def evening_before(respond_by: datetime) -> datetime:
    """20:00 in Beijing on the day before the last day."""
    last_day = beijing(respond_by).date()
    return datetime.combine(last_day - timedelta(days=1), EVENING, BEIJING).astimezone(UTC)


def three_hours_before(respond_by: datetime) -> datetime:
    """Three hours before the end."""
    return respond_by - LAST_HOURS


def plan(respond_by: datetime, said_at: datetime, used: int) -> Mapping[str, datetime]:
    """Kind of reminder → moment, for a deadline said at ``said_at`` after ``used`` pushes of earlier deadlines.

    A moment already past when the deadline was said is left out. Where fewer may still be sent than are due, the
    later ones stay: nearer the end they matter more.
    """
    moments = {EVENING_BEFORE: evening_before(respond_by), THREE_HOURS: three_hours_before(respond_by)}
    ahead = sorted((moment, kind) for kind, moment in moments.items() if moment > said_at)
    left = max(AT_MOST - used, 0)
    return MappingProxyType({kind: moment for moment, kind in ahead[len(ahead) - min(left, len(ahead)) :]})


def remaining(until: datetime, at: datetime) -> str:
    """「还剩 1 天 4 小时」, rounded to whole hours."""
    hours = max(round((until - at) / timedelta(hours=1)), 1)
    days, hours = divmod(hours, 24)
    parts = [f"{days} 天" if days else "", f"{hours} 小时" if hours else ""]
    return "还剩 " + " ".join(part for part in parts if part)
