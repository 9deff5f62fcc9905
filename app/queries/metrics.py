"""Metrics of the whole system (指标): any process of the API answers for all, from PostgreSQL and Redis."""

from __future__ import annotations

import platform
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.db import Database
from app.queries.backlog import Standing, standing
from app.settings import Settings

FRESH = 5.0
"""Seconds for which an answer is given again: however many scrape, the database is asked no more often than this."""
QUEUES = ("notices", "documents")
STUCK = ("event", "callback", "deadline", "document")


class SystemCollector(Collector):
    """What :func:`~app.queries.backlog.standing` found, as Prometheus wants it.

    An engine that is away is told by ``quxiang_up`` and its metrics are absent, so that the others still arrive.
    """

    def __init__(self, settings: Settings, database: Database, redis: Redis, version: str) -> None:
        self._settings = settings
        self._database = database
        self._redis = redis
        self._version = version
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._good_until = 0.0

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: being registered shall not cost a query."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All families, at most :data:`FRESH` seconds old."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._kept = list(self._ask())
                self._good_until = time.monotonic() + FRESH
            return self._kept

    def _ask(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("quxiang_up", "Whether an engine answers.", labels=["engine"])
        try:
            with self._database.reading() as connection:
                now = standing(connection, self._settings.wechat.app_id)
        except (OperationalError, PoolTimeout):
            up.add_metric(["postgresql"], 0)
        else:
            up.add_metric(["postgresql"], 1)
            yield from _families(now)
            yield _build(self._version, now.schema)
        try:
            jobs = list(_jobs(self._redis))
        except RedisError:
            up.add_metric(["redis"], 0)
        else:
            up.add_metric(["redis"], 1)
            yield from jobs
        yield up
        yield from _disk(self._settings.storage_dir)


def _build(version: str, schema: str) -> Metric:
    labels = {"version": version, "schema": schema, "python": platform.python_version()}
    family = GaugeMetricFamily("quxiang_build_info", "What is running, on which migration.", labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family


def _disk(folder: Path) -> Iterator[Metric]:
    """Of the disk the documents lie on; the database's own is for its host to tell."""
    nearest = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    usage = shutil.disk_usage(nearest)
    yield _gauge("quxiang_storage_free_ratio", "Free share of the disk that keeps documents.", usage.free / usage.total)


def _jobs(redis: Redis) -> Iterator[Metric]:
    """How Redis's side stands: jobs rung for, and workers that have given a sign of life."""
    waiting = GaugeMetricFamily("quxiang_jobs_waiting", "Jobs rung for and not begun.", labels=["queue"])
    workers = GaugeMetricFamily(
        "quxiang_workers", "Workers alive; one that was killed counts for some minutes more.", labels=["queue"]
    )
    for name in QUEUES:
        queue = Queue(name, connection=redis, serializer="json")
        waiting.add_metric([name], queue.count)
        keys = Worker.all_keys(queue=queue)
        workers.add_metric([name], redis.exists(*keys) if keys else 0)
    yield waiting
    yield workers


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value=value)


def _families(now: Standing) -> Iterator[Metric]:
    yield from _messages(now)
    yield from _sending(now)
    yield from _clock(now)
    yield _gauge("quxiang_events_waiting", "Events not yet told.", now.many("event", stuck=False))
    yield _gauge("quxiang_oldest_event_seconds", "Age of the oldest of them.", now.oldest("event", stuck=False))
    yield _gauge("quxiang_callbacks_waiting", "Pushes of WeChat stored and not yet worked on.", now.many("callback"))
    yield _gauge("quxiang_oldest_callback_seconds", "Age of the oldest of them.", now.oldest("callback"))
    yield _gauge("quxiang_documents_due", "Documents to be made.", now.many("document", stuck=False))
    yield _gauge("quxiang_oldest_document_seconds", "Age of the oldest.", now.oldest("document", stuck=False))
    stuck = GaugeMetricFamily(
        "quxiang_poisoned_rows",
        "Rows that failed and were put off or given up, so that the others go on.",
        labels=["what"],
    )
    for what in STUCK:
        stuck.add_metric([what], now.many(what, stuck=True))
    yield stuck


def _messages(now: Standing) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "quxiang_messages_waiting",
        "Pushes whose time has come and that are not made; held ones wait for the end of a pause.",
        labels=["state", "urgent", "held"],
    )
    seen = {(row.state, row.urgent, row.held): row.many for row in now.waiting if row.what == "message"}
    for urgent in (True, False):
        seen.setdefault(("queued", urgent, False), 0)
    for (state, is_urgent, held), many in seen.items():
        waiting.add_metric([state, _word(is_urgent), _word(held)], many)
    yield waiting
    oldest = GaugeMetricFamily(
        "quxiang_oldest_due_seconds", "For how long the first push that no pause holds has been due.", labels=["urgent"]
    )
    for urgent in (True, False):
        oldest.add_metric([_word(urgent)], now.oldest("message", urgent=urgent, held=False))
    yield oldest
    yield _gauge("quxiang_messages_sending", "Pushes under way.", now.many("sending"))
    unsettled = GaugeMetricFamily(
        "quxiang_messages_unsettled", "Pushes of the last 24 hours whose end only WeChat knows.", labels=["state"]
    )
    for state in ("unsure", "in_review"):
        unsettled.add_metric([state], now.many("unsettled", state=state))
    yield unsettled
    yield _gauge(
        "quxiang_messages_without_receipt",
        "Pushes of the last 24 hours that WeChat took more than 30 minutes ago and whose receipt has not come.",
        now.many("unreceipted"),
    )
    fallbacks = GaugeMetricFamily("quxiang_fallbacks_waiting", "SMS and e-mails due.", labels=["channel"])
    late = GaugeMetricFamily("quxiang_oldest_fallback_seconds", "For how long the first was due.", labels=["channel"])
    for channel in ("sms", "email"):
        fallbacks.add_metric([channel], now.many("fallback", state=channel))
        late.add_metric([channel], now.oldest("fallback", state=channel))
    yield fallbacks
    yield late


def _word(yes: bool | None) -> str:
    return "true" if yes else "false"


def _sending(now: Standing) -> Iterator[Metric]:
    sends = CounterMetricFamily("quxiang_sends", "Calls answered with a code.", labels=["channel", "code"])
    for row in now.sends:
        sends.add_metric([row["channel"], row["code"]], row["calls"])
    yield sends
    yield _gauge("quxiang_day_budget_used", "Template messages called for today, by our own count.", now.used)
    if now.quota is not None:
        yield _gauge("quxiang_day_budget_limit", "WeChat's limit of a day.", now.quota["daily_limit"])
        told = now.quota["used"] if now.quota["of_today"] else 0
        yield _gauge("quxiang_day_budget_told", "What WeChat itself counted today, when last asked.", told)
        yield _gauge("quxiang_day_budget_asked_seconds", "Since when WeChat was last asked.", now.quota["age"])
    paused = GaugeMetricFamily(
        "quxiang_sending_paused",
        "Pauses in force; no template is the whole account.",
        labels=["channel", "template", "code"],
    )
    for row in now.pauses:
        paused.add_metric([row["channel"], row["template"], str(row["errcode"])], 1)
    yield paused


def _clock(now: Standing) -> Iterator[Metric]:
    beat = GaugeMetricFamily("quxiang_clock_beat_seconds", "Since when a step was last taken.", labels=["step"])
    took = GaugeMetricFamily("quxiang_clock_step_seconds", "How long it took.", labels=["step"])
    late = GaugeMetricFamily(
        "quxiang_clock_late_seconds",
        "How late the most overdue was that it handled in the last minute.",
        labels=["step"],
    )
    faulty = GaugeMetricFamily("quxiang_clock_step_failing", "Whether it failed when last taken.", labels=["step"])
    for row in now.beats:
        beat.add_metric([row["step"]], row["age"])
        took.add_metric([row["step"]], row["milliseconds"] / 1000)
        late.add_metric([row["step"]], row["late_milliseconds"] / 1000)
        faulty.add_metric([row["step"]], row["fault"] is not None)
    yield from (beat, took, late, faulty)
    yield _gauge("quxiang_overdue_deadlines", "Deadlines past and not yet acted on.", now.many("deadline", stuck=False))
    yield _gauge("quxiang_oldest_overdue_seconds", "How long past the first is.", now.oldest("deadline", stuck=False))
