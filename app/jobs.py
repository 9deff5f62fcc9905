"""The clock's tick and the functions RQ runs by name. A job means nothing by itself: it says 「do what is due」.

Redis may be emptied at any moment: what is due stands in PostgreSQL, and the next tick rings again.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.beats import Beats
from app.db import is_away
from app.forgetting import forget
from app.notify import claims, deliver, digest, fallback, fallback_rows, inbox, outbox, preferences, receipts
from app.notify.fallback import Carrier
from app.notify.sender import Sender
from app.services import Services, open_redis
from app.settings import Settings
from app.uploads import likeness
from app.workflows import agreement, deadlines, printing, reporting

NOTICES, DOCUMENTS = "notices", "documents"
WORK = {NOTICES: "app.jobs.deliver_due", DOCUMENTS: "app.jobs.make_documents"}
"""Queue → the one function its jobs run. A worker listens on exactly one queue: from several, RQ can lose a job."""
SLOTS_A_SECOND = 4
"""Jobs of one queue that may be rung for in a second. The slot in a job's id lets a lost job be rung for again."""
MOST_WAITING = 8
"""More waiting jobs than this would find nothing left to do."""
JOB_SECONDS = 120
SETS_A_TICK = 4
"""Sets of events or receipts after which a tick goes on: a flood of them must not keep the deadlines waiting."""
DATABASE_AWAY = (OperationalError, PoolTimeout)
log = structlog.get_logger("app.jobs")


# What RQ runs


@dataclass
class _Process:
    services: Services
    sender: Sender
    carrier: Carrier
    stopping: Callable[[], bool]


_process: _Process | None = None


def begin(services: Services, stopping: Callable[[], bool]) -> None:
    """Make this process one that runs jobs: they share services, connections and threads."""
    global _process
    _process = _Process(services, Sender(services), Carrier(services), stopping)


def end() -> None:
    """Give everything back."""
    global _process
    if _process is not None:
        _process.sender.close()
        _process.carrier.close()
        _process.services.close()
        _process = None


def _present() -> _Process:
    if _process is None:
        raise RuntimeError("jobs run in worker processes only: see worker.py")
    return _process


def deliver_due() -> None:
    """Tell what has happened and send what is due."""
    here = _present()
    try:
        deliver.deliver_due(
            here.services,
            here.sender,
            stopping=here.stopping,
            supply=lambda: outbox.fan_out(here.services, batches=1),  # shared with the sweeper
        )
        fallback.send_due(here.services, here.carrier, stopping=here.stopping)
    except DATABASE_AWAY as error:
        # Nothing is lost: leases end, and the next tick rings again.
        log.warning("database away", job="deliver_due", error=type(error).__name__)


def make_documents() -> None:
    """Make the batches and documents that are due, then compare the uploads that are new: nobody waits for that."""
    here = _present()
    printer = agreement.Printer(here.services.settings, here.services.store)
    batches = reporting.Means(here.services.db, here.services.sealer, here.services.vault)
    until = time.monotonic() + JOB_SECONDS / 2  # one comparison takes up to half a minute; the clock rings again
    try:
        while not here.stopping() and time.monotonic() < until:
            if not (
                reporting.make_due(batches)
                or printing.make_due(here.services.db, printer)
                or likeness.compare_due(here.services.db, here.services.vault)
            ):
                break
    except DATABASE_AWAY as error:
        log.warning("database away", job="make_documents", error=type(error).__name__)


# Ringing


def ring(redis: Redis, queue: str) -> None:
    """Ask the workers of a queue to look; raises what Redis raises."""
    line = Queue(queue, connection=redis, serializer="json")
    if line.count >= MOST_WAITING:
        return
    slot = int(time.time() * SLOTS_A_SECOND)
    try:
        line.enqueue_call(
            WORK[queue],
            job_id=f"{queue}-{slot}",
            unique=True,
            result_ttl=0,
            failure_ttl=3600,
            timeout=JOB_SECONDS,
            retry=Retry(max=2),
        )
    except DuplicateJobError:
        return  # someone has just rung


class _Waker:
    """Rings after a commit, from a thread of its own: a request never waits for Redis."""

    REST = 0.05
    """Seconds between two rings of a process; commits in between share one."""
    REST_AFTER_FAILURE = 5.0

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._of_process = 0

    def __call__(self) -> None:
        self._wanted.set()
        if self._of_process != os.getpid():  # the server may have forked since
            with self._lock:
                if self._of_process != os.getpid():
                    self._of_process = os.getpid()
                    threading.Thread(target=self._ring_on, name="waker", daemon=True).start()

    def _ring_on(self) -> None:
        redis = open_redis(self._settings.redis_url)
        reachable = True
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                ring(redis, NOTICES)
                reachable = True
                time.sleep(self.REST)
            except Exception as error:  # the sweeper rings anyway
                if reachable:
                    log.warning("cannot ring", error=type(error).__name__)
                reachable = False
                time.sleep(self.REST_AFTER_FAILURE)


def waker(settings: Settings) -> Callable[[], None]:
    """What :class:`~app.db.Database` calls after a commit that left work: returns at once, never raises."""
    return _Waker(settings)


# The tick


class Step(NamedTuple):
    """One thing the clock does, every so many seconds."""

    name: str
    act: Callable[[Services], object]
    every: float = 1.0


_DOCUMENTS_DUE = text("""
    SELECT EXISTS (SELECT FROM document WHERE state = 'due' AND due_at <= now())
        OR EXISTS (SELECT FROM report_batch WHERE state IN ('due'))
        OR EXISTS (SELECT FROM upload WHERE kept_at IS NOT NULL AND compared_at IS NULL)
""")


def _ring_if_due(services: Services) -> None:
    """Wake workers, only where something is due."""
    with services.db.reading() as connection:
        app_id = services.settings.wechat.app_id
        notices = claims.anything_due(connection, app_id) or fallback_rows.anything_due(connection)
        documents = connection.scalar(_DOCUMENTS_DUE)
    if notices:
        ring(services.redis, NOTICES)
    if documents:
        ring(services.redis, DOCUMENTS)


def _fan_out(services: Services) -> int:
    """Tell what has happened, and wake workers after each set: they send while the next is told."""

    def wake() -> None:
        with contextlib.suppress(RedisError):  # the step that rings says so
            ring(services.redis, NOTICES)

    return outbox.fan_out(services, batches=SETS_A_TICK, after_each=wake)


STEPS: tuple[Step, ...] = (
    Step("expire", lambda services: deadlines.expire_due(services.db)),
    Step("receipts", lambda services: receipts.work_off(services, batches=SETS_A_TICK)),
    Step("introduce", inbox.introduce),
    Step("catch up", inbox.catch_up),
    Step("fan out", _fan_out),
    Step("fall back", fallback.open_due),
    Step("ring", _ring_if_due),
    Step("digests", digest.sum_up, every=60),
    Step("upkeep", lambda services: ring(services.redis, NOTICES), every=60),
    Step("overlooked", inbox.queue_overlooked, every=30),
    Step("refusals", preferences.forget_refusals, every=300),
    Step("forget", lambda services: forget(services.db), every=600),
    Step("forget uploads", lambda services: services.removal.sweep(), every=600),
)


@dataclass
class Clockwork:
    """Takes the steps when their time has come; any number of processes may do so at once."""

    services: Services
    steps: tuple[Step, ...] = STEPS
    _next: dict[str, float] = field(default_factory=dict)
    _away: set[str] = field(default_factory=set)
    _beats: Beats = field(default_factory=Beats)

    def tick(self) -> None:
        """Every step whose time has come. One that fails is reported and does not stop the others."""
        try:
            for step in self.steps:
                if time.monotonic() >= self._next.get(step.name, 0.0):
                    self._next[step.name] = time.monotonic() + step.every - 0.05  # a tick a little early counts
                    self._take(step)
            self._beats.write(self.services.db)
        except DATABASE_AWAY as error:
            self._missing("PostgreSQL", error)
        except DBAPIError as error:  # the clock goes on without
            log.error("beats not written", exc_info=error)

    def _take(self, step: Step) -> None:
        """One step, and its beat; raises only where the database is away, as then there is nothing to be done."""
        begun = time.monotonic()
        fault: Exception | None = None
        done: object = None
        try:
            done = step.act(self.services)
        except RedisError as error:
            fault = error
            self._missing("Redis", error)
        except Exception as error:
            if is_away(error):
                raise
            fault = error
            log.error("step failed", step=step.name, exc_info=error)
        else:
            self._back("PostgreSQL")
            if step.act is _ring_if_due:
                self._back("Redis")
        late = done.late if isinstance(done, deadlines.Moved) else 0.0
        self._beats.note(step.name, time.monotonic() - begun, late=late, fault=fault)

    def _missing(self, engine: str, error: Exception) -> None:
        """One line when an engine goes away, one when it is back."""
        if engine not in self._away:
            self._away.add(engine)
            log.warning("engine away", engine=engine, error=type(error).__name__)

    def _back(self, engine: str) -> None:
        if engine in self._away:
            self._away.discard(engine)
            log.warning("engine back", engine=engine)
