"""With a scanner nothing is taken that it has not seen; without one uploads say 未扫描."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.settings import Settings
from app.uploads.scanner import Clamd
from tests.api.caller import Caller, problem
from tests.uploads import hostile
from tests.uploads.clamd import SIGN, Daemon, clamd
from tests.uploads.hostile import picture
from tests.uploads.papers import jpeg
from tests.uploads.sending import rows, send, sent

GOOD = jpeg(picture(1400, 1000))


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with clamd() as running:
        yield running


@pytest.fixture
def scanned(student: Caller, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Caller:
    intake = replace(student.services.intake, scanner=Clamd(*daemon.address))
    monkeypatch.setitem(student.services.__dict__, "intake", intake)
    return student


def test_a_clean_file_is_sent_whole_and_labelled(scanned: Caller, daemon: Daemon) -> None:
    made = sent(scanned, GOOD)
    assert made["scan"] == {"code": "clean", "text": "已扫描，未发现病毒"} and daemon.seen == [GOOD]
    sent(scanned, GOOD)
    assert len(daemon.seen) == 1, "what is known is not scanned again"


def test_without_a_scanner_it_says_so(student: Caller) -> None:
    assert sent(student, GOOD)["scan"] == {"code": "unscanned", "text": "未扫描病毒"}


@pytest.mark.parametrize(
    ("content", "name"), [(GOOD + SIGN, "a.jpg"), (hostile.pdf().replace(b"%\xbf", b"%" + SIGN + b"\n%\xbf"), "a.pdf")]
)
def test_a_virus_is_refused_before_anything_opens_the_file(scanned: Caller, content: bytes, name: str) -> None:
    found = problem(send(scanned, content, name), 422, "upload_infected")
    assert "病毒" in found["detail"] and rows(scanned) == 0


@pytest.mark.parametrize("said", [b"", b"stream: size limit exceeded ERROR\0", b"PONG\0", b"stream: OK FOUND ERROR\0"])
def test_a_scanner_that_does_not_answer_lets_nothing_through(scanned: Caller, daemon: Daemon, said: bytes) -> None:
    daemon.says = said
    answer = send(scanned, GOOD)
    problem(answer, 503, "upload_busy")
    assert answer.headers["Retry-After"] == "10" and rows(scanned) == 0


def test_a_scanner_that_is_away_lets_nothing_through(student: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = replace(student.services.intake, scanner=Clamd("127.0.0.1", 9))
    monkeypatch.setitem(student.services.__dict__, "intake", intake)
    problem(send(student, GOOD), 503, "upload_busy")
    assert rows(student) == 0


def test_the_setting_names_host_and_port(product_environment: dict[str, str]) -> None:
    assert Settings.from_environment(product_environment).clamd is None
    named = Settings.from_environment(product_environment | {"CLAMD_ADDRESS": "[::1]:3310"})
    assert named.clamd == ("::1", 3310)
