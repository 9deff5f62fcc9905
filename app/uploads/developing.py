"""What happens in the darkroom: one file in, pictures out. Holds no keys, no connections, nothing but the file.

Spoken over a socket pair: the asker sends one JSON line with the file's descriptor; the answer is a JSON line, then
the bytes of each part one after the other, as long as the line says.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import sys
from typing import IO, Any, Final

from PIL import Image

from app.problems import Problem, UploadBomb
from app.uploads import fingerprints, pictures, sharpness
from app.uploads.sniff import Form

MEMORY: Final = 1_600_000_000
"""Bytes of address space; 64 megapixels turned upright take 0.5 GB, the libraries as much again of addresses."""
BIGGEST_FILE: Final = 100_000_000

Part = tuple[str, bytes]


def develop(file: IO[bytes], form: Form) -> tuple[dict[str, Any], list[Part]]:
    """What is known of the file, and its parts: ``original`` (of a picture), ``page-1`` … and ``thumb``.

    Raises the problems of :mod:`app.problems` that begin with Upload.
    """
    return _paper(file) if form is Form.PDF else _picture(file, form)


def _picture(file: IO[bytes], form: Form) -> tuple[dict[str, Any], list[Part]]:
    image = pictures.drafted(file, form)
    page, heavy = pictures.shown(image)
    facts, parts = _facts(image, [page], heavy=heavy)
    del image
    whole = pictures.original(file, form)
    if max(whole.width, whole.height) < pictures.SMALL_EDGE:
        facts["warnings"].append("small")
    facts |= {"width": whole.width, "height": whole.height}
    return facts, [("original", whole.content), ("page-1", page.content), *parts]


def _paper(file: IO[bytes]) -> tuple[dict[str, Any], list[Part]]:
    from app.uploads import papers  # its libraries would stand beside every photo: 10 MB

    papers.require_plain(file)
    facts: dict[str, Any] = {}
    parts: list[Part] = []
    pages: list[pictures.Shot] = []
    for image, (width, height) in papers.drawn(file):
        page, _ = pictures.shown(image)
        pages.append(page)
        parts.append((f"page-{len(pages)}", page.content))
        if not facts:
            facts, small = _facts(image, [page], heavy=False)
            facts |= {"warnings": [], "width": width, "height": height}
            parts += small
    return facts | {"pages": [[len(page.content), page.width, page.height] for page in pages]}, parts


def _facts(image: Image.Image, pages: list[pictures.Shot], *, heavy: bool) -> tuple[dict[str, Any], list[Part]]:
    """What the first page tells of the whole, and the small pictures made of it."""
    gray = image.convert("L")
    warnings = ["blurred"] if sharpness.is_blurred(gray) else []
    found = fingerprints.fingerprint(gray)
    return {
        "warnings": warnings + (["heavy"] if heavy else []),
        "pages": [[len(page.content), page.width, page.height] for page in pages],
        "likeness": found.bits if found else None,
        "bands": found.bands if found else [],
    }, [("thumb", pictures.thumb(image).content)] + ([("mini", found.mini)] if found else [])


# The process


def serve(handle: int) -> None:
    """Answer until the asker hangs up."""
    _confine()
    with socket.socket(fileno=handle) as line:
        while True:
            data, handles, _, _ = socket.recv_fds(line, 4096, 1)
            if not data:
                return
            with os.fdopen(handles[0], "rb") as file:
                _answer(line, file, Form(json.loads(data)["form"]))


def _answer(line: socket.socket, file: IO[bytes], form: Form) -> None:
    parts: list[Part] = []
    try:
        facts, parts = develop(file, form)
        told: dict[str, Any] = {"facts": facts, "parts": [[name, len(content)] for name, content in parts]}
    except Problem as problem:
        told = {"problem": problem.code}
    except MemoryError:
        told = {"problem": UploadBomb.code}
    line.sendall(json.dumps(told).encode() + b"\n")
    for _, content in parts:
        line.sendall(content)


def _confine() -> None:
    """Whatever a file makes a decoder do, it can take no more than this."""
    with contextlib.suppress(ValueError, OSError):  # not every system knows every limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, BIGGEST_FILE), (resource.RLIMIT_NOFILE, 64)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
