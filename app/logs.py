"""Logs as events with fields: JSON lines in production, readable lines in development; libraries speak the same way."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import g, has_request_context

from app.settings import Settings

QUIET = ("rq", "urllib3", "alembic", "fontTools", "pyhanko", "wechatpy", "PIL", "tencentcloud_sdk_common")
"""Libraries whose news are not ours (nor, with phone numbers in them, anybody's); their warnings are."""
PERSONAL = re.compile(r"\b\d{17}[\dXx]\b|\b1[3-9]\d{9}\b|[\w.+-]+@[\w-]+\.[\w.-]+")
"""ID numbers, mobile numbers and mail addresses, wherever a library puts them into an error's words."""
_ROW = re.compile(r"^\s*(DETAIL|CONTEXT):.*\n?", re.MULTILINE)
"""Lines in which PostgreSQL shows the row it refuses."""


def configure(settings: Settings, *, level: int = logging.INFO) -> None:
    """Set up logging for this process; may be called again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendered(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendered(settings: Settings) -> list[Any]:
    if settings.production:
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
        return [structlog.processors.format_exc_info, _without_persons, render]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    ]


def _with_request(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line written while a request is answered carries its id, whoever writes it; asked for only when one is."""
    if has_request_context() and (request_id := g.get("request_id")):
        event.setdefault("request_id", request_id)
    return event


def _without_persons(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An error's words, without the values that libraries quote in them."""
    if words := event.get("exception"):
        event["exception"] = PERSONAL.sub("…", _ROW.sub("", words))
    return event
