"""The directory of archive offices (生源地 → 档案接收机构): one line of the table, and how a sheet of them is read.

``archive_offices.csv`` is a sample with invented addresses and telephone numbers; an operator brings the real one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.codes import data, regions
from app.codes.shapes import POSTCODE, is_phone


@dataclass(frozen=True)
class Office:
    """档案接收机构 of a region. ``place``: the county its address lies in. An empty ``name`` says: not known yet."""

    region: str
    name: str
    place: str
    address: str
    postcode: str
    phone: str
    source: str
    checked_on: date | None


@dataclass(frozen=True)
class RowError:
    """What is wrong with a cell of a sheet: row (from 1, the header counted), heading, sentence."""

    row: int
    column: str
    detail: str


COLUMNS: Mapping[str, str] = {
    "region": "行政区划代码",
    "name": "机构名称",
    "place": "地址所在区县代码",
    "address": "地址",
    "postcode": "邮编",
    "phone": "电话",
    "source": "来源",
    "checked_on": "核对日期",
}
MARKS = frozenset({COLUMNS["region"]})
"""A sheet's header is the row that holds it."""
LONGEST = {"name": 100, "address": 200, "source": 200}
SHAPES: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("postcode", POSTCODE.match, "邮编是 6 位数字。"),
    ("phone", is_phone, "电话号码不正确，座机请写成 区号-号码。"),
)


def sample() -> tuple[Office, ...]:
    """The sample that comes with the product."""
    lines = list(csv.reader(data.text("archive_offices.csv").splitlines()))
    offices, errors = parse(lines[0], enumerate(lines[1:], 2))
    if errors:
        raise ValueError(f"archive_offices.csv: {errors[0]}")
    return offices


def parse(
    header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]
) -> tuple[tuple[Office, ...], tuple[RowError, ...]]:
    """Offices of the sound rows and what is wrong with the others.

    ``rows`` are ``(number, cells as text)``, as sheets of any format are read; columns may stand in any order, unknown
    ones are passed over.
    """
    missing = [title for title in COLUMNS.values() if title not in header]
    if missing:
        return (), tuple(RowError(1, title, "缺少这一列。") for title in missing)
    places = {name: list(header).index(title) for name, title in COLUMNS.items()}
    offices: dict[str, Office] = {}
    errors: list[RowError] = []
    for number, cells in rows:
        row = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        wrong = list(_wrong(row))
        if row["region"] in offices:
            wrong.append(("region", "这个地区在表里已经有一行了。"))
        if wrong:
            errors += [RowError(number, COLUMNS[name], sentence) for name, sentence in wrong]
        else:
            offices[row["region"]] = _office(row)
    return tuple(offices.values()), tuple(errors)


def _wrong(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """``(column, sentence)`` of every wrong cell."""
    if not regions.exists(row["region"]):
        yield "region", "不是现行的 6 位行政区划代码。"
    if row["name"]:
        yield from _wrong_texts(row)
        if row["address"] and not regions.is_place(row["place"]):
            yield "place", "写了地址就要写它所在区县的 6 位代码。"
        if not row["source"]:
            yield "source", "请写明信息来源，例如 人社局官网。"
        if _day(row["checked_on"]) is None:
            yield "checked_on", "请写明核对日期，例如 2026-03-01。"
    elif any(row[name] for name in ("place", "address", "postcode", "phone")):
        yield "name", "有地址或电话时要有机构名称；还不清楚的地区整行留空，只写代码。"


def _wrong_texts(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, longest in LONGEST.items():
        if len(row[name]) > longest:
            yield name, f"最多 {longest} 个字。"
    for name, right, sentence in SHAPES:
        if row[name] and not right(row[name]):
            yield name, sentence


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _office(row: Mapping[str, str]) -> Office:
    texts = {name: value for name, value in row.items() if name != "checked_on"}
    return Office(**texts, checked_on=_day(row["checked_on"]))


def steps(region: str) -> tuple[str, ...]:
    """Where to look, in order: the county itself, its city, its province."""
    return tuple(dict.fromkeys((region, region[:4] + "00", region[:2] + "0000")))


def nearest(region: str, office_of: Callable[[str], Office | None]) -> Office | None:
    """The office that takes archives back to this 生源地: of the county, else of the city, else of the province."""
    for step in steps(region):
        office = office_of(step)
        if office is not None and office.name:
            return office
    return None
