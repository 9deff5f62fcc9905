"""What a file is, told by its first bytes, and whether its name and declared type say the same (R5)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from app.problems import UploadMislabelled, UploadTypeUnknown


class Form(StrEnum):
    """How a file is written."""

    JPEG = "JPEG"
    PNG = "PNG"
    HEIC = "HEIC"
    WEBP = "WebP"
    PDF = "PDF"


HEAD: Final = 64
"""Bytes that tell."""
LONGEST_NAME: Final = 80
NOT_IN_NAMES: Final = '<>:"|?*'
"""What file systems refuse, or shells read as something else."""

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"}
_EXTENSIONS = {
    "jpg": Form.JPEG, "jpeg": Form.JPEG, "jpe": Form.JPEG, "jfif": Form.JPEG, "png": Form.PNG, "heic": Form.HEIC,
    "heif": Form.HEIC, "webp": Form.WEBP, "pdf": Form.PDF,
}  # fmt: skip
_MEDIA_TYPES = {
    "image/jpeg": Form.JPEG, "image/jpg": Form.JPEG, "image/pjpeg": Form.JPEG, "image/png": Form.PNG,
    "image/heic": Form.HEIC, "image/heif": Form.HEIC, "image/webp": Form.WEBP, "application/pdf": Form.PDF,
    "application/x-pdf": Form.PDF,
}  # fmt: skip
_SAYS_NOTHING = {"", "application/octet-stream", "binary/octet-stream", "image/*"}
"""Declared types of phones that do not know."""


@dataclass(frozen=True)
class Named:
    """A file's true form and a name that can be shown."""

    form: Form
    name: str


def look(head: bytes, name: str | None, media_type: str | None) -> Named:
    """The form by content. A name or type that contradicts it is refused: whoever opens the file by its name would
    open something else.

    Raises :class:`UploadTypeUnknown` and :class:`UploadMislabelled`.
    """
    form = form_of(head)
    if form is None:
        raise UploadTypeUnknown
    extension = PurePosixPath((name or "").replace("\\", "/")).suffix.lstrip(".").lower()
    claimed = (media_type or "").partition(";")[0].strip().lower()
    if extension and _EXTENSIONS.get(extension) is not form:
        said = extension.upper()[:8] if extension.isascii() and extension.isalnum() else "其他类型"
        raise UploadMislabelled(f"文件名说是 {said}，内容其实是 {form}。请直接拍照上传，或重新保存后再选。")
    if claimed not in _SAYS_NOTHING and _MEDIA_TYPES.get(claimed) is not form:
        raise UploadMislabelled
    return Named(form, shown_name(name, form))


def form_of(head: bytes) -> Form | None:
    """By the first bytes, at the very start: a form that allows something before it would hide it there."""
    if head.startswith(b"\xff\xd8\xff"):
        return Form.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Form.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Form.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return Form.HEIC
    return Form.PDF if head.startswith(b"%PDF-") else None


def shown_name(name: str | None, form: Form) -> str:
    """The name for people: no folders, no invisible or control characters, not long, never empty.

    It is shown and offered as a download's name, and never becomes part of a path of ours.
    """
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    plain = unicodedata.normalize("NFC", last)
    visible = "".join(
        one for one in plain if one == " " or (unicodedata.category(one)[0] not in "CZ" and one not in NOT_IN_NAMES)
    )
    stem = PurePosixPath(visible).stem.strip(" .")[:LONGEST_NAME]
    fallback = "文件" if form is Form.PDF else "照片"
    return f"{stem or fallback}.{'pdf' if form is Form.PDF else 'jpg'}"
