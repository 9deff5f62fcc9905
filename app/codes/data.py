"""Reads the data files that lie beside this module."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def text(name: str) -> str:
    """The text of one data file."""
    return (HERE / name).read_text(encoding="utf-8")
