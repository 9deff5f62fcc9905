"""Rosters for tests: rows by header, written as the files people send."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from openpyxl import Workbook

from app.cli import sample


def rows(count: int) -> list[dict[str, str]]:
    """The first invented graduates, free to be changed."""
    return [{title: one.row[title] for title in sample.HEADER} for one in islice(sample.graduates(count), count)]


def write_csv(path: Path, lines: Iterable[Mapping[str, str]], *, encoding: str = "utf-8-sig") -> Path:
    lines = list(lines)
    with path.open("w", encoding=encoding, newline="") as file:
        sheet = csv.DictWriter(file, list(lines[0]))
        sheet.writeheader()
        sheet.writerows(lines)
    return path


def write_xlsx(path: Path, lines: Iterable[Mapping[str, object]], *, above: tuple[str, ...] = ()) -> Path:
    lines = list(lines)
    book = Workbook(write_only=True)
    page = book.create_sheet("毕业生")
    for title in above:
        page.append([title])
    page.append(list(lines[0]))
    for line in lines:
        page.append(list(line.values()))
    book.save(path)
    return path
