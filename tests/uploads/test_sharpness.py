"""Blurred photos of documents are warned about, sharp ones are not, whatever the light, the grain and the distance."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageFilter

from app.uploads import pictures
from app.uploads.sharpness import is_blurred
from app.uploads.sniff import Form
from tests.uploads.papers import A4, jpeg, page, photo

# A character of the page is 28 pixels high in the photo: at a blur of 1.5 it is soft, at 3 its strokes run together.
SIZE = (1512, 2016)
SHARP, ILLEGIBLE = (0.3, 0.8, 1.3), (3.0, 4.0, 6.0)


def judged(scene: Image.Image) -> bool:
    """As the darkroom judges a photo of it."""
    return is_blurred(pictures.drafted(io.BytesIO(jpeg(scene, 88)), Form.JPEG).convert("L"))


@pytest.mark.parametrize("noise", [1, 5, 10])
def test_sharp_pages_pass_and_illegible_ones_are_told_in_any_grain(noise: float) -> None:
    told = {
        blur: judged(photo(page(3, int(noise)), 5, blur=blur, noise=noise, size=SIZE)) for blur in SHARP + ILLEGIBLE
    }
    assert told == {blur: blur in ILLEGIBLE for blur in told}


@pytest.mark.parametrize("light", [0.25, 0.5, 1.3])
def test_a_dark_or_bright_photo_of_a_sharp_page_is_not_blurred(light: float) -> None:
    def lit(blur: float) -> Image.Image:
        return photo(page(4), 6, blur=blur, size=SIZE).point(lambda value: min(255, int(value * light)))

    assert [judged(lit(0.6)), judged(lit(3.5))] == [False, True]


def test_a_page_far_away_is_judged_by_its_smaller_characters() -> None:
    table = Image.new("RGB", (A4[0] * 2, A4[1] * 2), (120, 100, 90))
    table.paste(page(5), (A4[0] // 2, A4[1] // 2))
    assert [judged(photo(table, 7, blur=blur, size=SIZE)) for blur in (0.4, 2.3)] == [False, True]


def test_scans_and_screenshots_are_sharp_and_enlarged_ones_are_not() -> None:
    screenshot = page(6).resize((1080, 1527))
    assert [is_blurred(image.convert("L")) for image in (page(6), screenshot)] == [False, False]
    enlarged = page(6).resize((170, 240)).resize(A4)
    assert is_blurred(enlarged.convert("L"))
    assert is_blurred(screenshot.filter(ImageFilter.GaussianBlur(3.5)).convert("L"))


def test_a_picture_that_shows_nothing_is_told_and_one_too_small_to_judge_is_not() -> None:
    assert is_blurred(Image.new("L", (3000, 2000), 40))
    assert not is_blurred(Image.effect_noise((150, 150), 50))
