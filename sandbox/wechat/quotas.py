"""How often each call may be made (接口调用额度): a day, counted from 00:00 in Beijing, and a minute."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from sandbox.clock import Clock
from sandbox.errors import WeChatError

DAILY_LIMITS: dict[str, int] = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/ticket/getticket": 1_000_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/subscribe/bizsend": 10_000_000,
    "/wxa/sec/queryblocktmplmsg": 10_000,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1_000,
}
MINUTE_LIMITS: dict[str, int] = {
    "/cgi-bin/stable_token": 10_000,
    "/sns/oauth2/access_token": 50_000,
}
USUAL_MINUTE_LIMIT = 60_000
MINUTE = 60
CLEARINGS_A_MONTH = 10


class Quotas:
    """Counts of today and of this minute, and the limits in force (``overrides`` win)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: Counter[str] = Counter()
        self._in_minute: Counter[str] = Counter()
        self._day_ends = self._minute_ends = 0.0
        self._clearings: Counter[str] = Counter()

    def count(self, path: str, a_day: Mapping[str, int], a_minute: Mapping[str, int]) -> None:
        """One call. Raises 45011 (minute), 45009 (day) when a limit is used up; such a call is not counted."""
        with self._lock:
            self._turn()
            if self._in_minute[path] >= self.minute_limit(path, a_minute):
                raise WeChatError(45011)
            limit = self.limit(path, a_day)
            if limit is not None:
                if self._used[path] >= limit:
                    raise WeChatError(45009)
                self._used[path] += 1
            self._in_minute[path] += 1

    def limit(self, path: str, overrides: Mapping[str, int]) -> int | None:
        """Calls a day of one path; None when it is not limited."""
        return overrides.get(path, DAILY_LIMITS.get(path))

    def minute_limit(self, path: str, overrides: Mapping[str, int]) -> int:
        """Calls a minute of one path."""
        return overrides.get(path, MINUTE_LIMITS.get(path, USUAL_MINUTE_LIMIT))

    def used(self, path: str) -> int:
        """Calls of today."""
        with self._lock:
            self._turn()
            return self._used[path]

    def clear(self) -> None:
        """As clear_quota. Raises 48006 at the eleventh of a month."""
        with self._lock:
            month = f"{self._clock.beijing():%Y-%m}"
            if self._clearings[month] >= CLEARINGS_A_MONTH:
                raise WeChatError(48006)
            self._clearings[month] += 1
            self._used.clear()

    def _turn(self) -> None:
        now = self._clock.now()
        if now < self._minute_ends:
            return
        self._in_minute.clear()
        self._minute_ends = now - now % MINUTE + MINUTE
        if now >= self._day_ends:
            self._used.clear()
            midnight = self._clock.beijing().replace(hour=0, minute=0, second=0, microsecond=0)
            self._day_ends = midnight.timestamp() + 86400
