"""A browser for tests: the machine's Chromium with a Chinese font, installed from the distribution when absent."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge-stable")
_PLACES = (Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),)
_PACKAGES = ("chromium", "fonts-noto-cjk", "fontconfig")
_SENTENCE = (
    "browser tests need Chromium and a font with Chinese characters. Install them "
    f"(Debian, Ubuntu: apt-get install --no-install-recommends {' '.join(_PACKAGES)}) and start again."
)


class BrowserMissing(Exception):
    """There is no browser or no Chinese font, and we may not or cannot install one."""


def find_chromium() -> Path | None:
    """The first Chromium or one of its kin on this machine."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(found) if found else next((place for place in _PLACES if place.exists()), None)


def has_chinese_font() -> bool:
    """Whether text in Chinese is drawn with glyphs, not with boxes."""
    if shutil.which("fc-list") is None:
        return any(place.exists() for place in _PLACES)  # macOS always brings such fonts
    listed = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def chromium() -> Path:
    """Chromium's path, after installing it and a font where that is needed and allowed.

    Raises :class:`BrowserMissing` with what to do; a test that needs a browser fails then, it is not skipped.
    """
    if not _complete():
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            raise BrowserMissing(_SENTENCE)
        _install()
    found = find_chromium()
    if found is None or not has_chinese_font():
        raise BrowserMissing(_SENTENCE)
    return found


def launch_arguments() -> list[str]:
    """Chromium's arguments for a machine without screen and without a network beyond itself."""
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
    # Chromium's own sandbox refuses to work for root, and root is who runs in most containers.
    return [*quiet, "--no-sandbox"] if os.geteuid() == 0 else quiet


def _complete() -> bool:
    return find_chromium() is not None and has_chinese_font()


def _install() -> None:
    print(f"正在安装浏览器与中文字体 · installing {', '.join(_PACKAGES)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    waiting = ["-qq", "-o", "DPkg::Lock::Timeout=600"]
    for argv in (
        ["apt-get", *waiting, "update"],
        ["apt-get", *waiting, "install", "-y", "--no-install-recommends", *_PACKAGES],
    ):
        done = subprocess.run(
            argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BrowserMissing(f"{' '.join(argv)} failed:\n{(done.stdout + done.stderr)[-2000:]}\n{_SENTENCE}")
