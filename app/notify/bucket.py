"""How fast the account sends: a token bucket in Redis for all processes, smaller ones of their own while it is away."""

from __future__ import annotations

import time
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

BURST_SECONDS = 2
"""The bucket holds what two seconds fill."""
SHARE_WITHOUT_REDIS = 4
"""While Redis is away a process takes this fraction of the rate: as many as that may be sending."""
SLOW_FOR = 60
"""Seconds a slow-down lasts after the last sign of trouble."""
SLOWEST = 4
"""Halvings at most."""

# KEYS: bucket, slow; ARGV: rate, burst seconds, wanted, now, most halvings.
_TAKE = """
local rate = tonumber(ARGV[1]) / (2 ^ math.min(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[5])))
local burst, now = math.max(rate * tonumber(ARGV[2]), 1), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(held[1]) or burst, tonumber(held[2]) or now
level = math.min(burst, level + math.max(now - at, 0) * rate)
local granted = math.min(math.floor(level), tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'level', tostring(level - granted), 'at', tostring(math.max(now, at)))
redis.call('EXPIRE', KEYS[1], 600)
return {granted, tostring((1 - math.min(level - granted, 1)) / rate)}
"""


class Bucket:
    """Grants sends at the account's rate."""

    def __init__(self, redis: Redis, app_id: str, rate: int) -> None:
        self._redis = redis
        self._rate = rate
        self._bucket, self._slow = f"wechat:{app_id}:bucket", f"wechat:{app_id}:slow"
        self._script = redis.register_script(_TAKE)
        self._own_level = 1.0
        self._own_at = time.monotonic()
        self._own_slow = (0, 0.0)

    def take(self, wanted: int) -> tuple[int, float]:
        """How many of ``wanted`` sends may be made now, and after how many seconds the next one may."""
        try:
            arguments = [self._rate, BURST_SECONDS, wanted, time.time(), SLOWEST]
            granted, wait = cast(list[Any], self._script(keys=[self._bucket, self._slow], args=arguments))
        except RedisError:
            return self._take_own(wanted)
        return int(granted), float(wait)

    def give_back(self, unused: int) -> None:
        """Return grants that were not used."""
        if unused > 0:
            try:
                self._redis.hincrbyfloat(self._bucket, "level", unused)
            except RedisError:
                self._own_level += unused

    def slow_down(self) -> None:
        """Halve the rate for a while: WeChat is busy or has had enough of us."""
        halvings, until = self._own_slow
        fresh = halvings if time.monotonic() < until else 0
        self._own_slow = (min(fresh + 1, SLOWEST), time.monotonic() + SLOW_FOR)
        try:
            pipe = self._redis.pipeline()
            pipe.incr(self._slow)
            pipe.expire(self._slow, SLOW_FOR)
            pipe.execute()
        except RedisError:
            return

    def _take_own(self, wanted: int) -> tuple[int, float]:
        halvings, until = self._own_slow
        slowed = halvings if time.monotonic() < until else 0
        rate = self._rate / SHARE_WITHOUT_REDIS / 2**slowed
        now = time.monotonic()
        burst = max(rate, 1.0)
        self._own_level = min(burst, self._own_level + (now - self._own_at) * rate)
        self._own_at = now
        granted = min(int(self._own_level), wanted)
        self._own_level -= granted
        return granted, (1 - min(self._own_level, 1.0)) / rate
