"""Where the sandbox's memory outlives a restart: one SQLite file, written behind the requests.

Requests only touch memory; ``put`` remembers *that* a thing changed, and a thread writes all
changed things in one transaction some milliseconds later. The last state of a key wins.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

# Long enough to put hundreds of messages into one transaction, short enough to lose nothing
# a person has seen.
BREATH = 0.05


class Store:
    """Things by kind and key, each a JSON document."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "sandbox.sqlite3"
        self._changed: dict[tuple[str, str], Any] = {}
        self._wake = threading.Condition()
        self._closing = False
        self._writing = threading.Lock()
        with self._connect() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS thing (kind TEXT, key TEXT, value BLOB,"
                " PRIMARY KEY (kind, key)) WITHOUT ROWID"
            )
        connection.close()
        self._thread = threading.Thread(target=self._write_behind, name="store", daemon=True)
        self._thread.start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=10, check_same_thread=False)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def load(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Everything of one kind, in the order of its keys."""
        connection = self._connect()
        try:
            query = "SELECT key, value FROM thing WHERE kind = ? ORDER BY key"
            for key, value in connection.execute(query, (kind,)):
                yield key, orjson.loads(value)
        finally:
            connection.close()

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep ``value`` (JSON-able, or a dataclass), as it is when the thread comes to it."""
        with self._wake:
            first = not self._changed
            self._changed[kind, key] = value
            if first:
                self._wake.notify()

    def forget(self, *kinds: str) -> None:
        """Remove everything of these kinds, waiting or written."""
        with self._writing:
            with self._wake:
                kept = {place: value for place, value in self._changed.items() if place[0] not in kinds}
                self._changed = kept
            connection = self._connect()
            try:
                with connection:
                    connection.executemany("DELETE FROM thing WHERE kind = ?", [(kind,) for kind in kinds])
            finally:
                connection.close()

    def flush(self) -> None:
        """Write now what is waiting."""
        with self._writing:
            with self._wake:
                changed, self._changed = self._changed, {}
            if not changed:
                return
            rows = [(kind, key, orjson.dumps(value)) for (kind, key), value in changed.items()]
            connection = self._connect()
            try:
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", rows)
            finally:
                connection.close()

    def close(self) -> None:
        """Stop the thread and write the rest."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(timeout=5)
        self.flush()

    def _write_behind(self) -> None:
        while True:
            with self._wake:
                while not self._changed and not self._closing:
                    self._wake.wait()
                if self._closing:
                    return
            self.flush()
            with self._wake:
                if not self._closing:
                    self._wake.wait_for(lambda: self._closing, timeout=BREATH)
