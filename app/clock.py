"""What time it is: UTC inside, Beijing (北京时间) for people.

Deadlines are judged by the database's own clock, never by this one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in Beijing."""
    return now().astimezone(BEIJING).date()


def end_of_day(day: date) -> datetime:
    """The last second (23:59:59 Beijing time) of a day, in UTC: where every deadline ends (docs/rules.md, 应约截止)."""
    return datetime.combine(day, time(23, 59, 59), BEIJING).astimezone(UTC)


def beijing(moment: datetime) -> datetime:
    """The same moment on a clock in Beijing."""
    return moment.astimezone(BEIJING)


def rfc3339(moment: datetime) -> str:
    """A moment as the API writes it: UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def in_words(moment: datetime) -> str:
    """A moment for people, as 「2026年3月20日 23:59」 (Beijing)."""
    local = beijing(moment)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def minutes(count: float) -> timedelta:
    """A length of time, for readable constants."""
    return timedelta(minutes=count)
