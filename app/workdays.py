"""Working days (工作日) with China's public holidays and make-up days."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar


def is_workday(day: date) -> bool:
    """Whether offices work; beyond the published calendar the week alone decides."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def after(day: date, workdays: int) -> date:
    """The working day that lies ``workdays`` working days after ``day``."""
    while workdays > 0:
        day += timedelta(days=1)
        if is_workday(day):
            workdays -= 1
    return day
