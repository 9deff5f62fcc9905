"""Files are opened where nothing can be stolen, and what they do to their decoder ends with it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from app.problems import UploadBusy, UploadUnreadable
from app.uploads import darkroom
from app.uploads.darkroom import ROOT, Darkroom
from app.uploads.sniff import Form
from tests.uploads import hostile
from tests.uploads.hostile import picture, written
from tests.uploads.papers import jpeg, proof

GOOD = jpeg(picture())


def file_of(content: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115  (given on)
    file.write(content)
    return file


@pytest.fixture
def room() -> Iterator[Darkroom]:
    made = Darkroom()
    yield made
    made.close()


def develop(room: Darkroom, content: bytes, form: Form = Form.JPEG) -> dict[str, bytes]:
    with file_of(content) as file:
        return dict(room.develop(file, form).parts)


def process(room: Darkroom) -> subprocess.Popen[bytes]:
    assert room._process
    return room._process


def test_it_holds_no_secret_of_ours(room: Darkroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QX_DATA_KEYS", "k1:secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    develop(room, GOOD)
    held = Path(f"/proc/{process(room).pid}/environ").read_bytes()
    assert b"secret" not in held and b"DATABASE" not in held
    loaded = Path(f"/proc/{process(room).pid}/maps").read_text()
    assert "_imaging" in loaded and not any(name in loaded for name in ("psycopg", "cryptography", "sqlalchemy"))


def test_one_process_serves_many_files_and_is_made_anew_when_worn_out(
    room: Darkroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(darkroom, "WORN_OUT", 3)
    seen = []
    for _ in range(4):
        develop(room, GOOD)
        seen.append(process(room).pid)
    assert len(set(seen[:3])) == 1 and seen[3] != seen[0]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP])
def test_one_that_dies_or_hangs_costs_one_file_only(how: signal.Signals) -> None:
    room = Darkroom(patience=1.5)
    develop(room, GOOD)
    first = process(room)
    os.kill(first.pid, how)
    with pytest.raises(UploadUnreadable):
        develop(room, GOOD)
    assert develop(room, GOOD) and process(room).pid != first.pid
    room.close()
    assert first.poll() is not None


def test_it_ends_with_whoever_began_it() -> None:
    code = (
        "import os, signal, tempfile; from app.uploads.darkroom import Darkroom; from app.uploads.sniff import Form\n"
        f"file = tempfile.TemporaryFile(); file.write({jpeg(picture(40, 30))!r})\n"
        "room = Darkroom(); room.develop(file, Form.JPEG); print(room._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    child = int(done.stdout)
    for _ in range(200):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":  # nobody here reaps orphans
            return
        signal.sigtimedwait([], 0.05)
    pytest.fail("it is still there")


def test_many_at_once_take_turns_and_each_gets_its_own(room: Darkroom) -> None:
    sizes = [(200 + 10 * number, 150) for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda size: develop(room, written(picture(*size), "PNG"), Form.PNG), sizes))
    from PIL import Image

    assert [Image.open(io.BytesIO(parts["original"])).size for parts in made] == sizes


def test_whoever_waits_too_long_is_told_to_come_back(room: Darkroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darkroom, "QUEUE", 0.05)
    with room._turn, pytest.raises(UploadBusy) as caught:
        develop(room, GOOD)
    assert caught.value.headers["Retry-After"]


# Memory


def peak(tmp_path: Path, content: bytes, form: Form) -> tuple[str, int]:
    """What became of it, and MB at most, in a process that does nothing else."""
    file = tmp_path / "file"
    file.write_bytes(content)
    command = [sys.executable, "-m", "tests.uploads.peak", str(file), form.value]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    outcome, most = done.stdout.split()
    return outcome, int(most)


def test_twelve_megapixels_turned_upright_stay_under_120_mb(tmp_path: Path) -> None:
    outcome, most = peak(tmp_path, proof(), Form.JPEG)
    assert outcome == "developed" and most < 120


@pytest.mark.parametrize(
    ("content", "form", "most"),
    [
        (hostile.png_of(60_000, 60_000, 50_000_000), Form.PNG, 60),
        (hostile.jpeg_saying(65_500, 65_500), Form.JPEG, 60),
        (hostile.webp_saying(16_383, 16_383), Form.WEBP, 60),
        (hostile.heic_saying(32_000, 32_000), Form.HEIC, 90),
        (hostile.text_bomb_png(), Form.PNG, 130),
    ],
    ids=["PNG", "JPEG", "WebP", "HEIC", "text"],
)
def test_bombs_cost_no_more_than_a_small_picture(tmp_path: Path, content: bytes, form: Form, most: int) -> None:
    outcome, held = peak(tmp_path, content, form)
    assert outcome in ("upload_bomb", "upload_unreadable") and held < most


def test_a_pdf_that_unfolds_to_gigabytes_is_given_up(room: Darkroom) -> None:
    """A stream packed twice: a few hundred kilobytes that become 280 MB of drawing."""
    import zlib

    import pikepdf

    def swollen(document: pikepdf.Pdf) -> None:
        twice = zlib.compress(zlib.compress(b"0 0 m 9 9 l S " * 20_000_000, 9), 9)
        stream = pikepdf.Stream(document, twice)
        stream.stream_dict.Filter = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
        document.pages[0].Contents = document.make_indirect(stream)

    content = hostile.pdf(swollen)
    assert len(content) < 1_000_000
    quick = Darkroom(patience=3)
    with pytest.raises(UploadUnreadable):
        develop(quick, content, Form.PDF)
    assert develop(quick, GOOD)
    quick.close()
