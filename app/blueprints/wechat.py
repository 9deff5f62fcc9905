"""WeChat's callback (微信回调): checked, stored once, answered at once; worked on later."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from typing import Any, TypeVar

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from app import talk
from app.access import open_to_all
from app.http import services
from app.notify import callback
from app.services import Services

Result = TypeVar("Result")
blueprint = Blueprint("wechat", __name__)
log = structlog.get_logger("app.wechat")
LARGEST = 32 * 1024
"""Bytes of a push; the longest message a person may write has 2 KB."""


class _Hurrying:
    """A few threads for storing and reading, so that a database that is away is bounded by the same limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None

    def threads(self) -> ThreadPoolExecutor:
        """Made with the first push, in the process that serves it."""
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(4, thread_name_prefix="callback")
            return self._threads


_hurrying = _Hurrying()


@blueprint.get("/wechat/callback")
@open_to_all
def verify() -> Response:
    """WeChat checks the address: signed ``echostr`` goes back as it came."""
    try:
        callback.check_signature(services().settings.wechat, _query())
    except callback.Forged:
        return _plain("", 403)
    return _plain(request.args.get("echostr", "")[:200], 200)


@blueprint.post("/wechat/callback")
@open_to_all
def receive() -> Response:
    """A push. Stored, then answered with ``success`` or with words; 500 makes WeChat repeat it.

    Forged or unreadable ones leave nothing.
    """
    held = services()
    if (request.content_length or 0) > LARGEST:
        return _plain("", 413)
    try:
        query = _query()
        content = callback.read(held.settings.wechat, query, request.get_data())
    except callback.Forged:
        return _plain("", 403)
    except callback.Unreadable:
        return _plain("", 400)
    until = time.monotonic() + callback.STORE_LIMIT_MS / 1000
    try:
        _in_time(until, callback.store, held.db, content)
    except (TooSlow, SQLAlchemyError) as error:
        log.warning("callback not stored", error=type(error).__name__)
        return _plain("", 500)
    if not talk.expects_answer(content):
        return _plain("success", 200)
    try:
        words = _in_time(until, _answer, held, content)
    except (TooSlow, SQLAlchemyError) as error:
        log.warning("callback not answered", error=type(error).__name__)
        words = None
    except Exception as fault:  # a fault of ours in the words is no reason to have the push repeated: it is stored
        log.error("callback not answered", exc_info=fault)
        words = None
    if words is None:
        return _plain("success", 200)
    body = callback.reply(held.settings.wechat, query, content, words)
    return Response(body, content_type="text/xml; charset=utf-8")


def _answer(held: Services, content: Mapping[str, Any]) -> str | None:
    with callback.hurried(held.db) as connection:
        return talk.answer(connection, held.settings, content)


def _in_time(until: float, work: Callable[..., Result], *arguments: Any) -> Result:
    """What ``work`` returns; raises TimeoutError when it has not by ``until``."""
    under_way = _hurrying.threads().submit(work, *arguments)
    try:
        return under_way.result(max(0.0, until - time.monotonic()))
    finally:
        under_way.cancel()


def _query() -> Mapping[str, str]:
    """The query's parameters; one given twice could be checked by its first value and used by its second."""
    if any(len(values) > 1 for values in request.args.listvalues()):
        raise callback.Forged
    return request.args


def _plain(text: str, status: int) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")
