"""Copies are recognised, scaled, compressed, lit or trimmed; two people's forms of one template are no copies."""

from __future__ import annotations

import io
import os
import random
from itertools import combinations

import pytest
from PIL import Image

from app.uploads import fingerprints
from app.uploads.fingerprints import Fingerprint
from app.uploads.likeness import FAR
from app.uploads.resemblance import SAME, difference
from tests.uploads.papers import jpeg, page, photo

PEOPLE = int(os.environ.get("QX_LIKENESS", "4"))
"""How many papers and photos are tried; QX_LIKENESS=30 takes ten minutes."""


def fingerprint(image: Image.Image) -> Fingerprint:
    found = fingerprints.fingerprint(image.convert("L"))
    assert found
    return found


def again(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(image.convert("RGB"), quality)))


def trimmed(image: Image.Image, share: float, own: random.Random) -> Image.Image:
    """Something cut off at each side, up to this share of it."""
    left, top, right, bottom = (own.uniform(0, share) for _ in range(4))
    box = (left * image.width, top * image.height, (1 - right) * image.width, (1 - bottom) * image.height)
    return image.crop(tuple(map(round, box)))  # type: ignore[arg-type]


def copies(image: Image.Image, own: random.Random) -> dict[str, Image.Image]:
    """What becomes of a picture on its way from phone to phone."""
    return {
        "smaller": again(image.resize((image.width // 2, image.height // 2)), 80),
        "tiny": again(image.resize((480, 480 * image.height // image.width)), 70),
        "compressed": again(image, 35),
        "brighter": again(image.point(lambda value: min(255, int(value * 1.2))), 80),
        "trimmed by 1 %": again(trimmed(image, 0.01, own), 80),
        "trimmed by 3 %": again(trimmed(image, 0.03, own).resize((900, 1200)), 75),
    }


def bits_apart(one: Fingerprint, other: Fingerprint) -> int:
    return sum(a != b for a, b in zip(one.bits, other.bits, strict=True))


def found(one: Fingerprint, other: Fingerprint) -> bool:
    """As the index finds candidates."""
    return bool(set(one.bands) & set(other.bands)) and bits_apart(one, other) <= FAR


def same(one: Fingerprint, other: Fingerprint) -> bool:
    minis = [Image.open(io.BytesIO(each.mini)) for each in (one, other)]
    return found(one, other) and difference(*minis) < SAME


def shots(first: int) -> list[Image.Image]:
    """Photos of filled forms, each person's taken by that person."""
    return [
        photo(page(first + number), first + number, size=(1512, 2016), blur=0.5, tilt=0.04) for number in range(PEOPLE)
    ]


def scans(first: int) -> list[Image.Image]:
    return [page(first + number) for number in range(PEOPLE)]


@pytest.mark.parametrize("kind", [shots, scans])
def test_copies_are_recognised(kind: object) -> None:
    own = random.Random(11)
    missed: list[str] = []
    tried = 0
    for image in kind(300):  # type: ignore[operator]
        whole = fingerprint(image)
        for how, copy in copies(image, own).items():
            tried += 1
            missed += [how] if not same(whole, fingerprint(copy)) else []
    print(f"{len(missed)} of {tried} copies missed: {missed}")
    assert len(missed) <= tried * 0.04  # of those trimmed most


@pytest.mark.parametrize("kind", [shots, scans])
def test_forms_of_one_template_filled_by_two_people_are_not_the_same(kind: object) -> None:
    prints = [fingerprint(image) for image in kind(400)]  # type: ignore[operator]
    assert [pair for pair in combinations(prints, 2) if same(*pair)] == []


def test_a_form_copied_and_trimmed_is_not_taken_for_another_person_s() -> None:
    own = random.Random(12)
    theirs = fingerprint(page(500))
    for person in range(501, 501 + PEOPLE):
        assert not same(theirs, fingerprint(again(trimmed(page(person), 0.02, own), 75)))


def test_two_photos_of_one_paper_are_two_photos() -> None:
    """The paper may be shown to two phones by one person; pushing that on reviewers as a copy would be wrong."""
    assert not same(*(fingerprint(photo(page(9), shot, size=(1512, 2016))) for shot in (1, 2)))


def test_an_empty_page_resembles_nothing() -> None:
    assert fingerprints.fingerprint(Image.new("L", (900, 1200), 250)) is None
    dots = [Image.new("L", (512, 512), 250) for _ in range(2)]
    dots[0].paste(0, (100, 100, 130, 130))
    dots[1].paste(0, (100, 100, 130, 131))
    assert difference(*dots) == 1


def test_a_picture_is_found_by_bands_that_are_few_and_in_their_place() -> None:
    bands = fingerprint(page(1)).bands
    assert len(bands) == 8 and [band >> 8 for band in bands] == list(range(8))
