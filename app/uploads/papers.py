"""A PDF looked through and drawn: what could act by itself is refused, pages become pictures.

The file is kept as it is, since a seal in it (电子签章) is good for these very bytes only. So it must be whole and
plain: nothing before it, nothing behind it, no repair needed, nothing in it that runs, sends or unpacks. Runs in the
darkroom.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any, Final

import pikepdf
import pypdfium2
from PIL import Image

from app.problems import UploadActiveContent, UploadEncrypted, UploadTooManyPages, UploadUnreadable

MOST_PAGES: Final = 20
PAGE_EDGE: Final = 1800
"""Long edge of a drawn page in pixels: 10.5 pt text is 22 pixels high."""
TAIL: Final = 66_000
"""Bytes at the end in which a ZIP file would have its table of contents."""

_ACTIONS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound",
    "/RichMediaExecute", "/GoTo3DView",
}  # fmt: skip
"""Kinds of actions; going to a page of its own (GoTo), turning pages (Named) and plain links stay."""
_KEYS = {"/JS", "/XFA", "/EmbeddedFiles", "/EF", "/AF", "/RichMediaContent", "/RichMediaSettings"}
_KINDS = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D", "/EmbeddedFile"}
"""Annotations and streams that hold or play something else."""


def require_plain(file: IO[bytes]) -> None:
    """Refuse what is damaged, locked, long, active or more than a PDF.

    Raises :class:`UploadUnreadable`, :class:`UploadEncrypted`, :class:`UploadTooManyPages`,
    :class:`UploadActiveContent`.
    """
    file.seek(0)
    content = file.read()
    tail = content[-TAIL:]
    if b"PK\x05\x06" in tail or content.rstrip(b"\r\n\t \0")[-5:] != b"%%EOF":
        raise UploadUnreadable
    try:
        pdf = pikepdf.open(io.BytesIO(content), attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise UploadEncrypted from error
    except Exception as error:  # qpdf's own, and what its Python side makes of odd values
        raise UploadUnreadable from error
    with pdf:
        if pdf.is_encrypted:
            raise UploadEncrypted
        try:
            pages = len(pdf.pages)
            active = any(_acts(each) for each in _dictionaries(pdf))
        except Exception as error:
            raise UploadUnreadable from error
        if not pages or pdf.get_warnings():
            raise UploadUnreadable
    if active:
        raise UploadActiveContent
    if pages > MOST_PAGES:
        raise UploadTooManyPages


def drawn(file: IO[bytes]) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """Each page as a picture with its size in points; raises :class:`UploadUnreadable`."""
    file.seek(0)
    try:
        document = pypdfium2.PdfDocument(file.read())
    except pypdfium2.PdfiumError as error:
        raise UploadUnreadable from error
    try:
        for page in document:
            width, height = page.get_size()
            if not (1 <= width <= 20_000 and 1 <= height <= 20_000):
                raise UploadUnreadable
            bitmap = page.render(scale=PAGE_EDGE / max(width, height), may_draw_forms=False)
            yield bitmap.to_pil().convert("RGB"), (round(width), round(height))
            page.close()
    except pypdfium2.PdfiumError as error:
        raise UploadUnreadable from error
    finally:
        document.close()


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary in the file, whether anything leads to it or not: viewers differ in what they follow."""
    waiting: list[Any] = [*pdf.objects, pdf.trailer]
    while waiting:
        each = waiting.pop()
        if isinstance(each, pikepdf.Stream):
            each = each.stream_dict
        if isinstance(each, pikepdf.Dictionary):
            yield each
            inner = [each.get(key) for key in each.keys()]  # noqa: SIM118  (it iterates over pairs of its own)
        elif isinstance(each, pikepdf.Array):
            inner = list(each)
        else:
            continue
        # What is referred to stands in the list of objects already.
        waiting += [one for one in inner if isinstance(one, pikepdf.Dictionary | pikepdf.Array) and not one.is_indirect]


def _acts(each: Any) -> bool:
    """Whether this dictionary runs, sends, plays or holds a file."""
    if any(key in each for key in _KEYS):
        return True
    if str(each.get("/S")) in _ACTIONS or str(each.get("/Subtype")) in _KINDS or str(each.get("/Type")) in _KINDS:
        return True
    # An address a reader may tap is harmless; one that is opened unasked is not.
    if isinstance(each.get("/OpenAction"), pikepdf.Dictionary) and str(each.OpenAction.get("/S")) != "/GoTo":
        return True
    return "/AA" in each
