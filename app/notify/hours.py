"""Quiet hours (免打扰): what can wait wakes nobody between 22:00 and 8:00 in Beijing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from app.clock import BEIJING, beijing

EVENING = time(22, 0)
MORNING = time(8, 0)


def waking(moment: datetime) -> datetime:
    """The moment itself, or the coming 8:00 when it lies in the quiet hours."""
    local = beijing(moment)
    if MORNING <= local.time() < EVENING:
        return moment
    day = local.date() + timedelta(days=1 if local.time() >= EVENING else 0)
    return datetime.combine(day, MORNING, BEIJING).astimezone(UTC)
