"""Pictures of every kind are made anew: upright, plain, without metadata, small enough to show and still readable."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from app.uploads import pictures
from app.uploads.developing import develop
from app.uploads.sniff import Form
from tests.uploads.hostile import heic, picture, written
from tests.uploads.papers import jpeg, page, photo, proof

CORNERS = {
    "top left": (250, 20, 20),
    "top right": (20, 250, 20),
    "bottom left": (20, 20, 250),
    "bottom right": (250, 250, 20),
}


def cornered(width: int = 640, height: int = 400) -> Image.Image:
    """Each quarter in a colour of its own."""
    image = Image.new("RGB", (width, height), "white")
    for number, colour in enumerate(CORNERS.values()):
        image.paste(colour, (number % 2 * width // 2, number // 2 * height // 2, (number % 2 + 1) * width // 2, height))
    return image


def developed(
    content: bytes, form: Form = Form.JPEG
) -> tuple[dict[str, Any], dict[str, Image.Image], dict[str, bytes]]:
    """Facts, parts as pictures, parts as bytes."""
    facts, parts = develop(io.BytesIO(content), form)
    return facts, {name: Image.open(io.BytesIO(part)) for name, part in parts}, dict(parts)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(orientation: int) -> None:
    facts, pictures_of, _ = developed(jpeg(cornered(), orientation=orientation))
    assert (facts["width"], facts["height"]) == (640, 400)
    for name in ("original", "page-1"):
        assert difference(pictures_of[name], cornered()) < 4, name
    assert pictures_of["thumb"].width > pictures_of["thumb"].height


@pytest.mark.parametrize("tag", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_turns_nothing(tag: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = tag
    _, parts, _ = developed(written(cornered(), "JPEG", exif=exif))
    assert difference(parts["original"], cornered()) < 4


def test_broken_metadata_are_no_reason_to_refuse_a_photo() -> None:
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"Exif\0\0MM\0*" + bytes(range(200))):
        _, parts, _ = developed(written(cornered(), "JPEG", exif=exif))
        assert difference(parts["original"], cornered()) < 4


def test_nothing_of_the_metadata_is_kept() -> None:
    content = jpeg(picture(), orientation=6, comment="某某的手机", icc_profile=bytes(3000), dpi=(300, 300))
    xmp = b"\xff\xe1\0\x30http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>secret"
    content = content[:2] + xmp.ljust(50, b" ") + content[2:]
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(0x8825), "it says where it was taken"
    _, parts, raw = developed(content)
    for name, part in parts.items():
        assert not part.getexif() and part.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}, name
        assert not any(trace in raw[name] for trace in (b"Exif", b"Phone", b"xmp", "手机".encode(), b"ICC_PROFILE"))


GRAY16 = Image.frombytes("I;16", (256, 256), b"".join(bytes([x, x]) for _ in range(256) for x in range(256)))
RISING = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90)
WHITE = Image.new("RGB", (640, 400), "white")
SEE_THROUGH = Image.merge("RGBA", (*cornered().split(), Image.new("L", (640, 400), 0)))
KINDS: dict[str, tuple[bytes, Form, Image.Image | None]] = {
    "PNG": (written(cornered(), "PNG"), Form.PNG, cornered()),
    "WebP": (written(cornered(), "WEBP", quality=90), Form.WEBP, cornered()),
    "HEIC": (heic(cornered()), Form.HEIC, cornered()),
    "progressive JPEG": (written(cornered(), "JPEG", progressive=True, quality=95), Form.JPEG, cornered()),
    "gray JPEG": (written(cornered().convert("L"), "JPEG", quality=95), Form.JPEG, cornered().convert("L")),
    "CMYK JPEG": (written(cornered().convert("CMYK"), "JPEG", quality=95), Form.JPEG, cornered()),
    "full colour JPEG": (written(cornered(), "JPEG", subsampling=0, quality=95), Form.JPEG, cornered()),
    "palette PNG": (written(cornered().quantize(16), "PNG"), Form.PNG, cornered()),
    "black and white PNG": (
        written(cornered().convert("1", dither=Image.Dither.NONE), "PNG"),
        Form.PNG,
        cornered().convert("1", dither=Image.Dither.NONE).convert("L"),
    ),
    "gray PNG of 16 bits": (written(GRAY16, "PNG"), Form.PNG, RISING),
    "transparent PNG": (written(SEE_THROUGH, "PNG"), Form.PNG, WHITE),
    "transparent palette PNG": (written(cornered().quantize(16), "PNG", transparency=0), Form.PNG, None),
    "gray and transparent PNG": (written(SEE_THROUGH.convert("LA"), "PNG"), Form.PNG, WHITE),
    "moving PNG": (written(cornered(), "PNG", save_all=True, append_images=[picture(640, 400)]), Form.PNG, cornered()),
    "moving WebP": (
        written(cornered(), "WEBP", save_all=True, append_images=[picture(640, 400)], quality=95),
        Form.WEBP,
        cornered(),
    ),
    "JPEG with a second picture": (
        written(cornered(), "MPO", save_all=True, append_images=[picture(640, 400)], quality=95),
        Form.JPEG,
        cornered(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_every_kind_look_as_they_did(kind: str) -> None:
    content, form, looks = KINDS[kind]
    facts, parts, raw = developed(content, form)
    assert all(part.format == "JPEG" and part.mode in ("L", "RGB") for part in parts.values())
    assert raw.keys() >= {"original", "page-1", "thumb"} and facts["pages"][0][0] == len(raw["page-1"])
    if looks is not None:
        assert difference(parts["original"], looks) < 6


def test_a_12_megapixel_photo_is_small_and_sharp_and_its_original_whole() -> None:
    facts, parts, raw = developed(proof())
    assert facts["warnings"] == []
    assert len(raw["page-1"]) <= pictures.SHOWN_BYTES and max(parts["page-1"].size) >= pictures.LONG_EDGE
    assert parts["original"].size == (3024, 4032)
    upright = Image.open(io.BytesIO(proof())).transpose(Image.Transpose.ROTATE_270)
    assert difference(parts["original"], upright) < 2, "at high quality"


@pytest.mark.parametrize(("width", "height"), [(1600, 1200), (1599, 900), (800, 600), (1080, 1527)])
def test_a_picture_is_never_made_larger(width: int, height: int) -> None:
    facts, parts, _ = developed(jpeg(page(1).resize((width, height))))
    assert parts["page-1"].size == parts["original"].size == (width, height)
    assert ("small" in facts["warnings"]) == (max(width, height) < pictures.SMALL_EDGE)


def test_a_screenshot_of_a_long_page_stays_readable_across() -> None:
    paper = page(1).resize((1080, 1527))
    long = Image.new("RGB", (1080, 9_000), "white")
    for top in range(0, 9_000, 1527):
        long.paste(paper, (0, top))
    facts, parts, raw = developed(written(long, "PNG"), Form.PNG)
    assert parts["page-1"].width >= pictures.SHORT_EDGE
    assert facts["warnings"] == ["heavy"] and len(raw["page-1"]) > pictures.SHOWN_BYTES


def test_where_300_kb_and_legibility_collide_legibility_wins_and_says_so() -> None:
    noise = Image.effect_noise((3000, 2000), 90)
    facts, parts, raw = developed(jpeg(Image.merge("RGB", (noise, noise.rotate(180), noise)), 95))
    assert "heavy" in facts["warnings"]
    assert len(raw["page-1"]) > pictures.SHOWN_BYTES and max(parts["page-1"].size) >= pictures.LONG_EDGE


def test_documents_of_every_light_and_grain_fit_into_300_kb_at_1600_pixels() -> None:
    own = random.Random(7)
    for shot in range(3):
        scene = photo(page(shot, shot), shot, noise=own.uniform(1, 7), blur=own.uniform(0.5, 2))
        facts, parts, raw = developed(jpeg(scene, own.randrange(80, 96)))
        assert facts["warnings"] == []
        assert len(raw["page-1"]) <= pictures.SHOWN_BYTES and max(parts["page-1"].size) >= pictures.LONG_EDGE


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 900), (900, 1), (16, 16), (63, 65), (20_000, 40)])
def test_odd_shapes_are_taken_without_a_fault(width: int, height: int) -> None:
    facts, parts, _ = developed(written(Image.new("RGB", (width, height), "red"), "PNG"), Form.PNG)
    assert parts["original"].size == (width, height) and facts["pages"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((4032, 3024), (1600, 1200)),
        ((3024, 4032), (1200, 1600)),
        ((1000, 1000), (1000, 1000)),
        ((4000, 1000), (4000, 1000)),
        ((1080, 20_000), (648, 12_000)),
        ((9000, 7000), (1600, 1244)),
    ],
)
def test_the_smallest_size_of_a_shown_picture(size: tuple[int, int], shown: tuple[int, int]) -> None:
    assert pictures.shown_size(size) == shown
