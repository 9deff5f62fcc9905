"""Sending a file as a client does."""

from __future__ import annotations

import io
from typing import Any

from sqlalchemy import text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.api.caller import Caller

MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "webp": "image/webp",
    "pdf": "application/pdf",
}


def send(
    caller: Caller, content: bytes, name: str = "证明.jpg", media_type: str | None = None, query: str = ""
) -> TestResponse:
    """POST /uploads; the declared type goes by the name unless given."""
    declared = media_type or MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content), name, content_type=declared)})
    return caller.call("POST", f"/uploads{query}", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def sent(caller: Caller, content: bytes, name: str = "证明.jpg", **options: Any) -> dict[str, Any]:
    """The upload that came of it."""
    answer = send(caller, content, name, **options)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def fetched(caller: Caller, href: str) -> TestResponse:
    """A file by its link."""
    return caller.get(href.removeprefix("/api/v1"))


def stored(caller: Caller) -> int:
    """Files in the store of this test's application."""
    return sum(path.is_file() for path in caller.services.settings.storage_dir.rglob("*"))


def rows(caller: Caller) -> int:
    with caller.services.db.reading() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM upload")) or 0)
