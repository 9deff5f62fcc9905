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
        AND (filing_id IS NULL OR filing_id = :filing OR (submitted_at IS NULL AND filing_id IN (
            SELECT f.id FROM filing f WHERE f.graduate_id = :graduate AND f.state = 'draft')))
    FOR UPDATE
""")
_ATTACH = text("""
    UPDATE upload SET filing_id = CASE WHEN id = ANY(CAST(:ids AS uuid[])) THEN CAST(:filing AS uuid) END
    WHERE (id = ANY(CAST(:ids AS uuid[])) AND graduate_id = :graduate)
        OR (filing_id = :filing AND submitted_at IS NULL)
""")
_HAND_IN = text("""
    UPDATE upload SET submitted_at = coalesce(submitted_at, now()) WHERE filing_id = :filing AND kept_at IS NOT NULL
    RETURNING id
""")
# What a desk has seen in an earlier round stays handed in, and so does what was sent again meanwhile.
_TAKE_BACK = text("""
    UPDATE upload u SET submitted_at = NULL
    WHERE u.filing_id = :filing
        AND u.submitted_at > coalesce((SELECT max(r.decided_at) FROM review r WHERE r.filing_id = :filing), '-infinity')
        AND NOT EXISTS (SELECT FROM upload again WHERE again.graduate_id = u.graduate_id AND again.digest = u.digest
            AND coalesce(again.account_id, again.link_id) = coalesce(u.account_id, u.link_id)
            AND again.submitted_at IS NULL)
""")
_LET_GO = text("UPDATE upload SET filing_id = NULL WHERE filing_id = :filing AND submitted_at IS NULL")


def attach(
    connection: Connection, filing: uuid.UUID, graduate: uuid.UUID, items: Mapping[str, Sequence[uuid.UUID]]
) -> None:
    """Put uploads of a graduate into the filing: JSON pointer of the form's field → ids. Two statements.

    What lies in another draft of the same graduate moves over: sent again it would be the same upload.
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


def hand_in(connection: Connection, filing: uuid.UUID) -> set[uuid.UUID]:
    """The filing is submitted: from now on offices see its uploads, and nobody removes them. Returns which there are:
    what its sender took away meanwhile is not."""
    return set(connection.execute(_HAND_IN, {"filing": filing}).scalars())


def take_back(connection: Connection, filing: uuid.UUID) -> None:
    """撤回修改 before anyone decided: what was handed in with this round is its maker's own again."""
    connection.execute(_TAKE_BACK, {"filing": filing})


def let_go(connection: Connection, filing: uuid.UUID) -> None:
    """The filing is given up: what was never handed in can be used elsewhere, or is forgotten in time."""
    connection.execute(_LET_GO, {"filing": filing})


def _fault(named: Sequence[uuid.UUID], kinds: Mapping[uuid.UUID, str]) -> str | None:
    if len(set(named)) != len(named) or any(one not in kinds for one in named):
        return "有材料已被删除或不属于这份申报，请重新上传。"
    papers = sum(kinds[one] == UploadKind.PDF for one in named)
    if papers and len(named) > 1:
        return "可以上传最多 9 张图片，或者一份 PDF，不能同时上传。"
    return f"最多上传 {MOST_IMAGES} 张图片。" if len(named) > MOST_IMAGES else None
