"""Removing uploads: one that its sender takes away, and those that were never handed in (保存期限)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, TextClause, text

from app.db import Database
from app.storage.errors import StorageAway
from app.storage.store import Vault

KEPT_LOOSE: Final = timedelta(days=7)
"""A file that is in no filing after so long was forgotten by its sender as well."""
LEFT_OVER: Final = timedelta(hours=1)
"""No file takes so long to be stored: what is still not kept was left by a crash."""
BATCH: Final = 200
MOST_BATCHES: Final = 20
log = structlog.get_logger("app.uploads")

_MARKED = "SET kept_at = NULL, digest = NULL"
_MARK_ONE = text(f"UPDATE upload {_MARKED} WHERE id = :id AND submitted_at IS NULL RETURNING id, page_sizes")
_OLD = """
    id = ANY(ARRAY(SELECT id FROM upload WHERE {where} AND created_at < now() - CAST(:time AS interval)
        ORDER BY created_at LIMIT :batch FOR UPDATE SKIP LOCKED))
"""
_MARK_LOOSE = text(
    f"UPDATE upload {_MARKED} WHERE "
    + _OLD.format(where="filing_id IS NULL AND submitted_at IS NULL")
    + " RETURNING id, page_sizes"
)
_MARK_LEFT = text(
    f"UPDATE upload {_MARKED} WHERE " + _OLD.format(where="kept_at IS NULL") + " RETURNING id, page_sizes"
)
_DELETE = text("DELETE FROM upload WHERE id = ANY(:ids) AND kept_at IS NULL AND digest IS NULL")


@dataclass(frozen=True)
class Removal:
    """Takes files from the vault and their rows from the table, in an order that a crash cannot spoil."""

    db: Database
    vault: Vault

    def mark(self, connection: Connection, upload: uuid.UUID) -> Row[Any] | None:
        """Make an upload nobody's to see; None where it has been handed in. :meth:`clear` it after the commit."""
        return connection.execute(_MARK_ONE, {"id": upload}).one_or_none()

    def clear(self, rows: Sequence[Row[Any]]) -> None:
        """Remove the files of marked rows, then the rows. What fails half way is taken up again by :meth:`sweep`."""
        gone = []
        for row in rows:
            try:
                for part in ("original", "thumb", "mini", *(f"page-{n + 1}" for n in range(len(row.page_sizes)))):
                    self.vault.remove(row.id, part)
                gone.append(row.id)
            except (StorageAway, OSError) as error:
                log.warning("files not removed", upload_id=str(row.id), reason=type(error).__name__)
        with self.db.transaction() as connection:
            connection.execute(_DELETE, {"ids": gone})

    def sweep(self) -> int:
        """Forget what was never put into a filing, and what a crash left; returns how many."""
        return self._sweep(_MARK_LOOSE, KEPT_LOOSE) + self._sweep(_MARK_LEFT, LEFT_OVER)

    def _sweep(self, mark: TextClause, time: timedelta) -> int:
        swept = 0
        for _ in range(MOST_BATCHES):
            with self.db.transaction() as connection:
                rows = connection.execute(mark, {"time": time, "batch": BATCH}).all()
            self.clear(rows)
            swept += len(rows)
            if len(rows) < BATCH:
                break
        return swept
