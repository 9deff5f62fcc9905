"""The account's access_token (stable_token): fetched by one process at a time and shared through Redis."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import LockError, RedisError

KEPT_HERE = 30.0
"""Seconds a process uses its copy before it looks into Redis again: a refresh elsewhere is seen at least so soon."""
EARLY = 300
"""Seconds before its end that a token is given up: WeChat then hands out the next one, and the old one still works."""
FETCHING = 15.0
"""Seconds after which a fetcher that died no longer keeps the others waiting; longer than a fetch may take."""
log = structlog.get_logger("app.notify.tokens")

Fetch = Callable[[bool], tuple[str, int]]
"""force → (token, seconds it lives)."""


@dataclass(frozen=True)
class _Copy:
    token: str
    look_again_at: float
    dies_at: float


class Tokens:
    """The present token. Its expiry is kept by Redis alone; without Redis each process keeps its own, which is harmless
    as stable_token gives every one the same token."""

    def __init__(self, redis: Redis, app_id: str, fetch: Fetch) -> None:
        self._redis = redis
        self._key = f"wechat:{app_id}:token"
        self._fetch = fetch
        self._lock = threading.Lock()
        self._copy: _Copy | None = None

    def get(self) -> str:
        """The token to use now; raises what the fetch raises."""
        copy = self._copy
        if copy is not None and time.monotonic() < copy.look_again_at:
            return copy.token
        with self._lock:
            copy = self._copy
            if copy is not None and time.monotonic() < copy.look_again_at:
                return copy.token
            return self._shared() or self._fetched(bad=None)

    def replace(self, bad: str) -> str:
        """Another token than ``bad``, which WeChat has refused; fetched once however many threads ask."""
        with self._lock:
            if self._copy is not None and self._copy.token != bad:
                return self._copy.token
            shared = self._shared()
            if shared is not None and shared != bad:
                return shared
            return self._fetched(bad)

    def _shared(self) -> str | None:
        """The token in Redis; while Redis is away our own copy for as long as it lives."""
        try:
            pipe = self._redis.pipeline(transaction=False)
            pipe.get(self._key)
            pipe.ttl(self._key)
            found, ttl = pipe.execute()
        except RedisError:
            alive = self._copy is not None and time.monotonic() < self._copy.dies_at
            return self._copy.token if alive and self._copy else None
        if found is None:
            return None
        token = found.decode() if isinstance(found, bytes) else str(found)
        self._keep(token, float(ttl))
        return token

    def _fetched(self, bad: str | None) -> str:
        with self._only_one():
            shared = self._shared()  # another process may have fetched while we waited
            if shared is not None and shared != bad:
                return shared
            token, life = self._fetch(False)
            if token == bad:
                # WeChat repeats a token it refuses: only a forced refresh ends it.
                token, life = self._fetch(True)
            usable = max(life - EARLY, 1)
            self._keep(token, usable)
            with contextlib.suppress(RedisError):
                self._redis.set(self._key, token, ex=usable)
            return token

    def _keep(self, token: str, usable: float) -> None:
        now = time.monotonic()
        self._copy = _Copy(token, now + min(KEPT_HERE, max(usable, 0.0)), now + max(usable, 0.0))

    @contextlib.contextmanager
    def _only_one(self) -> Iterator[None]:
        """At most one fetch at a time among all processes; without Redis among the threads of this one."""
        lock = self._redis.lock(f"{self._key}:fetching", timeout=FETCHING, blocking_timeout=FETCHING)
        try:
            held = lock.acquire()
        except RedisError:
            held = False
        try:
            yield
        finally:
            if held:
                with contextlib.suppress(LockError, RedisError):
                    lock.release()
