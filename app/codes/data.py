"""Reads the data files that lie beside this module, or a school's own in their place."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

HERE = Path(__file__).parent
REPLACEABLE = ("destination_codes.csv", "minimum_wage.csv", "universities.csv")
"""What a school may bring itself (``QX_CODES_DIR``): figures and codes that are samples or unconfirmed here."""

Loaded = TypeVar("Loaded")
_own: Path | None = None
_forget: list[Callable[[], None]] = []


def text(name: str) -> str:
    """The text of one data file."""
    own = _own / name if _own is not None and name in REPLACEABLE else None
    return (own if own is not None and own.is_file() else HERE / name).read_text(encoding="utf-8-sig")


def rows(name: str) -> Iterator[dict[str, str]]:
    """The lines of a CSV file by heading, trimmed; a cell that is left out is empty."""
    for line in csv.DictReader(text(name).splitlines()):
        yield {key: (value or "").strip() for key, value in line.items() if key is not None}


def kept(load: Callable[[], Loaded]) -> Callable[[], Loaded]:
    """Load once; again after :func:`use`."""
    loaded = cache(load)
    _forget.append(loaded.cache_clear)
    return loaded


def use(folder: Path | None) -> None:
    """Let a school's own files stand in for the replaceable ones; a process says so once, at its start."""
    global _own
    if folder != _own:
        _own = folder
        for clear in _forget:
            clear()
