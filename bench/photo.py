"""P7: a 12-megapixel photo from a phone to a legible picture of at most 300 KB; then all that an upload goes through.

The same photos of papers with a QR code, as phones write them (turned, with metadata), go through every side in turn.
Ours: what the darkroom does. Peer: Pillow with a quality loop. Ceiling: one decode, no larger than needed, and one
encode at a quality known to fit; it neither turns the picture nor looks for the quality. Every result must be small
enough, large enough, and its QR code must be read; the ceiling's is turned for that.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

import segno
import zxingcpp
from PIL import Image

from app.uploads import developing, pictures
from app.uploads.sniff import Form
from bench.peers import photo_pillow
from tests.uploads.papers import jpeg, page, photo

ROUNDS: Final = 7
PHOTOS: Final = 5
MOST, EDGE = 300_000, 1600
PEAK: Final = """
import io, re, sys
from pathlib import Path
raw = Path(sys.argv[1]).read_bytes()
{act}
print(re.findall(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[0])
"""
OURS_PEAK = "from app.uploads import developing, sniff; developing.develop(io.BytesIO(raw), sniff.Form.JPEG)"
PEER_PEAK = "from bench.peers import photo_pillow; photo_pillow.whole(raw)"
CEILING_PEAK = "from PIL import Image; Image.open(io.BytesIO(raw)).save(io.BytesIO(), 'JPEG')"

Make = Callable[[bytes], tuple[bytes, ...]]


def run(quick: bool = False) -> list[dict[str, Any]]:
    rounds = 1 if quick else ROUNDS
    photos = {_photo(number): f"https://quxiang.example.edu.cn/v#{number}" for number in range(1 if quick else PHOTOS)}
    fitting = {raw: _fitting(raw) for raw in photos}
    small = {"ours": _ours, "peer": _peer, "ceiling": lambda raw: _ceiling(raw, fitting[raw])}
    whole = {"ours": _ours_whole, "peer": photo_pillow.whole, "ceiling": lambda raw: _ceiling_whole(raw, fitting[raw])}
    return [
        _row(
            "P7 photo to 300 KB", _measure(small, photos, rounds), {"peer": 3, "ceiling": 0.6}, "one decode, one encode"
        ),
        _row(
            "P7 photo, all an upload goes through; peer: no checks",
            _measure(whole, photos, rounds),
            {},
            "one decode of all pixels, one encode of them and one of the small picture",
        ),
        _peak(next(iter(photos))),
    ]


# Sides


def _ours(raw: bytes) -> tuple[bytes, ...]:
    made, _ = pictures.shown(pictures.drafted(io.BytesIO(raw), Form.JPEG))
    return (made.content,)


def _peer(raw: bytes) -> tuple[bytes, ...]:
    return (photo_pillow.shown(raw),)


def _ceiling(raw: bytes, quality: int) -> tuple[bytes, ...]:
    image = Image.open(io.BytesIO(raw))
    image.draft("YCbCr", (EDGE, EDGE * 3 // 4))
    return (_saved(image, quality),)


def _ours_whole(raw: bytes) -> tuple[bytes, ...]:
    """The original, the shown picture, a thumbnail, a fingerprint, and whether it is blurred."""
    _, parts = developing.develop(io.BytesIO(raw), Form.JPEG)
    made = dict(parts)
    return made["original"], made["page-1"]


def _ceiling_whole(raw: bytes, quality: int) -> tuple[bytes, ...]:
    image = Image.open(io.BytesIO(raw))
    image.draft("YCbCr", image.size)
    return _saved(image, pictures.KEPT_QUALITY), _saved(image.reduce(2), quality)


def _saved(image: Image.Image, quality: int) -> bytes:
    made = io.BytesIO()
    image.save(made, "JPEG", quality=quality)
    return made.getvalue()


def _fitting(raw: bytes) -> int:
    """The best quality at which the ceiling's two ways fit; found beforehand."""
    image = Image.open(io.BytesIO(raw))
    image.draft("YCbCr", (EDGE, EDGE * 3 // 4))
    reduced = Image.open(io.BytesIO(raw)).reduce(2)
    return next(
        quality for quality in range(95, 10, -1) if len(_saved(image, quality)) <= MOST >= len(_saved(reduced, quality))
    )


# Measuring


def _photo(number: int) -> bytes:
    """A form with a QR code, photographed by hand, as the phone keeps it."""
    paper = page(number, number)
    drawn = io.BytesIO()
    segno.make(f"https://quxiang.example.edu.cn/v#{number}", error="m").save(drawn, kind="png", scale=6, border=2)
    paper.paste(Image.open(drawn).convert("RGB"), (1300, 60))
    return jpeg(photo(paper, number, noise=3 + number), 92, orientation=6)


def _measure(sides: Mapping[str, Make], photos: Mapping[bytes, str], rounds: int) -> dict[str, list[float]]:
    """Milliseconds a photo of each round; the sides take turns, the first round warms up and is dropped."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, make in sides.items():
            start = time.perf_counter()
            made = [make(raw) for raw in photos]
            took = (time.perf_counter() - start) / len(photos) * 1000
            for results, text in zip(made, photos.values(), strict=True):
                _check(name, results, text)
            if turn:
                times[name].append(took)
        if turn:
            print(f"   {turn}/{rounds}: " + ", ".join(f"{name} {each[-1]:.0f} ms" for name, each in times.items()))
    return times


def _check(side: str, results: tuple[bytes, ...], text: str) -> None:
    *kept, shown = results
    image = Image.open(io.BytesIO(shown))
    if len(shown) > MOST or max(image.size) < EDGE or image.getexif():
        raise ValueError(f"{side}: {len(shown)} bytes, {image.size}")
    if side != "ceiling" and image.height < image.width:
        raise ValueError(f"{side}: it lies on its side")
    for content in results:
        if text not in [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(content)))]:
            raise ValueError(f"{side}: the QR code cannot be read")
    if any(max(Image.open(io.BytesIO(content)).size) != 4032 for content in kept):
        raise ValueError(f"{side}: the original is not whole")


def _row(title: str, times: dict[str, list[float]], goal: dict[str, float], ceiling: str) -> dict[str, Any]:
    return {
        "row": title,
        "unit": "ms a photo",
        "better": "lower",
        **{name: round(median(each), 1) for name, each in times.items()},
        "goal": goal,
        "photos": PHOTOS,
        "peer_is": "Pillow: exif_transpose, thumbnail to 1600 pixels, save at quality 95, 90, … until it fits",
        "ceiling_is": ceiling,
        "rounds": {name: [round(value, 1) for value in each] for name, each in times.items()},
    }


def _peak(raw: bytes) -> dict[str, Any]:
    """The most memory a process holds that does nothing but develop one photo wholly."""
    sides = {"ours": OURS_PEAK, "peer": PEER_PEAK, "ceiling": CEILING_PEAK}
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "photo.jpg")
        file.write_bytes(raw)
        for name, act in sides.items():
            command = [sys.executable, "-c", PEAK.format(act=act), str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks[name] = round(int(re.findall(r"\d+", done.stdout)[0]) / 1024)
    return {
        "row": "P7 photo, peak memory (under 120 MB)",
        "unit": "MB of a process",
        "better": "lower",
        **peaks,
        "goal": {},
        "peer_is": "as above, with the original kept",
        "ceiling_is": "Pillow opens the photo and saves it",
    }
