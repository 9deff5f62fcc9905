"""Whether the writing in a picture is blurred (可能模糊)."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageFilter, ImageStat
from PIL.Image import Resampling

EDGE: Final = 1600
"""Pictures are judged at this long edge, so that a phone with more pixels is not judged otherwise."""
TILES: Final = 12
"""Tiles along each edge: text is judged where it stands, whatever lies around the paper."""
SEEN: Final = 60.0
"""Detail that a tile must have to be judged; grain has less than 20 at this scale, faint writing in the dark 100."""
FEWEST: Final = 6
"""Tiles that must have it; a picture with fewer shows nothing to read."""
BLURRED: Final = 0.25
"""Fine detail for each part of coarse detail. Sharp text has 0.5 to 3, readable but soft 0.3 to 0.8; at a blur of an
eighth of a character's height it is 0.23, where strokes run together. Measured in tests/uploads/test_sharpness.py."""

# The kernel's weights halve and quarter what it finds, so that sharp edges of black on white do not overflow.
_FINE = ImageFilter.Kernel((3, 3), (0, -1, 0, -1, 4, -1, 0, -1, 0), scale=3, offset=128)
_COARSE = ImageFilter.Kernel((3, 3), (0, -1, 0, -1, 4, -1, 0, -1, 0), scale=4, offset=128)


def is_blurred(gray: Image.Image) -> bool:
    """Whether detail of a few pixels is missing where detail of a character's size is there.

    Blur takes fine detail first, and takes it from text of any contrast, size and light alike, so the share of one in
    the other tells more than either: a dark photo of a sharp page has little of both. Grain is taken off as what the
    emptiest tiles have.
    """
    long = max(gray.size)
    if long > EDGE:
        size = (max(1, gray.width * EDGE // long), max(1, gray.height * EDGE // long))
        gray = gray.resize(size, Resampling.HAMMING)
    if min(gray.size) < TILES * 16:
        return False  # too small to judge, which is told by itself
    fine, coarse = _detail(gray.reduce(3), _FINE), _detail(gray.reduce(8), _COARSE)
    grain = sorted(fine)[len(fine) // 12]
    shares = sorted((f - grain) / c for f, c in zip(fine, coarse, strict=True) if c >= SEEN)
    return len(shares) < FEWEST or shares[len(shares) * 3 // 4] < BLURRED


def _detail(gray: Image.Image, kernel: ImageFilter.Kernel) -> list[float]:
    """The mean square of the Laplacian in each tile; its outermost pixels are not computed and left out."""
    scale = kernel.filterargs[1]
    found = gray.filter(kernel).crop((1, 1, gray.width - 1, gray.height - 1))
    width, height = found.width // TILES, found.height // TILES
    return [
        ImageStat.Stat(found.crop((x * width, y * height, (x + 1) * width, (y + 1) * height))).var[0] * scale**2
        for x in range(TILES)
        for y in range(TILES)
    ]
