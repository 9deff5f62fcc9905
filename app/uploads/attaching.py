"""Putting uploads into a filing, and handing them in with it: for the workflow that knows which field wants what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, text

from app.models import UploadKind
from app.problems import Invalid

MOST_IMAGES: Final = 9
"""Of one item (docs/rules.md, 上传); or one PDF."""

_FOUND = text("""
    SELECT id, kind FROM upload
    WHERE id = ANY(CAST(:ids AS uuid[])) AND graduate_id = :graduate AND kept_at IS NOT NULL
        AND (filing_id IS NULL OR filing_id = :filing)
    FOR UPDATE
""")
_ATTACH = text("""
    UPDATE upload SET filing_id = CASE WHEN id = ANY(CAST(:ids AS uuid[])) THEN CAST(:filing AS uuid) END
    WHERE (id = ANY(CAST(:ids AS uuid[])) AND graduate_id = :graduate)
        OR (filing_id = :filing AND submitted_at IS NULL)
""")
_HAND_IN = text("UPDATE upload SET submitted_at = now() WHERE filing_id = :filing AND submitted_at IS NULL")


def attach(
    connection: Connection, filing: uuid.UUID, graduate: uuid.UUID, items: Mapping[str, Sequence[uuid.UUID]]
) -> None:
    """Put uploads of a graduate into the filing: JSON pointer of the form's field → ids. Two statements.

    What was in it and is no longer named becomes loose again, unless it was handed in: that stays, as its reviewers
    saw it. Raises :class:`Invalid` with the pointers of items that name others' or removed files, too many, or a PDF
    beside others.
    """
    ids = [one for named in items.values() for one in named]
    asked = {"ids": ids, "graduate": graduate, "filing": filing}
    kinds = {row.id: row.kind for row in connection.execute(_FOUND, asked)}
    errors = [
        {"pointer": pointer, "detail": fault} for pointer, named in items.items() if (fault := _fault(named, kinds))
    ]
    if errors:
        raise Invalid(errors)
    connection.execute(_ATTACH, asked)


def hand_in(connection: Connection, filing: uuid.UUID) -> None:
    """The filing is submitted: from now on offices see its uploads, and nobody removes them."""
    connection.execute(_HAND_IN, {"filing": filing})


def _fault(named: Sequence[uuid.UUID], kinds: Mapping[uuid.UUID, str]) -> str | None:
    if len(set(named)) != len(named) or any(one not in kinds for one in named):
        return "有材料已被删除或不属于这份申报，请重新上传。"
    papers = sum(kinds[one] == UploadKind.PDF for one in named)
    if papers and len(named) > 1:
        return "可以上传最多 9 张图片，或者一份 PDF，不能同时上传。"
    return f"最多上传 {MOST_IMAGES} 张图片。" if len(named) > MOST_IMAGES else None
