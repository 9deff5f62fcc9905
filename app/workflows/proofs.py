"""证明材料 of a filing: which uploads were chosen for which item, whether all that is asked for is there."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from app.uploads import attaching
from app.workflows.kind import Item

# Counted and not asked for with EXISTS: that the planner may answer by hashing the uploads of everybody.
ALIKE = """
    (SELECT count(*) > 0 FROM upload u CROSS JOIN LATERAL (
            SELECT l.other_id AS id FROM upload_likeness l WHERE l.upload_id = u.id
            UNION ALL SELECT l.upload_id FROM upload_likeness l WHERE l.other_id = u.id) same
        JOIN upload o ON o.id = same.id
        WHERE u.filing_id = f.id AND o.submitted_at IS NOT NULL)
"""
"""SQL: another graduate of the school handed in what looks the same as a proof of filing ``f``."""
UNCLEAR = """
    (SELECT count(*) > 0 FROM upload u WHERE u.filing_id = f.id AND u.warnings && ARRAY['blurred', 'small'])
"""
"""SQL: a photo of filing ``f`` may be hard to read."""


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


def there(files: Mapping[str, list[str]], uploads: Collection[str]) -> dict[str, list[str]]:
    """The choice without what is in the filing no longer: taken away by its sender, or moved to another draft."""
    left = {key: [one for one in named if one in uploads] for key, named in files.items()}
    return {key: named for key, named in left.items() if named}


def chosen(connection: Connection, row: Any, files: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The choice as it is kept; raises :class:`~app.problems.Invalid` for uploads of others."""
    items = {f"/files/{key}": [uuid.UUID(upload) for upload in uploads] for key, uploads in files.items()}
    attaching.attach(connection, row.id, row.graduate_id, items)
    return {key: list(uploads) for key, uploads in files.items() if uploads}
