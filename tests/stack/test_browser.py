"""Browser tests find a browser and a Chinese font, or say what is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stack import browser


def test_a_browser_and_a_chinese_font_are_there() -> None:
    found = browser.chromium()
    assert browser.has_chinese_font()
    said = subprocess.run([found, "--version", "--no-sandbox"], capture_output=True, text=True, check=True)
    assert any(name in said.stdout for name in ("Chromium", "Chrome", "Edge"))


def test_where_nothing_can_be_installed_the_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(browser.BrowserMissing, match="Chromium and a font with Chinese characters"):
        browser.chromium()
