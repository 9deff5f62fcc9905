"""How often something may be asked: a sliding window kept in Redis, or in this process while Redis is away."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import RedisError

from app.problems import TooMany

log = structlog.get_logger("app.limits")

AWAY_SECONDS = 5.0
"""After Redis failed to answer it is not asked for this long, so that requests do not queue behind its time-out."""
LOCAL_BUCKETS = 20_000

# Two windows side by side, the older one weighed by what of it still lies in the last `window` seconds: one small
# hash instead of a list of moments, and never more than `count` in any window by more than the weighing's rounding.
_TAKE = """
local now = redis.call('TIME')
local t = tonumber(now[1]) + tonumber(now[2]) / 1000000
local window, count = tonumber(ARGV[1]), tonumber(ARGV[2])
local n = math.floor(t / window)
local kept = redis.call('HMGET', KEYS[1], 'n', 'here', 'before')
local here, before = tonumber(kept[2]) or 0, tonumber(kept[3]) or 0
local age = n - (tonumber(kept[1]) or n)
if age == 1 then before, here = here, 0 elseif age ~= 0 then before, here = 0, 0 end
local left = 1 - (t / window - n)
if before * left + here + 1 > count then return math.ceil(left * window) end
redis.call('HSET', KEYS[1], 'n', n, 'here', here + 1, 'before', before)
redis.call('EXPIRE', KEYS[1], window * 2)
return 0
"""


@dataclass(frozen=True)
class Limit:
    """At most ``count`` within any ``seconds`` for one ``who``."""

    name: str
    count: int
    seconds: int
    sentence: str | None = None


PASSWORDS_PER_LOGIN = Limit("password-login", 10, 900, "尝试次数过多，请 15 分钟后再试，或联系管理员重设密码。")
"""Guessing one account's password; a slow hash alone does not stop a patient one."""
PASSWORDS_PER_ADDRESS = Limit("password-address", 300, 900)
"""A whole campus may share an address, so this only stops machines."""
JOURNEYS_PER_ADDRESS = Limit("journey-address", 600, 60)
"""Log-ins begun by WeChat or CHSI; each leaves a row."""
LOOKUPS_PER_ACCOUNT = Limit("lookup", 60, 600, "查找太频繁，请 10 分钟后再试。")
"""An employer looking for graduates by name and number."""
MISSES_PER_ACCOUNT = Limit("lookup-miss", 15, 600, "多次没有找到，请核对姓名和证件号后再试。")
"""Look-ups that found nobody: so that nobody can be guessed."""
EMPLOYERS_PER_ACCOUNT = Limit("employer-lookup", 120, 60)
"""Employers asked for while one types."""
CHECKS_PER_ADDRESS = Limit("check-address", 120, 60)
"""Strangers checking an agreement's code."""
BINDINGS_PER_ACCOUNT = Limit("binding", 10, 600, "换得太频繁，请 10 分钟后再试。")
"""Binding codes asked for; each costs a call of WeChat's."""
BINDING_PAGES_PER_ADDRESS = Limit("binding-page", 600, 60)
"""Looks at and answers to a binding code, from phones that share an operator's address."""
UPLOADS_PER_ACCOUNT = Limit("upload", 60, 600, "上传太频繁，请 10 分钟后再试。")
"""Files sent in; each costs a second of a processor. Nine an item and a few new tries are far fewer."""
FILES_PER_ADDRESS = Limit("file-address", 3000, 60)
"""Files looked at by links; a campus may share an address, so this only stops machines."""
RETURN_LINKS_PER_ADDRESS = Limit("return-link-address", 120, 60)
"""Looks at and uses of one-time links, by people without account."""
UPLOADS_PER_LINK = Limit("upload-link", 40, 600, "上传太频繁，请 10 分钟后再试。")
"""Files sent in through one link; nine and a few new tries are far fewer."""

ALL = (
    PASSWORDS_PER_LOGIN,
    PASSWORDS_PER_ADDRESS,
    JOURNEYS_PER_ADDRESS,
    LOOKUPS_PER_ACCOUNT,
    MISSES_PER_ACCOUNT,
    EMPLOYERS_PER_ACCOUNT,
    CHECKS_PER_ADDRESS,
    BINDINGS_PER_ACCOUNT,
    BINDING_PAGES_PER_ADDRESS,
    UPLOADS_PER_ACCOUNT,
    FILES_PER_ADDRESS,
    RETURN_LINKS_PER_ADDRESS,
    UPLOADS_PER_LINK,
)


class Limiter:
    """Counts for every process together as long as Redis answers; alone, and so more generously, when it does not."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(_TAKE)
        self._alone = _Alone()
        self._ask_again_at = 0.0

    def take(self, limit: Limit, who: object) -> None:
        """Count one more for ``who``; raises :class:`TooMany` with Retry-After once the limit is reached."""
        # Who it is (a log-in name, an address) need not stand in Redis in the clear.
        key = f"qx:limit:{limit.name}:{hashlib.sha256(str(who).encode()).hexdigest()[:32]}"
        wait = self._asked(key, limit)
        if wait:
            raise TooMany(limit.sentence, headers={"Retry-After": str(wait)})

    def _asked(self, key: str, limit: Limit) -> int:
        if time.monotonic() < self._ask_again_at:
            return self._alone.take(key, limit)
        try:
            return int(self._script(keys=[key], args=[limit.seconds, limit.count]))
        except RedisError as error:
            self._ask_again_at = time.monotonic() + AWAY_SECONDS
            log.warning("counting_alone", reason=type(error).__name__)
            return self._alone.take(key, limit)


class _Alone:
    """The same window for this process only, with the longest unused buckets forgotten first."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[int, int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, limit: Limit) -> int:
        moment = time.monotonic() / limit.seconds
        number = math.floor(moment)
        left = 1 - (moment - number)
        with self._lock:
            kept, here, before = self._buckets.pop(key, (number, 0, 0))
            if number - kept == 1:
                here, before = 0, here
            elif number != kept:
                here = before = 0
            refused = before * left + here + 1 > limit.count
            self._buckets[key] = (number, here if refused else here + 1, before)
            while len(self._buckets) > LOCAL_BUCKETS:
                self._buckets.popitem(last=False)
        return math.ceil(left * limit.seconds) if refused else 0
