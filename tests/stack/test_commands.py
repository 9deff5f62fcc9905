"""The commands a newcomer types."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stack.settings_for_development import CHECKOUT


def test_help_lists_every_target() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.M)
    assert targets
    shown = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert set(targets.group(1).split()) == set(re.findall(r"^  make (\w+) ", shown, re.M))


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("exit 1", "Python 3.11 or newer is needed"),
        ('case "$*" in *ensurepip*) exit 1;; esac', "has no venv module"),
    ],
    ids=["too old", "without venv"],
)
def test_a_python_that_cannot_carry_us_is_refused_with_a_sentence(tmp_path: Path, python: str, sentence: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (programs / "python3").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(CHECKOUT / "stack" / "install.sh"), "requirements.lock"],
        cwd=tmp_path,
        env={"PATH": str(programs), "PYTHON": "python3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_locks_pin_hashes_and_name_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (CHECKOUT / name).read_text()
        pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.M)
        assert len(pinned) > 50
        blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.M)
        assert all("--hash=sha256:" in block for block in blocks if re.match(r"[a-z0-9].*==", block))
        assert "://" not in text
    web = (CHECKOUT / "web" / "package-lock.json").read_text()
    assert '"integrity"' in web and '"resolved"' not in web and "://registry" not in web


def test_what_runs_and_what_tests_are_locked_at_the_same_versions() -> None:
    run, everything = (
        dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", (CHECKOUT / name).read_text(), re.M))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run.items() <= everything.items()
