"""The two engines, embedded unless the environment names others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir

from stack.places import EngineError, forget, held, make_directory
from stack.postgres import postgres
from stack.redis import redis

__all__ = ["EngineError", "both", "postgres", "redis", "temporary"]

_TEMPORARY = "quxiang-temporary-"


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


@contextmanager
def temporary(given: Mapping[str, str], durable: bool = False) -> Iterator[tuple[Path, dict[str, str]]]:
    """Engines over a folder that is thrown away with all that is in it; yields the folder and the URLs of :func:`both`.

    Nothing waits for the disk unless ``durable``. What an earlier user left behind who had no chance to clean up is
    removed first.
    """
    _sweep(Path(gettempdir()))
    data = Path(gettempdir()) / f"{_TEMPORARY}{token_hex(4)}"
    make_directory(data)
    try:
        with held(data / "lock", "somebody else uses this folder"), both(data, given, durable) as urls:
            yield data, urls
    finally:
        forget(data)


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{_TEMPORARY}*/lock"):
        with suppress(EngineError, OSError), held(left, "still in use"):
            forget(left.parent)
