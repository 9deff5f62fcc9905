"""The two engines, embedded unless the environment names others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stack.places import EngineError
from stack.postgres import postgres
from stack.redis import redis

__all__ = ["EngineError", "both", "postgres", "redis"]


@contextmanager
def both(data: Path, given: Mapping[str, str], durable: bool = True) -> Iterator[dict[str, str]]:
    """Run what ``given`` (the environment) does not name; yields ``DATABASE_URL`` and ``REDIS_URL``.

    Each one that is named there is used as it stands and left alone.
    """
    with ExitStack() as running:
        urls = {}
        urls["DATABASE_URL"] = given.get("DATABASE_URL") or running.enter_context(postgres(data, durable))
        urls["REDIS_URL"] = given.get("REDIS_URL") or running.enter_context(redis(data, persist=durable))
        yield urls
