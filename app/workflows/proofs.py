"""证明材料 of a filing: which uploads were chosen for which item, whether all that is asked for is there."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, or_, select

from app.db import table
from app.models import Upload
from app.problems import Invalid
from app.workflows.kind import Item

UPLOAD = table(Upload)
MOST = 30
"""Uploads of one filing, over all its items."""


def missing(items: Iterable[Item], files: Mapping[str, list[str]]) -> list[dict[str, str]]:
    """What is to be uploaded still, or too much of: ``[{pointer, detail}]``."""
    found = []
    for item in items:
        count = len(files.get(item.key, ()))
        if count < item.least:
            found.append({"pointer": f"/files/{item.key}", "detail": f"请上传{item.title}。"})
        elif count > item.most:
            found.append({"pointer": f"/files/{item.key}", "detail": f"{item.title}最多 {item.most} 个文件。"})
    return found


def chosen(connection: Connection, row: Any, files: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The choice as it is kept; raises :class:`Invalid` for uploads of somebody else or of another filing."""
    ids = [upload for uploads in files.values() for upload in uploads]
    if len(ids) > MOST or len(set(ids)) != len(ids):
        raise Invalid.field("/files", "文件太多，或同一个文件选了两次。")
    if ids:
        mine = select(Upload.id).where(
            Upload.id.in_([uuid.UUID(upload) for upload in ids]),
            Upload.graduate_id == row.graduate_id,
            Upload.kept_at.is_not(None),
            or_(Upload.filing_id.is_(None), Upload.filing_id == row.id),
        )
        known = {str(upload) for upload in connection.execute(mine).scalars()}
        wrong = [
            {"pointer": f"/files/{key}/{number}", "detail": "这个文件已经不在，请重新上传。"}
            for key, uploads in files.items()
            for number, upload in enumerate(uploads)
            if upload not in known
        ]
        if wrong:
            raise Invalid(wrong)
    taken = [uuid.UUID(upload) for upload in ids]
    connection.execute(
        UPLOAD.update()
        .where(UPLOAD.c.filing_id == row.id, UPLOAD.c.submitted_at.is_(None), UPLOAD.c.id.not_in(taken))
        .values(filing_id=None)
    )
    if taken:
        connection.execute(UPLOAD.update().where(UPLOAD.c.id.in_(taken)).values(filing_id=row.id))
    return {key: list(uploads) for key, uploads in files.items() if uploads}


def hand_in(connection: Connection, row: Any) -> None:
    """From now on the offices see them, and they cannot be removed."""
    ids = [uuid.UUID(upload) for uploads in row.files.values() for upload in uploads]
    if ids:
        connection.execute(UPLOAD.update().where(UPLOAD.c.id.in_(ids)).values(submitted_at=row.now))


def take_back(connection: Connection, row: Any) -> None:
    """撤回修改 before anyone decided: the maker's own again."""
    connection.execute(UPLOAD.update().where(UPLOAD.c.filing_id == row.id).values(submitted_at=None))
