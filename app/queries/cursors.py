"""Keyset pages: an opaque cursor of the last row's order columns; never an offset, never a total."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.problems import BadRequest
from app.queries import Fields

LONGEST = 100


@dataclass(frozen=True)
class Page:
    """Which rows: those after (at, id), at most ``limit``."""

    limit: int = 20
    after_at: datetime | None = None
    after_id: uuid.UUID | None = None

    def parameters(self) -> dict[str, Any]:
        """For the statement; one row more is read to know whether there is a next page."""
        return {"limit": self.limit + 1, "after_at": self.after_at, "after_id": self.after_id}


def later(at: str, row: str) -> str:
    """SQL: rows after the cursor in ascending order of these columns; all rows where there is no cursor.

    Without an OR, so that an index can start there whether the plan is made for these values or for any.
    """
    return f"({at}, {row}) > (coalesce(CAST(:after_at AS timestamptz), '-infinity'), CAST(:after_id AS uuid))"


def earlier(at: str, row: str) -> str:
    """As :func:`later`, in descending order."""
    return f"({at}, {row}) < (coalesce(CAST(:after_at AS timestamptz), 'infinity'), CAST(:after_id AS uuid))"


def window(limit: int, after: str | None) -> Page:
    """A page from what the client sent; raises :class:`BadRequest` for a cursor that is not ours."""
    if not 1 <= limit <= LONGEST:
        raise BadRequest(f"limit 应在 1 到 {LONGEST} 之间。")
    if after is None:
        return Page(limit)
    try:
        at, row = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return Page(limit, datetime.fromisoformat(at), uuid.UUID(row))
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise BadRequest("翻页参数无效，请从头开始。") from None


def page(
    rows: Sequence[Fields],
    wanted: Page,
    show: Callable[[Fields], dict[str, Any]],
    order: tuple[str, str],
) -> dict[str, Any]:
    """``{items, next}``."""
    shown = rows[: wanted.limit]
    following = None
    if len(rows) > wanted.limit:
        last = shown[-1]
        raw = orjson.dumps([last[order[0]].isoformat(), str(last[order[1]])])
        following = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"items": [show(row) for row in shown], "next": following}
