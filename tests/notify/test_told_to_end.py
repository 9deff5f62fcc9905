"""A worker that is told to end ends, in whatever moment it hears of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from redis import Redis
from rq.exceptions import StopRequested
from rq.worker import WorkerStatus

from app.settings import Settings
from worker import Worker


@pytest.fixture
def worker(settings: Settings) -> Iterator[Worker]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    made = Worker(["notices"], connection=Redis.from_url(settings.redis_url), serializer="json")
    made.register_birth()  # type: ignore[no-untyped-call]
    yield made
    made.register_death()  # type: ignore[no-untyped-call]
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.timeout(30)
def test_a_signal_just_before_it_waits_for_a_job_is_heard(worker: Worker) -> None:
    worker.set_state(WorkerStatus.BUSY)
    worker.request_stop(signal.SIGTERM, None)  # type: ignore[no-untyped-call]
    with pytest.raises(StopRequested):
        worker.dequeue_job_and_maintain_ttl(worker.dequeue_timeout)
