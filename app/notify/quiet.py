"""Quiet hours (夜间不打扰): at night nothing is pushed but what one would lose by the morning (docs/rules.md, 消息)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.clock import beijing
from app.settings import QuietHours

TOO_LATE = timedelta(hours=4)
"""A deadline less than this after the quiet hours would be missed by whoever is told in the morning."""


def held_until(hours: QuietHours | None, at: datetime, *, urgent: bool, deadline: datetime | None) -> datetime | None:
    """When a notice that is ready at ``at`` may go, if not at once. ``hours`` are Beijing's; None has none."""
    if hours is None:
        return None
    local = beijing(at)
    if not hours.hold(local.time()):
        return None
    morning = local.replace(hour=hours.until.hour, minute=hours.until.minute, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    if urgent and deadline is not None and deadline < morning + TOO_LATE:
        return None
    return morning.astimezone(UTC)
