"""Working days (工作日) with China's public holidays and make-up days."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar


def is_workday(day: date) -> bool:
    """Whether offices work; beyond the published calendar the week alone decides."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


LONGEST_GRACE = 30
"""Days of grace beyond which :func:`lain` does not look."""


@lru_cache(maxsize=4)
def lain(today: date) -> tuple[date, ...]:
    """For 0, 1, 2 … working days of grace the latest due day after which that many had passed before ``today``.

    What was due on that day or earlier lies so long that the next level may take it up.
    """
    found, due = [], today - timedelta(days=1)
    for grace in range(LONGEST_GRACE + 1):
        while after(due, grace) >= today:
            due -= timedelta(days=1)
        found.append(due)
    return tuple(found)


def after(day: date, workdays: int) -> date:
    """The working day that lies ``workdays`` working days after ``day``."""
    while workdays > 0:
        day += timedelta(days=1)
        if is_workday(day):
            workdays -= 1
    return day
