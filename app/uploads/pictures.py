"""A photo made anew: upright, without metadata, one picture at full size to keep and one of at most 300 KB to show.

Only pixels survive. What hides in a picture's metadata, behind its end or between its parts (a place on the map, a
program, another file) is not in what is written here. Runs in the darkroom, a process that holds nothing else.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO, Final

from PIL import Image, ImageFile, JpegImagePlugin
from PIL.Image import Resampling, Transpose

from app.problems import UploadBomb, UploadUnreadable
from app.uploads.sniff import Form

MOST_PIXELS: Final = 64_000_000
"""A phone's usual 12 to 50 megapixels pass; more would cost the memory of several requests."""
LONG_EDGE: Final = 1600
"""Pixels the shown picture's long edge keeps at least, where the original has them (domain: legibility floor)."""
SHORT_EDGE: Final = 1000
"""And its short edge: a screenshot of a long page would become a thread otherwise."""
SHOWN_BYTES: Final = 300_000
"""domain, uploads: about 300 KB."""
LONGEST_EDGE: Final = 12_000
"""No shown picture is longer, be the screenshot as long as it may."""
SMALL_EDGE: Final = 1000
"""A long edge below this is warned about: a page of A4 has characters of 15 pixels then."""
KEPT_QUALITY: Final = 92
BEST, FIRST, FLOOR = 85, 52, 40
"""JPEG qualities of the shown picture: more is not seen; what most documents come to; strokes break up below."""
THUMB_EDGE: Final = 320

_ORIENTATION: Final = 0x0112
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_PILLOW = {Form.JPEG: ("JPEG", "MPO"), Form.PNG: ("PNG",), Form.WEBP: ("WEBP",), Form.HEIC: ("HEIF",)}


@dataclass(frozen=True)
class Shot:
    """A JPEG we wrote, and its size in pixels."""

    content: bytes
    width: int
    height: int


def opened(file: IO[bytes], form: Form) -> ImageFile.ImageFile:
    """The picture, its size read and judged, nothing decoded yet. Only the decoder of this form is asked.

    Raises :class:`UploadBomb` and :class:`UploadUnreadable`.
    """
    if form is Form.HEIC:
        import pillow_heif  # seldom wanted, and 10 MB of libraries

        pillow_heif.register_heif_opener(thumbnails=False)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oddities of metadata; the size is judged below
            image = Image.open(file, formats=_PILLOW[form])
    except Image.DecompressionBombError as error:
        raise UploadBomb from error
    except Exception as error:  # decoders raise what they like on broken files: OSError, SyntaxError, struct.error …
        raise UploadUnreadable from error
    if image.width * image.height > MOST_PIXELS:
        raise UploadBomb
    return image


def original(file: IO[bytes], form: Form) -> Shot:
    """The picture to keep: all pixels, upright, high quality."""
    image = opened(file, form)
    turn = _turn(image, form)
    if form is Form.JPEG:
        image.draft("YCbCr", image.size)  # as it lies in the file: saves turning colours there and back
    subsampling = max(JpegImagePlugin.get_sampling(image), 0) if form is Form.JPEG else 0
    loaded = _loaded(image)
    del image  # its pixels would be held beside the turned ones
    plain = _turned(flat(loaded), turn, sparing=loaded.mode in ("YCbCr", "RGB"))
    return Shot(_encoded(plain, KEPT_QUALITY, subsampling), plain.width, plain.height)


def drafted(file: IO[bytes], form: Form) -> Image.Image:
    """The picture for showing: upright, decoded no larger than needed, which for a JPEG costs half of all of it."""
    image = opened(file, form)
    turn = _turn(image, form)
    wanted = shown_size(image.size)
    if form is Form.JPEG:
        image.draft("YCbCr", wanted)
    plain = flat(_loaded(image))
    size = shown_size(plain.size)
    if max(plain.size) > max(size) * 1.4:
        plain = plain.resize(size, Resampling.HAMMING, reducing_gap=1.0)
    return _turned(plain, turn)


def shown(image: Image.Image) -> tuple[Shot, bool]:
    """A picture of at most 300 KB of what :func:`drafted` made; True where legibility forbade that.

    One probe tells how much the picture holds, and so at what quality it fits. More pixels at a lower quality read more
    easily than fewer at a higher (half the error against the page itself), so pixels are given up only at the lowest
    quality; where even the fewest do not fit, they are kept all the same (decisions: legibility wins).
    """
    made = _encoded(image, FIRST)
    quality = _fitting(FIRST, len(made))
    if len(made) <= SHOWN_BYTES:
        better = _encoded(image, quality) if quality > FIRST + 4 else made
        return Shot(better if len(better) <= SHOWN_BYTES else made, *image.size), False
    fewest = shown_size(image.size)
    if quality == FLOOR and max(fewest) < max(image.size):
        share = fewest[0] * fewest[1] / (image.width * image.height)
        image = image.resize(fewest, Resampling.HAMMING)
        quality = _fitting(FIRST, len(made) * share * 1.05)  # a little, as fewer pixels hold more each
    while True:
        made = _encoded(image, quality)
        if len(made) <= SHOWN_BYTES or quality == FLOOR:
            return Shot(made, *image.size), len(made) > SHOWN_BYTES
        quality = max(FLOOR, min(quality - 2, _fitting(quality, len(made))))


def thumb(image: Image.Image) -> Shot:
    """A small picture for lists."""
    small = image.copy()
    small.thumbnail((THUMB_EDGE, THUMB_EDGE), Resampling.HAMMING, reducing_gap=1.5)
    return Shot(_encoded(small, FIRST), *small.size)


def shown_size(size: tuple[int, int]) -> tuple[int, int]:
    """The smallest size in which a picture of this size may be shown; never larger than it is."""
    long, short = max(size), min(size)
    scale = min(1.0, max(LONG_EDGE / long, SHORT_EDGE / short), LONGEST_EDGE / long)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def flat(image: Image.Image) -> Image.Image:
    """Gray or colour of 8 bits, what is transparent on white."""
    if image.mode in ("L", "RGB", "YCbCr"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        over = image.convert("RGBA")
        white = Image.new("RGB", over.size, "white")
        white.paste(over, mask=over.getchannel("A"))
        return white
    return image.convert("RGB")


def _turn(image: ImageFile.ImageFile, form: Form) -> Transpose | None:
    """How to turn it upright. HEIC says so in the picture itself, which its decoder has obeyed."""
    if form is Form.HEIC:
        return None
    try:
        return _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken metadata are no reason to refuse a photo: they are not kept anyway
        return None


def _loaded(image: ImageFile.ImageFile) -> Image.Image:
    try:
        image.load()
    except MemoryError as error:
        raise UploadBomb from error
    except Exception as error:
        raise UploadUnreadable from error
    return image


def _turned(image: Image.Image, turn: Transpose | None, *, sparing: bool = False) -> Image.Image:
    """Upright. ``sparing`` turns one colour after the other, so that never two whole pictures are held."""
    if turn is None:
        return image
    if not sparing:
        return image.transpose(turn)
    mode, planes = image.mode, list(image.split())
    if isinstance(image, ImageFile.ImageFile):
        image.close()
    image.im = None  # type: ignore[assignment]  # the caller still names it
    for number, plane in enumerate(planes):
        planes[number] = plane.transpose(turn)
    del plane
    return Image.merge(mode, planes)


def _fitting(quality: int, size: float) -> int:
    """The quality at which a picture would fit that is so large at this one.

    Sizes of documents go about as (105 - quality) to the power of -0.6, measured from 40 to 85; 3 % are left free.
    """
    fits = 105 - (105 - quality) * (size * 1.03 / SHOWN_BYTES) ** (1 / 0.6)
    return max(FLOOR, min(BEST, int(fits)))


def _encoded(image: Image.Image, quality: int, subsampling: int = 2) -> bytes:
    made = io.BytesIO()
    image.info = {}  # or a comment would be written along
    image.save(made, "JPEG", quality=quality, subsampling=subsampling)
    return made.getvalue()
