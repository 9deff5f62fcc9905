"""Uploads as those who may see them are shown them: what they are, what to mind, and links good for five minutes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, select

from app import clock
from app.access import Actor, Role, sees_graduate, sees_upload
from app.db import table
from app.identity import refs
from app.models import Graduate, Upload, UploadKind
from app.problems import NotFound
from app.queries import Fields
from app.settings import Settings

_SHOWN = [column.name for column in table(Upload).c if column.name not in ("digest", "bands", "mini", "likeness")]
AS_JSON = "json_build_object(" + ", ".join(f"'{name}', u.{name}" for name in _SHOWN) + ")"
"""An upload ``u`` as one value beside other columns; :func:`from_json` makes a row of it again."""
_UPLOAD = select(*(table(Upload).c[name] for name in _SHOWN))

LIKENESSES = """
    SELECT coalesce(json_agg(json_build_object('of', pair.upload, 'difference', pair.difference, 'upload', o.id,
        'filing', o.filing_id, 'name', CASE WHEN CAST(:college AS integer) IS NULL OR g.college_id = :college
            THEN g.name END) ORDER BY pair.difference, o.submitted_at), '[]')
    FROM upload mine CROSS JOIN LATERAL (
            SELECT upload_id AS upload, other_id AS other, difference FROM upload_likeness WHERE upload_id = mine.id
            UNION ALL SELECT other_id, upload_id, difference FROM upload_likeness WHERE other_id = mine.id) pair
        JOIN upload o ON o.id = pair.other AND o.submitted_at IS NOT NULL AND o.school_id = :school
        JOIN graduate g ON g.id = o.graduate_id
    WHERE {which}
"""
"""What another graduate of the school handed in the same or nearly as the uploads ``mine`` that fulfil ``{which}``;
:func:`near` reads it. Names out of ``:college`` are empty; a graduate has no ``:school``, so nothing is found."""

WARNINGS = {
    "blurred": "照片可能模糊。请看一看字是否清楚，不清楚就重拍一张。",
    "small": "图片像素太少，审核时可能看不清。请用手机相机重拍一张。",
    "heavy": "内容较细，压缩到 300 KB 会看不清，已保留更清晰的版本。",
}
SCANS = {"unscanned": "未扫描病毒", "clean": "已扫描，未发现病毒"}


def from_json(value: Fields) -> Any:
    """A row of what :data:`AS_JSON` gave."""
    moments = {name: datetime.fromisoformat(value[name]) for name in ("created_at", "submitted_at") if value[name]}
    return SimpleNamespace(**{**value, "id": uuid.UUID(value["id"]), **moments})


def one(connection: Connection, actor: Actor, upload: uuid.UUID) -> Row[Any]:
    """An upload the actor may see; :class:`NotFound` otherwise."""
    row = connection.execute(_UPLOAD.where(Upload.id == upload, sees_upload(actor))).one_or_none()
    if row is None:
        raise NotFound
    return row


def by_reference(connection: Connection, upload: uuid.UUID, part: str) -> tuple[Row[Any], str]:
    """What a file link leads to and its media type; :class:`NotFound` once it is gone or has no such part."""
    row = connection.execute(_UPLOAD.where(Upload.id == upload, Upload.kept_at.is_not(None))).one_or_none()
    if row is None or part not in parts(row):
        raise NotFound
    return row, "application/pdf" if row.kind == UploadKind.PDF and part == "original" else "image/jpeg"


def for_whom(connection: Connection, actor: Actor, graduate: uuid.UUID | None) -> uuid.UUID:
    """Whose filing an upload is for: one's own, or a graduate an office may see; :class:`NotFound` otherwise."""
    wanted = graduate or actor.graduate_id
    if wanted is None or (actor.role is Role.GRADUATE and wanted != actor.graduate_id):
        raise NotFound
    if actor.role is not Role.GRADUATE:
        seen = select(Graduate.id).where(Graduate.id == wanted, sees_graduate(actor))
        if connection.scalar(seen) is None:
            raise NotFound
    return wanted


def parts(row: Row[Any]) -> list[str]:
    """The names of an upload's files."""
    return ["original", "thumb", *(f"page-{number + 1}" for number in range(len(row.page_sizes)))]


def links(settings: Settings, rows: Sequence[Any], holder: uuid.UUID) -> list[dict[str, Any]]:
    """Uploads with links to their files, for whoever was found to be allowed to see them (``holder``, for the record).

    A picture has one page, which is what is shown of it; a PDF has several.
    """
    return [_linked(settings, row, holder) for row in rows]


def near(found: Sequence[Fields]) -> dict[str, list[dict[str, Any]]]:
    """For each upload of a filing that another graduate handed in as well, the same or nearly: by whom.

    A name the office may not see is left out; that there is somebody is told. ``found`` is of :data:`LIKENESSES`.
    """
    by_upload: dict[str, list[dict[str, Any]]] = {}
    for pair in found:
        seen = pair["name"] is not None
        by_upload.setdefault(pair["of"], []).append(
            {
                "upload_id": pair["upload"] if seen else None,
                "filing_id": pair["filing"] if seen else None,
                "graduate": pair["name"] if seen else "其他学院的毕业生",
                "same": pair["difference"] == 0,
            }
        )
    return by_upload


def _linked(settings: Settings, row: Any, holder: uuid.UUID) -> dict[str, Any]:
    def href(part: str) -> str:
        reference, _ = refs.issue(settings, refs.FILE, row.id, holder, part)
        return f"/api/v1/files/{reference}"

    pages = zip(row.page_sizes, row.page_widths, row.page_heights, strict=True)
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.file_name,
        "size": row.original_size,
        "width": row.original_width,
        "height": row.original_height,
        "warnings": [{"code": code, "text": WARNINGS[code]} for code in row.warnings],
        "scan": {"code": row.scan, "text": SCANS[row.scan]},
        "submitted": row.submitted_at is not None,
        "created_at": clock.rfc3339(row.created_at),
        "thumb": href("thumb"),
        "original": href("original"),
        "pages": [
            {"size": size, "width": width, "height": height, "href": href(f"page-{number}")}
            for number, (size, width, height) in enumerate(pages, 1)
        ],
        "links_until": clock.rfc3339(clock.now() + refs.FILE.lifetime),
    }
