"""Independent readers of what we make: poppler and zbar, from the distribution when the machine lacks them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = {
    "pdftotext": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "pdfsig": "poppler-utils",
    "zbarimg": "zbar-tools",
}


class ToolMissing(Exception):
    """A reader is absent and cannot be installed here; the test fails and says which package to install."""


def program(name: str) -> str:
    """The path of a program, after installing its package where needed and possible."""
    with Path(tempfile.gettempdir(), "quxiang-test-tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test workers must not install at the same time
        found = shutil.which(name) or _install(name)
    if not found:
        raise ToolMissing(f"{name} is missing: install the package {PACKAGES[name]} (apt-get install {PACKAGES[name]})")
    return found


def _install(name: str) -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    waiting = ["-qq", "-o", "DPkg::Lock::Timeout=600"]
    for step in (["update"], ["install", "-y", "--no-install-recommends", PACKAGES[name]]):
        subprocess.run(
            ["apt-get", *waiting, *step], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    return shutil.which(name)


def text_of(pdf: bytes) -> str:
    """What a person can select and copy, in drawing order and without blanks: where lines break is not our concern."""
    done = subprocess.run([program("pdftotext"), "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", "", done.stdout.decode())


def pictures_of(pdf: bytes, folder: Path, *, dots_per_inch: int = 150) -> list[Path]:
    """Every page as PNG."""
    argv = [program("pdftoppm"), "-r", str(dots_per_inch), "-png", "-", str(folder / "page")]
    subprocess.run(argv, input=pdf, check=True, capture_output=True)
    return sorted(folder.glob("page-*.png"))


def codes_in(picture: Path) -> list[str]:
    """What zbar reads from a picture."""
    argv = [program("zbarimg"), "--quiet", "--raw", "--nodbus", str(picture)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.split()


def signature_report(pdf: bytes, folder: Path) -> str:
    """What poppler says of the signatures in a PDF."""
    file = folder / "document.pdf"
    file.write_bytes(pdf)
    argv = [program("pdfsig"), "-nocert", str(file)]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout
