"""Reads a roster (毕业生名单) from CSV or XLSX, row by row, every cell as the text a person sees in it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

LARGEST = 80 * 1024 * 1024
"""Bytes of a file: some 200,000 graduates with every column."""
EXACT = 10**15
"""Beyond this a spreadsheet's numbers lose digits: an ID number kept as a number is not the one that was typed."""
HEADER_WITHIN = 10
"""Rows above the header (a title, a remark) that are passed over."""


class Unreadable(Exception):
    """The file cannot be read as a roster; the sentence says why."""


class LostDigits(str):
    """A cell whose long number has lost its last digits, because the column was not kept as text."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """A header and the rows under it, each with its number in the file (from 1)."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read_sheet(path: Path, marks: frozenset[str]) -> Sheet:
    """Open a file by its ending. The header is the first row that holds one of ``marks``; raises Unreadable."""
    if not path.is_file():
        raise Unreadable(f"没有这个文件：{path}")
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"文件超过 {LARGEST // 2**20} MB，请分成几个文件。")
    lines = _of_csv(path) if path.suffix.lower() in (".csv", ".txt") else _of_workbook(path)
    for number, cells in lines:
        if number > HEADER_WITHIN:
            break
        header = [_plain(cell) for cell in cells]
        if marks & set(header):
            return Sheet(header, ((at, row) for at, row in lines if any(row)))
    raise Unreadable(f"前 {HEADER_WITHIN} 行里没有找到表头（如「{min(marks)}」）。")


def _plain(text: str) -> str:
    """A header cell without the stars, brackets and line breaks people decorate it with."""
    return "".join(text.split()).strip("★*※:：")


def _of_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    encoding = "utf-8-sig"
    try:
        with path.open(encoding=encoding) as file:
            for _ in iter(lambda: file.read(1 << 20), ""):
                pass
    except UnicodeDecodeError:
        encoding = "gb18030"  # what a Chinese spreadsheet program writes as CSV
    try:
        with path.open(encoding=encoding, newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                yield number, [cell.strip() for cell in row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable("这个 CSV 文件读不出来，请另存为 XLSX 或 UTF-8 编码的 CSV。") from error


def _of_workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except PasswordError as error:
        raise Unreadable("这个表格设了密码，请先去掉密码。") from error
    except (CalamineError, OSError, IndexError) as error:
        raise Unreadable("这个文件不是可以读取的 XLSX 或 CSV 表格。") from error
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    """What stands in a cell: 202309.0 is 「202309」, a date is 「2027-06-30」."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT:
            return LostDigits(f"{cell:.0f}")
        return str(int(cell)) if cell == int(cell) else str(cell)
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    return str(cell).strip()
