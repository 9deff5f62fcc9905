from __future__ import annotations

import threading
import time

import pytest
import redis as redis_client

from app import limits
from app.limits import ALL, Limit, Limiter
from app.problems import TooMany
from app.services import open_redis

FEW = Limit("few", 5, 60)


@pytest.fixture
def limiter(redis_url: str) -> Limiter:
    return Limiter(open_redis(redis_url))


def taken(limiter: Limiter, limit: Limit, who: str, times: int) -> int:
    """How many of so many tries were let through."""
    through = 0
    for _ in range(times):
        try:
            limiter.take(limit, who)
        except TooMany:
            continue
        through += 1
    return through


@pytest.mark.parametrize("limit", ALL, ids=lambda limit: limit.name)
def test_each_limit_lets_its_count_through_and_not_one_more(limiter: Limiter, limit: Limit) -> None:
    assert taken(limiter, limit, "a", limit.count) == limit.count
    with pytest.raises(TooMany) as caught:
        limiter.take(limit, "a")
    assert 0 < int(caught.value.headers["Retry-After"]) <= limit.seconds
    limiter.take(limit, "b")


def test_all_processes_count_together(redis_url: str) -> None:
    one, other = Limiter(open_redis(redis_url)), Limiter(open_redis(redis_url))
    assert taken(one, FEW, "a", 3) + taken(other, FEW, "a", 4) == 5


def test_many_at_once_are_counted_exactly(limiter: Limiter) -> None:
    through: list[int] = []
    threads = [threading.Thread(target=lambda: through.append(taken(limiter, FEW, "a", 5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(through) == 5


def test_the_window_slides(redis_url: str) -> None:
    limiter, quick = Limiter(open_redis(redis_url)), Limit("quick", 4, 1)
    assert taken(limiter, quick, "a", 6) == 4
    time.sleep(2.1)
    assert taken(limiter, quick, "a", 6) == 4


def test_who_was_counted_cannot_be_read_in_redis(limiter: Limiter, redis_url: str) -> None:
    limiter.take(FEW, "zhoumin")
    with redis_client.Redis.from_url(redis_url) as connection:
        keys = list(connection.scan_iter())
        assert len(keys) == 1
        assert b"zhoumin" not in keys[0]
        assert 0 < connection.ttl(keys[0]) <= 120


def test_while_redis_is_away_each_process_counts_alone_and_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter(open_redis("redis://127.0.0.1:9/0"))
    assert taken(limiter, FEW, "a", 9) == 5
    assert taken(limiter, FEW, "b", 1) == 1
    monkeypatch.setattr(limits, "LOCAL_BUCKETS", 3)
    for who in "cdefg":
        limiter.take(FEW, who)
    assert len(limiter._alone._buckets) == 3


def test_when_redis_is_back_all_count_together_again(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AWAY_SECONDS", 0.1)
    limiter, other = Limiter(open_redis("redis://127.0.0.1:9/0")), Limiter(open_redis(redis_url))
    assert taken(limiter, FEW, "a", 2) == 2
    assert taken(other, FEW, "a", 1) == 1
    limiter._script.registered_client = open_redis(redis_url)
    time.sleep(0.15)
    assert taken(limiter, FEW, "a", 9) == 4
