"""The peer of P7: Pillow as its documentation shows: open, turn upright, thumbnail, save smaller until it fits."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

MOST = 300_000
EDGE = 1600
BEST, STEP, WORST = 95, 5, 20


def shown(raw: bytes) -> bytes:
    """A JPEG of at most 300 KB."""
    with Image.open(io.BytesIO(raw)) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    return _small(picture)


def whole(raw: bytes) -> tuple[bytes, bytes]:
    """The same, and the picture at full size without its metadata."""
    with Image.open(io.BytesIO(raw)) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=92)
    return kept.getvalue(), _small(picture)


def _small(picture: Image.Image) -> bytes:
    picture.thumbnail((EDGE, EDGE))
    for quality in range(BEST, WORST, -STEP):
        made = io.BytesIO()
        picture.save(made, "JPEG", quality=quality)
        if made.tell() <= MOST:
            return made.getvalue()
    raise ValueError("it does not fit")
