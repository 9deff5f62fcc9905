"""Connections to WeChat for the bulk of calls: kept alive, one to each sending thread, without what a call never needs.

The general client of the library costs four times as much a call (docs/decisions/0006-sending.md).
"""

from __future__ import annotations

import http.client
import select
import ssl
import threading
import time
from urllib.parse import urlsplit

IDLE = 30.0
"""Seconds after which a connection is not trusted any more: servers close what rests."""
_HEAD = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "keep-alive"}


class NoAnswer(Exception):
    """The call ended without an answer. ``reached`` says whether it may have been carried out all the same."""

    def __init__(self, words: str, *, reached: bool) -> None:
        self.reached = reached
        super().__init__(words)


class Transport:
    """POSTs to one base URL; safe to use from many threads, each of which has a connection of its own."""

    def __init__(self, base_url: str, time_limit: tuple[float, float]) -> None:
        parts = urlsplit(base_url)
        self._host, self._port, self._path = parts.hostname or "", parts.port, parts.path.rstrip("/")
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._connect_limit, self._answer_limit = time_limit
        self._local = threading.local()
        self._lock = threading.Lock()
        self._all: set[http.client.HTTPConnection] = set()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The answer's status and body; raises :class:`NoAnswer`."""
        connection = self._connection()
        reached = False
        try:
            if connection.sock is None:
                self._connect(connection)
            reached = True
            connection.request("POST", self._path + path, body, _HEAD)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoAnswer(type(error).__name__, reached=reached) from error
        self._local.used_at = time.monotonic()
        return answer.status, content

    def _connection(self) -> http.client.HTTPConnection:
        """This thread's; made anew where the server has closed it or may have."""
        found: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._made()
            self._local.connection = found
        elif found.sock is not None and (
            time.monotonic() - self._local.used_at > IDLE or select.select([found.sock], [], [], 0)[0]
        ):
            found.close()  # the next call connects again
        return found

    def _connect(self, connection: http.client.HTTPConnection) -> None:
        connection.timeout = self._connect_limit
        connection.connect()
        connection.sock.settimeout(self._answer_limit)

    def _made(self) -> http.client.HTTPConnection:
        made = (
            http.client.HTTPConnection(self._host, self._port)
            if self._context is None
            else http.client.HTTPSConnection(self._host, self._port, context=self._context)
        )
        with self._lock:
            self._all.add(made)
        return made

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
