"""WeChat's callback (微信回调): checked, stored once, answered at once; worked on later."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from app.access import open_to_all
from app.http import services
from app.notify import callback

blueprint = Blueprint("wechat", __name__)
log = structlog.get_logger("app.wechat")
LARGEST = 32 * 1024
"""Bytes of a push; the longest message a person may write has 2 KB."""


class _Storing:
    """A few threads for storing, so that connecting to a database that is away is bounded by the same limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None

    def threads(self) -> ThreadPoolExecutor:
        """Made with the first push, in the process that serves it."""
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(4, thread_name_prefix="callback")
            return self._threads


_storing = _Storing()


@blueprint.get("/wechat/callback")
@open_to_all
def verify() -> Response:
    """WeChat checks the address: signed ``echostr`` goes back as it came."""
    try:
        callback.check_signature(services().settings.wechat, request.args)
    except callback.Forged:
        return _plain("", 403)
    return _plain(request.args.get("echostr", "")[:200], 200)


@blueprint.post("/wechat/callback")
@open_to_all
def receive() -> Response:
    """A push. ``success`` once it is stored; 500 makes WeChat repeat it; forged or unreadable ones leave nothing."""
    held = services()
    if (request.content_length or 0) > LARGEST:
        return _plain("", 413)
    try:
        content = callback.read(held.settings.wechat, request.args, request.get_data())
    except callback.Forged:
        return _plain("", 403)
    except callback.Unreadable:
        return _plain("", 400)
    stored = _storing.threads().submit(callback.store, held.db, content)
    try:
        stored.result(callback.STORE_LIMIT_MS / 1000)
    except (TooSlow, SQLAlchemyError) as error:
        stored.cancel()
        log.warning("callback not stored", error=type(error).__name__)
        return _plain("", 500)
    return _plain("success", 200)


def _plain(text: str, status: int) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")
