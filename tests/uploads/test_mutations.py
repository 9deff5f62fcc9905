"""Thousands of broken files: none crashes the API, none is kept unchecked (QX_MUTATIONS=5000 for a release)."""

from __future__ import annotations

import io
import os
import random
from collections import Counter
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import text

from app.limits import Limiter
from tests.api.caller import Caller
from tests.uploads import hostile
from tests.uploads.hostile import picture, written
from tests.uploads.papers import jpeg
from tests.uploads.sending import fetched, send, stored

MANY = int(os.environ.get("QX_MUTATIONS", "200"))
SMALL = picture(120, 90)
SEEDS: dict[str, bytes] = {
    "photo.jpg": jpeg(SMALL, orientation=6),
    "progressive.jpg": written(SMALL, "JPEG", progressive=True),
    "several.jpg": written(SMALL, "MPO", save_all=True, append_images=[SMALL]),
    "photo.png": written(SMALL, "PNG"),
    "palette.png": written(SMALL.quantize(16), "PNG", transparency=0),
    "photo.webp": written(SMALL, "WEBP"),
    "photo.heic": hostile.heic(SMALL),
    "paper.pdf": hostile.pdf(pages=2),
    "packed.pdf": hostile.HARMLESS["packed"],
    "linked.pdf": hostile.HARMLESS["a link to tap"],
}
REFUSED = {
    "upload_unreadable", "upload_bomb", "upload_type_unknown", "upload_mislabelled", "upload_active_content",
    "upload_encrypted", "upload_too_many_pages", "upload_missing",
}  # fmt: skip
Change = Callable[[bytearray, random.Random], None]


def flip(content: bytearray, own: random.Random) -> None:
    for _ in range(own.choice((1, 1, 3, 20))):
        content[own.randrange(len(content))] ^= 1 << own.randrange(8)


def overwrite(content: bytearray, own: random.Random) -> None:
    start = own.randrange(len(content))
    length = own.randrange(1, 64)
    content[start : start + length] = own.choice((bytes(length), b"\xff" * length, own.randbytes(length)))


def cut(content: bytearray, own: random.Random) -> None:
    del content[own.randrange(4, len(content)) :]


def drop(content: bytearray, own: random.Random) -> None:
    start = own.randrange(4, len(content))
    del content[start : start + own.randrange(1, 400)]


def repeat(content: bytearray, own: random.Random) -> None:
    start = own.randrange(len(content))
    piece = content[start : start + own.randrange(1, 800)]
    content[start:start] = piece * own.choice((1, 2, 50))


def enlarge(content: bytearray, own: random.Random) -> None:
    """A number where sizes and lengths stand becomes the largest."""
    start = own.randrange(min(len(content), 600))
    content[start : start + own.choice((2, 4))] = b"\x7f\xff\xff\xff"[: own.choice((2, 4))]


def graft(content: bytearray, own: random.Random) -> None:
    other = own.choice(list(SEEDS.values()))
    start = own.randrange(len(content))
    content[start : start + own.randrange(200)] = other[own.randrange(len(other)) :][: own.randrange(1, 2000)]


CHANGES: tuple[Change, ...] = (flip, overwrite, cut, drop, repeat, enlarge, graft)


def mutated(number: int) -> tuple[str, bytes]:
    own = random.Random(number)
    name = own.choice(list(SEEDS))
    content = bytearray(SEEDS[name])
    for _ in range(own.choice((1, 1, 2, 4))):
        own.choice(CHANGES)(content, own)
    return name, bytes(content)


def test_broken_files_are_refused_or_made_anew_and_never_crash(
    student: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Limiter, "take", lambda *_: None)
    before, outcomes = stored(student), Counter[str]()
    for number in range(MANY):
        name, content = mutated(number)
        answer = send(student, content, name)
        found = answer.get_json()
        if answer.status_code != 201:
            assert 400 <= answer.status_code < 500 and found["code"] in REFUSED, (number, name, found)
            outcomes[found["code"]] += 1
            continue
        outcomes["kept"] += 1
        original = fetched(student, found["original"]).get_data()
        if found["kind"] == "image":
            kept = Image.open(io.BytesIO(original))
            kept.load()
            assert kept.format == "JPEG" and kept.size == (found["width"], found["height"]), number
            assert not kept.getexif() and original.endswith(b"\xff\xd9"), number
        else:
            assert original == content and not hostile.acts(content), number
        assert student.call("DELETE", f"/uploads/{found['id']}").status_code == 204
    with student.services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM upload")) == 0
    assert stored(student) == before
    print(f"{MANY} files: {dict(outcomes.most_common())}")
    assert outcomes["kept"] > MANY * 0.1 and outcomes["upload_unreadable"] > MANY * 0.2
