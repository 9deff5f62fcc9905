"""The sandbox's own clock: real time plus what has been skipped by 快进."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "CST")


class Clock:
    """Seconds since 1970 that can be moved forward, never back."""

    def __init__(self, skipped: float = 0.0) -> None:
        self.skipped = skipped

    def now(self) -> float:
        """Seconds since 1970, skipped time included."""
        return time.time() + self.skipped

    def advance(self, seconds: float) -> float:
        """Skip forward; returns the new now. Raises ValueError on a negative step."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self.skipped += seconds
        return self.now()

    def beijing(self) -> datetime:
        """Now, as wall time in China."""
        return in_beijing(self.now())


def in_beijing(at: float) -> datetime:
    """Wall time in China, where the account's days begin and end."""
    return datetime.fromtimestamp(at, BEIJING)


def chat_time(at: float, now: float) -> str:
    """The divider WeChat draws above a message: 08:05, 昨天 16:40, 3月16日 10:12."""
    then, today = in_beijing(at), in_beijing(now)
    clock = f"{then:%H:%M}"
    days = (today.date() - then.date()).days
    if days <= 0:
        return clock
    if days == 1:
        return f"昨天 {clock}"
    if then.year == today.year:
        return f"{then.month}月{then.day}日 {clock}"
    return f"{then.year}年{then.month}月{then.day}日 {clock}"
