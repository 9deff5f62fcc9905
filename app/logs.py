"""Logs as events with fields: JSON lines in production, readable lines in development; libraries speak the same way."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from app.settings import Settings

QUIET = ("rq", "urllib3", "alembic", "fontTools", "pyhanko", "wechatpy", "PIL", "tencentcloud_sdk_common")
"""Libraries whose news are not ours (nor, with phone numbers in them, anybody's); their warnings are."""


def configure(settings: Settings, *, level: int = logging.INFO) -> None:
    """Set up logging for this process; may be called again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
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
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    ]
