"""Starts what runs beside the API: ``worker.py work notices``, ``worker.py work documents``, ``worker.py sweep``."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType

import click
import structlog
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.worker import WorkerStatus

from app import jobs
from app.logs import configure
from app.notify.catalogue.check import faults
from app.notify.channels import sms
from app.services import Services, require_usable_keys
from app.settings import Settings, UnsafeSettings

RECONNECT_SECONDS = 1.0
TICK_SECONDS = 1.0
log = structlog.get_logger("worker")


class Worker(SimpleWorker):
    """Runs jobs in this process: they share connections to WeChat and PostgreSQL, and one job drains a whole queue, so
    a process of its own for each would only cost."""

    max_connection_wait_time = 2.0  # a worker told to end while Redis is away shall not sleep on for a minute

    @property
    def is_stopping(self) -> bool:
        """Whether this worker was told to end."""
        return self._stop_requested or self._shutdown_requested_date is not None

    @property
    def dequeue_timeout(self) -> int:
        """Seconds of waiting for a job until one looks around again."""
        return 5

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ notes a signal that comes just before it waits for a job, and waits all the same: here it is heard."""
        if self.is_stopping and self.get_state() == WorkerStatus.IDLE:
            raise StopRequested
        super().heartbeat(timeout, pipeline=pipeline)


@click.group()
def main() -> None:
    """Processes of 去向 beside the API. All settings come from the environment."""


@main.command()
@click.argument("queue", type=click.Choice(sorted(jobs.WORK)))
def work(queue: str) -> None:
    """Run the jobs of one queue until told to end."""
    settings = _settings()
    stop = _on_signals()
    current: list[Worker] = []
    jobs.begin(Services.build(settings, jobs=True), lambda: stop.is_set() or any(w.is_stopping for w in current))
    log.info("working", queue=queue)
    away = False
    while not stop.is_set():
        try:
            # A connection of its own: RQ lengthens the time limits of the one it is given.
            redis = Redis.from_url(settings.redis_url, retry=Retry(ExponentialBackoff(cap=0.5, base=0.1), 2))
            worker = Worker([queue], connection=redis, serializer="json", log_job_description=False)
            current[:] = [worker]
            if away:
                log.warning("engine back", engine="Redis")
                away = False
            worker.work(logging_level="WARNING")
        except RedisError as error:
            if not away:
                log.warning("engine away", engine="Redis", error=type(error).__name__)
            away = True
        if any(worker.is_stopping for worker in current):  # told to end, be Redis there to hear it or not
            break
        stop = _on_signals(stop)  # RQ has put its own in their place
        stop.wait(RECONNECT_SECONDS)
    jobs.end()
    log.info("ended", queue=queue)


@main.command()
def sweep() -> None:
    """Let time pass: deadlines, messages, receipts, each second; any number may run."""
    services = Services.build(_settings(), jobs=True)
    stop = _on_signals()
    clockwork = jobs.Clockwork(services)
    log.info("sweeping")
    while not stop.is_set():
        begun = time.monotonic()
        clockwork.tick()
        stop.wait(max(TICK_SECONDS - (time.monotonic() - begun), 0.05))
    services.close()
    log.info("ended")


def _settings() -> Settings:
    settings = Settings.from_environment()
    configure(settings)
    require_usable_keys(settings)
    if found := faults(settings.wechat.templates):
        raise UnsafeSettings(f"cannot start: {'; '.join(found)}")
    if settings.sms and (missing := sms.missing_templates(settings.sms.templates)):
        raise UnsafeSettings(f"cannot start: SMS_TEMPLATES lacks {', '.join(missing)}")
    return settings


def _on_signals(stop: threading.Event | None = None) -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    told = stop or threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    return told


if __name__ == "__main__":
    try:
        main(prog_name="worker.py")
    except UnsafeSettings as fault:
        click.echo(str(fault), err=True)
        sys.exit(2)
