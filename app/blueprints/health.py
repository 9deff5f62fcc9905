"""Whether the process lives, whether it can serve, and its metrics."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text

from app.access import open_to_all
from app.http import answer, services

blueprint = Blueprint("health", __name__)


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
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
