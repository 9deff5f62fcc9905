"""The directory of archive offices: how a sheet is read, what is refused, and where one looks next."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.codes import regions
from app.codes.directory import COLUMNS, MARKS, Office, nearest, parse, sample, steps
from app.workflows.roster_sheet import read_sheet

HEADER = list(COLUMNS.values())
ROW = {
    "region": "330602", "name": "绍兴市越城区人才管理服务中心", "place": "330602", "address": "人民路 8 号",
    "postcode": "312000", "phone": "0575-85120000", "source": "人社局官网", "checked_on": "2026-03-01",
}  # fmt: skip
EMPTY = dict.fromkeys(COLUMNS, "") | {"region": "330603"}


def cells(**change: str) -> list[str]:
    return list((ROW | change).values())


def test_a_sound_row_becomes_an_office() -> None:
    offices, errors = parse(HEADER, [(2, cells())])
    assert errors == ()
    assert offices == (Office(**{**ROW, "checked_on": date(2026, 3, 1)}),)  # type: ignore[arg-type]


def test_a_region_that_is_not_known_yet_has_an_empty_row() -> None:
    offices, errors = parse(HEADER, [(2, list(EMPTY.values()))])
    assert errors == () and offices[0].name == "" and offices[0].checked_on is None


def test_an_office_without_an_address_is_taken() -> None:
    offices, errors = parse(HEADER, [(2, cells(place="", address="", postcode="", phone=""))])
    assert errors == () and offices[0].address == ""


@pytest.mark.parametrize(
    ("change", "column", "sentence"),
    [
        ({"region": "999999"}, "行政区划代码", "不是现行的 6 位行政区划代码。"),
        ({"region": ""}, "行政区划代码", "不是现行的 6 位行政区划代码。"),
        ({"region": "越城区"}, "行政区划代码", "不是现行的 6 位行政区划代码。"),
        ({"name": ""}, "机构名称", "有地址或电话时要有机构名称；还不清楚的地区整行留空，只写代码。"),
        ({"name": "人" * 101}, "机构名称", "最多 100 个字。"),
        ({"address": "路" * 201}, "地址", "最多 200 个字。"),
        ({"place": "330600"}, "地址所在区县代码", "写了地址就要写它所在区县的 6 位代码。"),
        ({"place": ""}, "地址所在区县代码", "写了地址就要写它所在区县的 6 位代码。"),
        ({"postcode": "31200"}, "邮编", "邮编是 6 位数字。"),
        ({"phone": "85120000"}, "电话", "电话号码不正确，座机请写成 区号-号码。"),
        ({"source": ""}, "来源", "请写明信息来源，例如 人社局官网。"),
        ({"checked_on": "去年"}, "核对日期", "请写明核对日期，例如 2026-03-01。"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row(change: dict[str, str], column: str, sentence: str) -> None:
    offices, errors = parse(HEADER, [(2, list(EMPTY.values())), (7, cells(**change))])
    assert [office.region for office in offices] == ["330603"], "sound rows are read all the same"
    assert [(error.row, error.column, error.detail) for error in errors] == [(7, column, sentence)]


def test_a_region_stands_once() -> None:
    offices, errors = parse(HEADER, [(2, cells()), (3, cells(name="另一个服务中心"))])
    assert len(offices) == 1
    assert [(error.row, error.detail) for error in errors] == [(3, "这个地区在表里已经有一行了。")]


def test_missing_columns_are_named_and_foreign_ones_passed_over() -> None:
    offices, errors = parse(["行政区划代码", "机构名称"], [(2, cells())])
    assert offices == () and {error.column for error in errors} == set(HEADER[2:])
    shuffled = ["备注", *reversed(HEADER)]
    offices, errors = parse(shuffled, [(2, ["x", *reversed(cells())])])
    assert errors == () and offices[0].name == ROW["name"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_sheets_of_both_formats_are_read_alike(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"offices.{ending}"
    lines = [["档案接收机构"], HEADER, cells(), list(EMPTY.values())]
    if ending == "csv":
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(lines)
    else:
        book = Workbook()
        for line in lines:
            book.worksheets[0].append([int(cell) if cell.isdigit() else cell for cell in line])
        book.save(path)
    sheet = read_sheet(path, MARKS)
    offices, errors = parse(sheet.header, sheet.rows)
    assert errors == () and [office.region for office in offices] == ["330602", "330603"]


def test_the_sample_is_sound_marked_as_one_and_reaches_over_provinces() -> None:
    offices = sample()
    assert len(offices) >= 60
    assert len({office.region[:2] for office in offices}) >= 10
    assert any(not office.name for office in offices), "empty entries happen"
    assert all("样例" in office.source for office in offices if office.name)
    assert all(regions.exists(office.region) for office in offices)


def test_one_looks_in_the_county_then_the_city_then_the_province() -> None:
    assert steps("330602") == ("330602", "330600", "330000")
    county, city, province = (Office(code, code, "", "", "", "", "", None) for code in steps("330602"))
    empty = Office("330602", "", "", "", "", "", "", None)
    for known, found in [
        ((county, city, province), county),
        ((city, province), city),
        ((empty, city), city),
        ((province,), province),
        ((empty,), None),
        ((), None),
    ]:
        assert nearest("330602", {office.region: office for office in known}.get) == found
