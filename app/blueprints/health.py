"""Whether the process lives, whether it can serve, and metrics: of the whole system, and of this process's requests."""

from __future__ import annotations

import os
import time

from flask import Blueprint, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text

from app import VERSION
from app.access import open_to_all
from app.http import answer, services
from app.queries.metrics import SystemCollector

blueprint = Blueprint("health", __name__)
REQUESTS = Histogram(
    "quxiang_http_seconds",
    "Requests and how long they took. A scrape meets one of the server's processes: each has series of its own.",
    ["process", "endpoint", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
_series: dict[tuple[int, str | None, int], Histogram] = {}
"""What was looked up once, as looking up costs more than counting. By process too: the server may fork."""


@blueprint.record_once
def _collect(state: BlueprintSetupState) -> None:
    """A registry of the application's own, since it asks the application's own services."""
    made = state.app.extensions["quxiang"]
    registry = state.app.extensions["quxiang.metrics"] = CollectorRegistry()
    registry.register(SystemCollector(made.settings, made.db, made.redis, VERSION))


@blueprint.before_app_request
def _begin() -> None:
    g.begun = time.perf_counter()


@blueprint.after_app_request
def _count(response: Response) -> Response:
    """By the route's name, never by its path: ids and whatever strangers ask for stay out of the labels."""
    key = (os.getpid(), request.endpoint, response.status_code)
    series = _series.get(key)
    if series is None:
        series = _series[key] = REQUESTS.labels(key[0], key[1] or "none", key[2])
    series.observe(time.perf_counter() - g.begun)
    return response


@blueprint.get("/healthz")
@open_to_all
def healthz() -> Response:
    """The process answers."""
    return answer({"alive": True})


@blueprint.get("/readyz")
@open_to_all
def readyz() -> Response:
    """PostgreSQL answers (503 otherwise); Redis is told but not required: without it pushes are only late."""
    with services().db.reading() as connection:
        connection.execute(text("SELECT 1"))
    try:
        redis = bool(services().redis.ping())
    except RedisError:
        redis = False
    return answer({"database": True, "redis": redis})


@blueprint.get("/metrics")
@open_to_all
def metrics() -> Response:
    """Prometheus metrics; the proxy in front keeps them from the public (docs/operations.md)."""
    system: CollectorRegistry = current_app.extensions["quxiang.metrics"]
    return Response(generate_latest(system) + generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
