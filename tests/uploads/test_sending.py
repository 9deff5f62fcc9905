"""A photo or PDF is taken, shown before it is handed in, seen by whom it concerns, and taken away again."""

from __future__ import annotations

import io

from PIL import Image

from tests.api.caller import Caller
from tests.uploads.papers import proof
from tests.uploads.sending import fetched, rows, sent, stored


def test_a_phone_photo_is_kept_whole_and_shown_small(student: Caller) -> None:
    made = sent(student, proof(), "IMG_0001.JPG")
    assert (made["kind"], made["name"], made["width"], made["height"]) == ("image", "IMG_0001.jpg", 3024, 4032)
    assert made["scan"]["code"] == "unscanned" and not made["submitted"] and made["warnings"] == []
    (page,) = made["pages"]
    assert page["size"] <= 300_000 and max(page["width"], page["height"]) >= 1600
    for href, size in ((page["href"], (page["width"], page["height"])), (made["original"], (3024, 4032))):
        answer = fetched(student, href)
        picture = Image.open(io.BytesIO(answer.get_data()))
        assert picture.size == size and not picture.getexif()
    assert len(fetched(student, made["thumb"]).get_data()) < 30_000


def test_the_same_file_again_is_the_same_upload(student: Caller) -> None:
    before = stored(student)
    first = sent(student, proof())
    again = sent(student, proof(), "另一个名字.jpg")
    assert again["id"] == first["id"] and rows(student) == 1 and stored(student) - before == 4


def test_what_is_taken_away_is_gone_with_its_files(student: Caller) -> None:
    before = stored(student)
    made = sent(student, proof())
    assert student.call("DELETE", f"/uploads/{made['id']}").status_code == 204
    assert stored(student) == before and rows(student) == 0
    assert fetched(student, made["original"]).status_code == 404
    assert student.get(f"/uploads/{made['id']}").status_code == 404
