"""Papers that do not exist (录取通知书, 解约函, stamped agreements), and photos of them as a phone takes them."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from functools import cache

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFont
from PIL.Image import Resampling

from app.documents.fonts import SERIF

A4 = (1240, 1754)
"""150 dots an inch."""
DESK = (1500, 2000)
"""Pixels of a photo; above the 1600 of the long edge that reviewers are promised."""
INK, SEAL = (25, 25, 25), (200, 40, 40)


def paper(title: str, lines: Sequence[str], sealed_by: str = "") -> Image.Image:
    """A sheet with a title, lines of text and, where somebody seals it, a red seal with the name."""
    sheet = Image.new("RGB", A4, (250, 249, 246))
    draw = ImageDraw.Draw(sheet)
    draw.text((A4[0] / 2, 190), title, font=_font(58), fill=INK, anchor="mm")
    for number, line in enumerate(lines):
        draw.text((150, 340 + 78 * number), line, font=_font(34), fill=INK)
    return stamped(sheet, sealed_by) if sealed_by else sheet


def pages(pdf: bytes) -> Iterator[Image.Image]:
    """The sheets that come out of the printer."""
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield page.render(scale=A4[0] / page.get_width()).to_pil().convert("RGB")


def stamped(sheet: Image.Image, name: str) -> Image.Image:
    """The sheet with a seal (公章) at its foot."""
    draw = ImageDraw.Draw(sheet)
    x, y, radius = sheet.width - 330, sheet.height - 260, 150
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=SEAL, width=9)
    draw.text((x, y - 20), name, font=_font(min(34, 270 // len(name))), fill=SEAL, anchor="mm")
    draw.text((x, y + 50), "★", font=_font(50), fill=SEAL, anchor="mm")
    return sheet


def photo(sheet: Image.Image, shot: object) -> bytes:
    """A JPEG of the sheet on a desk: a little askew, unevenly lit, grainy. The same ``shot`` gives the same photo."""
    chance = random.Random(str(shot))  # noqa: S311  # the same picture every time is the point
    scene = Image.new("RGB", DESK, (142, 116, 92))
    turned = sheet.convert("RGBA").rotate(chance.uniform(-2, 2), Resampling.BICUBIC, expand=True)
    left, top = (DESK[0] - turned.width) // 2, (DESK[1] - turned.height) // 2
    scene.paste(turned, (left + chance.randrange(-20, 20), top + chance.randrange(-20, 20)), turned)
    light = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(DESK)
    shade = light.point([185 + value // 4 for value in range(256)])
    scene = ImageChops.multiply(scene, Image.merge("RGB", (shade,) * 3))
    grain = Image.effect_noise(DESK, 5)
    scene = ImageChops.add(scene, Image.merge("RGB", (grain,) * 3), 1, -128)
    made = io.BytesIO()
    scene.save(made, "JPEG", quality=88)
    return made.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(SERIF), size)
