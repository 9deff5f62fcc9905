"""What a picture is found and recognised by: a hash of 256 bits, parts of a shorter one, a small picture.

Made in the darkroom, compared by :mod:`app.uploads.likeness`.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageStat
from PIL.Image import Resampling

from app.uploads.resemblance import EDGE

SAMPLES: Final = 64
ROOT: Final = 16
"""Waves along each edge in the long hash: 256 bits."""
SHORT: Final = 8
"""And in the short one: 64 bits, in eight bands of eight; two hashes within 7 bits share a band for certain."""
FLAT: Final = 2.0
"""Deviation of an empty page."""
MINI_QUALITY: Final = 50

_WAVES = [[math.cos(math.pi * (2 * x + 1) * wave / (2 * SAMPLES)) for x in range(SAMPLES)] for wave in range(ROOT)]


@dataclass(frozen=True)
class Fingerprint:
    """What a picture is found and recognised by: 256 bits as text of 0 and 1, bands of the short hash, a mini."""

    bits: str
    bands: list[int]
    mini: bytes


def fingerprint(gray: Image.Image) -> Fingerprint | None:
    """The fingerprint of a gray picture; None for an empty page, which would resemble every other."""
    small = gray.resize((SAMPLES, SAMPLES), Resampling.BOX)
    if ImageStat.Stat(small).stddev[0] < FLAT:
        return None
    waves = _transformed(small)
    short = _above_median([row[:SHORT] for row in waves[:SHORT]])
    bands = [place << 8 | int(short[place * 8 : place * 8 + 8], 2) for place in range(SHORT)]
    made = io.BytesIO()
    size = (EDGE, EDGE)
    gray.resize(size, Resampling.HAMMING, reducing_gap=1.0).save(made, "JPEG", quality=MINI_QUALITY)
    return Fingerprint(_above_median(waves), bands, made.getvalue())


def _transformed(small: Image.Image) -> list[list[float]]:
    """The slowest waves of the cosine transform, as in any perceptual hash."""
    values = small.tobytes()
    rows = [values[y * SAMPLES : (y + 1) * SAMPLES] for y in range(SAMPLES)]
    across = [[sum(map(float.__mul__, wave, map(float, row))) for row in rows] for wave in _WAVES]
    return [[sum(map(float.__mul__, wave, column)) for column in across] for wave in _WAVES]


def _above_median(waves: list[list[float]]) -> str:
    flat = [value for row in waves for value in row]
    middle = sorted(flat[1:])[len(flat) // 2 - 1]  # the first is the mean, far above all
    return "".join("1" if value > middle else "0" for value in flat)
