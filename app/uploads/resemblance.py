"""Whether two small gray pictures show the same picture: cropped, scaled or compressed again, but the same to a letter.

Forms of one template differ in a name and a number only, and are no copies. So both are laid over each other exactly,
and then compared tile by tile at a size where characters are blots of their own: the worst tiles decide.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageStat
from PIL.Image import Resampling, Transform

EDGE: Final = 512
"""Both sides of a mini in pixels: a character of A4 is a blot of seven, no word of it can be read."""
TILE: Final = 16
STRIPS: Final = 3
"""Profiles are taken of each third: skew text would smear one over the whole width."""
COARSE: Final = 128
FARTHEST: Final = 8
"""Hundred-and-twenty-eighths that may be cut off at each side: 6 %."""
TRIED: Final = 4
"""Places along each axis that are looked at closely."""
MOVES: Final = 4
"""Rounds of moving the four sides a step."""
DETAIL: Final = 12
"""Mean deviation a tile must have to be compared; paper without writing has less."""
FEWEST: Final = 40
"""Tiles that must have it; a nearly empty page resembles any other."""
WORST: Final = 3
"""How many of the worst tiles count: a line of a name covers as many."""
SAME: Final = 0.30
"""Difference below which pictures are the same. Copies had up to 0.25, two forms of one template at least 0.35."""
IN_PLACE: Final = 0.12
"""What tiles usually differ by when a picture lies where the other did; half a tile off it is three times as much."""

_DEVIATION = [abs(value - 128) for value in range(256)]
_STRONG = [min(255, abs(value - 128) * 3) for value in range(256)]
_Window = tuple[float, ...]
"""How far one picture begins and ends within the other: left, top, right, bottom, in pixels of :data:`EDGE`."""


def difference(whole: Image.Image, part: Image.Image) -> float:
    """How much the worst tiles differ, 0 to 1, once the minis lie over each other; below :data:`SAME` for copies.

    Either may be the cropped one. 1 where there is too little to compare.
    """
    a, b = _detail(whole), _detail(part)
    usual, worst = _tiles(a, b)
    if worst < SAME or usual < IN_PLACE:
        return worst  # they lie over each other as they are, and so what differs is not the same
    # Lines of text look alike: laid one line too far they nearly fit. What fits in both directions is told by looking.
    small_a, small_b = a.reduce(4), b.reduce(4)
    starts: list[_Window] = [
        (left, top, right, bottom)
        for left, right in _rough_windows(a, b, across=True)
        for top, bottom in _rough_windows(a, b, across=False)
    ]
    window = min(starts, key=lambda window: _misfit(small_a, small_b, window))
    for reduced, steps in ((4, (3.0, 1.5)), (2, (1.5, 0.75)), (1, (0.75, 0.4))):
        window = _refined(a.reduce(reduced), b.reduce(reduced), window, steps)
    soft = ImageFilter.GaussianBlur(0.7)  # half a pixel of misfit is no difference
    return _tiles(_detail(_laid(whole, window).filter(soft)), _detail(part.filter(soft)))[1]


def _refined(a: Image.Image, b: Image.Image, window: _Window, steps: tuple[float, ...]) -> _Window:
    """The window moved side by side for as long as that fits better."""
    best = _misfit(a, b, window)
    for step in steps:
        for _ in range(MOVES):
            before = best
            for side in range(4):
                for move in (-step, step):
                    tried = (*window[:side], window[side] + move, *window[side + 1 :])
                    if (misfit := _misfit(a, b, tried)) < best:
                        best, window = misfit, tried
            if best == before:
                break
    return window


def _laid(whole: Image.Image, window: _Window) -> Image.Image:
    """The part of ``whole`` within the window, as large as all of it."""
    scale = whole.width / EDGE
    left, top, right, bottom = (side * scale for side in window)
    extent = (left, top, whole.width + right, whole.height + bottom)
    return whole.transform(whole.size, Transform.EXTENT, extent, Resampling.BILINEAR)


def _misfit(a: Image.Image, b: Image.Image, window: _Window) -> float:
    """Mean difference over the middle; at the rims a window may reach beyond the picture."""
    rim = a.width // 10
    box = (rim, rim, a.width - rim, a.height - rim)
    return ImageStat.Stat(ImageChops.difference(_laid(a, window).crop(box), b.crop(box))).mean[0]


def _tiles(a: Image.Image, b: Image.Image) -> tuple[float, float]:
    """By how much the tiles usually differ, and the worst; 1 where there is too little to compare."""
    tiles = EDGE // TILE
    differs = ImageChops.difference(a, b).resize((tiles, tiles), Resampling.BOX).tobytes()
    holds = ImageChops.add(a.point(_DEVIATION), b.point(_DEVIATION)).resize((tiles, tiles), Resampling.BOX).tobytes()
    inner = [y * tiles + x for y in range(1, tiles - 1) for x in range(1, tiles - 1)]
    shares = sorted(differs[k] / holds[k] for k in inner if holds[k] > DETAIL)
    if len(shares) < FEWEST:
        return 1.0, 1.0
    return shares[len(shares) // 2], sum(shares[-WORST:]) / WORST


def _detail(mini: Image.Image) -> Image.Image:
    """What stands out from its surroundings, around 128: light and shadow are taken off."""
    around = mini.filter(ImageFilter.BoxBlur(EDGE // 20))
    return ImageChops.add(mini, ImageChops.invert(around), 1, -127)


def _rough_windows(a: Image.Image, b: Image.Image, *, across: bool) -> list[tuple[float, float]]:
    """The best places of ``b`` in ``a`` along one axis, apart from each other: pixels from its start and its end."""
    rough_a, rough_b = _profiles(a, COARSE, across=across), _profiles(b, COARSE, across=across)
    reach = range(-FARTHEST, FARTHEST + 1)
    ranked = sorted(
        ((_fit(rough_a, rough_b, low, high, 2), low, high) for low in reach for high in reach), reverse=True
    )
    found: list[tuple[int, int]] = []
    for _, low, high in ranked:
        if all(abs(low - other[0]) + abs(high - other[1]) > 2 for other in found):
            found.append((low, high))
        if len(found) == TRIED:
            break
    return [(low * EDGE / COARSE, high * EDGE / COARSE) for low, high in found]


def _profiles(detail: Image.Image, length: int, *, across: bool) -> list[list[float]]:
    """How much stands at each place along the axis, in each strip, around its mean."""
    strong = detail.point(_STRONG)
    small = strong.resize((length, STRIPS) if across else (STRIPS, length), Resampling.BOX)
    if not across:
        small = small.transpose(Image.Transpose.TRANSPOSE)
    values = small.tobytes()
    strips = [values[k * length : (k + 1) * length] for k in range(STRIPS)]
    return [[value - sum(strip) / length for value in strip] for strip in strips]


def _fit(a: list[list[float]], b: list[list[float]], low: float, high: float, stride: int) -> float:
    """Correlation of ``b`` with the part of ``a`` from ``low`` to its length + ``high``."""
    length = len(b[0])
    step = (length + high - low) / length
    both = aa = bb = 0.0
    for i in range(0, length, stride):
        x = low + i * step
        k = int(x)
        if x < 0 or k + 1 >= length:
            continue
        share = x - k
        for strip_a, strip_b in zip(a, b, strict=True):
            v = strip_a[k] * (1 - share) + strip_a[k + 1] * share
            w = strip_b[i]
            both += v * w
            aa += v * v
            bb += w * w
    return both / sqrt(aa * bb) if aa and bb else -1.0
