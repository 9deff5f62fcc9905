"""What is refused, by real bytes: with a stable code, a sentence that says what to do, and nothing kept of it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from app.uploads import sniff
from app.uploads.intake import LARGEST, MOST_LOOSE
from tests.api.caller import Caller, problem
from tests.factories import World
from tests.uploads import hostile
from tests.uploads.hostile import picture, written
from tests.uploads.made import make_upload
from tests.uploads.papers import jpeg
from tests.uploads.sending import fetched, rows, send, sent, stored

GOOD = jpeg(picture())
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MEMBERS = {"type", "title", "status", "detail", "code", "instance"}

BOMBS = {
    "a page of zeros as PNG": (hostile.png_of(60_000, 60_000, 50_000_000), "png"),
    "a PNG just over the limit": (hostile.png_of(8_100, 8_000, 8_100 * 3 * 8_000), "png"),
    "a JPEG that says it is huge": (hostile.jpeg_saying(65_500, 65_500), "jpg"),
    "an HEIC that says it is huge": (hostile.heic_saying(32_000, 32_000), "heic"),
    "a WebP that says it is huge": (hostile.webp_saying(16_383, 16_383), "webp"),
}
UNREADABLE = {
    "half a JPEG": (GOOD[: len(GOOD) // 2], "jpg"),
    "half a PNG": (written(picture(), "PNG")[:60_000], "png"),
    "half a WebP": (written(picture(), "WEBP")[:5_000], "webp"),
    "half an HEIC": (hostile.heic()[:-3_000], "heic"),
    "half a PDF": (hostile.pdf(pages=9)[:2_000], "pdf"),
    "a PNG that holds less than it says": (hostile.png_of(2_000, 2_000, 1_000), "png"),
    "only the beginning of a JPEG": (GOOD[:3], "jpg"),
    "only the beginning of a PDF": (b"%PDF-1.7", "pdf"),
    "a PNG that unfolds its description": (hostile.text_bomb_png(), "png"),
    "a PDF with an archive behind it": (hostile.pdf() + hostile.archive(), "pdf"),
    "a PDF with a page behind it": (hostile.pdf() + hostile.SCRIPT, "pdf"),
    "a PDF with an archive in it": (hostile.pdf() + hostile.archive() + b"\n%%EOF\n", "pdf"),
    "a PDF whose table is wrong": (hostile.pdf().replace(b"0000000015", b"0000000099"), "pdf"),
    "a PDF of no pages": (hostile.pdf(pages=0), "pdf"),
}
UNKNOWN = {
    "a GIF": written(picture(), "GIF"),
    "a BMP": written(picture(), "BMP"),
    "a TIFF": written(picture(), "TIFF"),
    "an AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(200),
    "an SVG": hostile.SVG,
    "a page": hostile.SCRIPT,
    "a program": hostile.PROGRAM,
    "an archive": hostile.archive(),
    "text": "这是我的证明".encode(),
    "zeros": bytes(10_000),
    "a page before a JPEG": hostile.SCRIPT + GOOD,
    "a page before a PDF": hostile.SCRIPT + hostile.pdf(),
}


def refused(student: Caller, content: bytes, name: str, status: int, code: str, **options: str) -> str:
    """Sends what must be refused so, and that nothing of it is kept; returns the sentence."""
    before = stored(student)
    found = problem(send(student, content, name, **options), status, code)
    assert CHINESE.search(found["title"]) and CHINESE.search(found["detail"]) and found.keys() == MEMBERS
    assert stored(student) == before and rows(student) == 0
    return str(found["detail"])


@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_is_refused_before_it_unfolds(student: Caller, what: str) -> None:
    content, kind = BOMBS[what]
    assert "6400 万" in refused(student, content, f"照片.{kind}", 422, "upload_bomb")


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_broken_or_more_than_it_seems_is_refused(student: Caller, what: str) -> None:
    content, kind = UNREADABLE[what]
    refused(student, content, f"材料.{kind}", 422, "upload_unreadable")


@pytest.mark.parametrize("what", UNKNOWN)
@pytest.mark.parametrize("name", ["证明.jpg", "证明.pdf", "证明"])
def test_what_is_no_photo_and_no_pdf_is_refused_whatever_it_is_called(student: Caller, what: str, name: str) -> None:
    assert "PDF" in refused(student, UNKNOWN[what], name, 415, "upload_type_unknown")


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (written(picture(), "PNG"), "证明.jpg", None),
        (GOOD, "证明.png", None),
        (GOOD, "证明.pdf", None),
        (hostile.pdf(), "证明.jpg", None),
        (GOOD, "photo.jpg.exe", "image/jpeg"),
        (GOOD, "photo.html", "application/octet-stream"),
        (GOOD, "证明.jpg", "application/pdf"),
        (GOOD, "证明.jpg", "text/html"),
        (GOOD, "证明.jpg", "image/svg+xml"),
        (hostile.heic(), "IMG_1.jpg", "image/jpeg"),
    ],
)
def test_a_file_that_lies_about_its_type_is_refused(
    student: Caller, content: bytes, name: str, media_type: str | None
) -> None:
    options = {"media_type": media_type} if media_type else {}
    assert (
        "不符" in refused(student, content, name, 415, "upload_mislabelled", **options)
        or "其实" in problem(send(student, content, name, **options), 415, "upload_mislabelled")["detail"]
    )


@pytest.mark.parametrize(("name", "media_type"), [("image", "image/*"), ("blob", "application/octet-stream")])
def test_a_phone_that_does_not_know_the_type_is_believed_by_the_content(
    student: Caller, name: str, media_type: str
) -> None:
    assert sent(student, GOOD, name, media_type=media_type)["name"] == f"{name}.jpg"


@pytest.mark.parametrize("what", hostile.ACTIVE)
def test_a_pdf_that_could_act_by_itself_is_refused(student: Caller, what: str) -> None:
    assert "打印成 PDF" in refused(student, hostile.ACTIVE[what], "函.pdf", 422, "upload_active_content")


@pytest.mark.parametrize("what", hostile.LOCKED)
def test_a_locked_pdf_is_refused(student: Caller, what: str) -> None:
    assert "密码" in refused(student, hostile.LOCKED[what], "函.pdf", 422, "upload_encrypted")


def test_a_long_pdf_is_refused(student: Caller) -> None:
    assert "20 页" in refused(student, hostile.pdf(pages=21), "函.pdf", 422, "upload_too_many_pages")


@pytest.mark.parametrize("what", hostile.HARMLESS)
def test_a_harmless_pdf_is_kept_to_the_byte(student: Caller, what: str) -> None:
    content = hostile.HARMLESS[what]
    made = sent(student, content, "录用函.pdf")
    assert fetched(student, made["original"]).get_data() == content
    assert len(made["pages"]) == (20 if what == "twenty pages" else 1)
    shown = Image.open(io.BytesIO(fetched(student, made["pages"][-1]["href"]).get_data()))
    assert max(shown.size) == 1800 and min(shown.convert("L").tobytes()) < 100, "the line of text is drawn"


def test_a_huge_file_is_refused_unread(student: Caller) -> None:
    assert "20 MB" in refused(student, GOOD + bytes(LARGEST), "证明.jpg", 413, "upload_too_large")
    assert "20 MB" in refused(student, GOOD + bytes(LARGEST + 1 - len(GOOD)), "证明.jpg", 413, "upload_too_large")
    assert sent(student, GOOD + bytes(LARGEST - len(GOOD)))["size"] < 1_000_000, "what hung behind it is gone"


@pytest.mark.parametrize(
    "body",
    [
        {"data": {}},
        {"json": {}},
        {"data": b"", "content_type": "multipart/form-data; boundary=x"},
        {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"},
        {"data": b"x" * 5000, "content_type": "multipart/form-data"},
        {"data": GOOD, "content_type": "image/jpeg"},
        {"data": {"file": "text"}},
        {"data": {"other": (io.BytesIO(GOOD), "a.jpg")}},
        {"data": {"file": (io.BytesIO(b""), "a.jpg")}},
    ],
    ids=["nothing", "JSON", "an empty body", "half a body", "no boundary", "a bare file", "a text", "another", "empty"],
)
def test_a_request_without_a_whole_file_is_refused(student: Caller, body: dict[str, object]) -> None:
    problem(student.call("POST", "/uploads", **body), 400, "upload_missing")
    assert rows(student) == 0


def test_two_files_at_once_are_refused(student: Caller) -> None:
    body = {"file": [(io.BytesIO(GOOD), "a.jpg"), (io.BytesIO(GOOD), "b.jpg")]}
    problem(student.call("POST", "/uploads", data=body), 400, "upload_missing")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd.jpg", "passwd.jpg"),
        ("/etc/cron.d/证明.jpg", "证明.jpg"),
        ("....jpg", "照片.jpg"),
        ("证明\u202egnp.jpg", "证明gnp.jpg"),
        ("a\x00b\x1bc.jpg", "abc.jpg"),
        ("长" * 300 + ".jpg", "长" * 80 + ".jpg"),
        ("<script>.jpg", "script.jpg"),
    ],
)
def test_a_name_is_shown_tidy_and_leads_nowhere(student: Caller, tmp_path: Path, name: str, shown: str) -> None:
    made = sent(student, GOOD, name)
    assert made["name"] == shown
    disposition = fetched(student, made["original"]).headers["Content-Disposition"]
    assert re.fullmatch(r"inline; filename\*=UTF-8''[A-Za-z0-9%._~-]+", disposition)
    kept = student.services.settings.storage_dir.resolve()
    assert all(re.fullmatch(r"[0-9a-f]{64}", path.name) for path in kept.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("..\\..\\windows\\证明.jpg", "证明.jpg"),
        ('"><img src=x onerror=alert(1)>.jpg', "img src=x onerror=alert(1).jpg"),
        ("COM1: con|aux?*.jpg", "COM1 conaux.jpg"),
        (None, "照片.jpg"),
        ("a.jpg\r\nSet-Cookie: x.jpg", "a.jpgSet-Cookie x.jpg"),
    ],
)
def test_names_that_clients_do_not_send_are_tidied_all_the_same(name: str | None, shown: str) -> None:
    assert sniff.look(GOOD[:64], name, None).name == shown


@pytest.mark.parametrize("content", [hostile.JPEG_AND_ZIP, hostile.JPEG_AND_SCRIPT], ids=["archive", "page"])
def test_of_what_is_two_things_at_once_only_the_picture_is_kept(student: Caller, content: bytes) -> None:
    made = sent(student, content)
    for href in (made["original"], made["thumb"], made["pages"][0]["href"]):
        kept = fetched(student, href).get_data()
        assert kept.startswith(b"\xff\xd8\xff") and kept.endswith(b"\xff\xd9")
        assert not any(trace in kept for trace in (b"PK\x03\x04", b"run.exe", b"<script>", b"<html>"))


def test_a_picture_that_would_take_for_ever_is_given_up(student: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    darkroom = student.services.intake.darkroom
    monkeypatch.setattr(darkroom, "_patience", 1.5)
    refused(student, hostile.endless_jpeg(), "证明.jpg", 422, "upload_unreadable")
    monkeypatch.undo()
    assert sent(student, GOOD), "the next one finds a new darkroom"


def test_a_graduate_cannot_pile_up_files(world: World, student: Caller) -> None:
    assert student.actor
    for _ in range(MOST_LOOSE):
        make_upload(world, student.actor)
    found = problem(send(student, GOOD), 429, "too_many")
    assert "删除" in found["detail"]
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE upload SET submitted_at = now()"))
    assert sent(student, GOOD), "what was handed in does not count"


def test_an_account_cannot_send_without_end(student: Caller) -> None:
    answers = [send(student, b"GIF89a") for _ in range(62)]
    assert {answer.status_code for answer in answers[:60]} == {415}
    assert {answer.status_code for answer in answers[60:]} == {429} and int(answers[-1].headers["Retry-After"]) > 0
