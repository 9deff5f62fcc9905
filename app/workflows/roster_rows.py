"""One row of a roster: read cell by cell, held against itself, sealed for the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.sealing import Sealer
from app.workflows import roster_id_numbers as id_numbers
from app.workflows.roster_columns import Header, WrongCell, empty
from app.workflows.roster_sheet import LostDigits

SEALED = ("id_number", "phone", "email")


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell. ``row`` is the number in the file, ``column`` the Chinese header."""

    row: int
    column: str
    sentence: str


class Rows:
    """Reads the rows of one file for one school and class, remembering what must not come twice."""

    def __init__(self, header: Header, school_code: str, class_year: int, sealer: Sealer) -> None:
        self._header, self._school_code, self._class_year, self._sealer = header, school_code, class_year, sealer
        self._numbers: dict[str, int] = {}
        self._people: dict[bytes, int] = {}

    def read(self, row: int, cells: list[str]) -> tuple[dict[str, Any] | None, list[Fault]]:
        """The values of a row as the database takes them, or None and what is wrong with it."""
        values, faults = self._cells(row, cells)
        rest, more = self._along(row, cells)
        faults += more
        if not faults:
            faults = self._contradictions(row, values)
        if faults:
            return None, faults
        faults = self._repetitions(row, values)
        if faults:
            return None, faults
        for column in SEALED:
            text = values[column]
            if column == "id_number":
                values["id_number_index"] = self._sealer.index(text, column)
            values[column] = self._sealer.seal(text, column) if text is not None else None
        for compared in ("school_code", "class_year", "born_on"):
            values.pop(compared, None)
        values["rest"] = orjson.dumps(rest).decode()
        return values, []

    def _cells(self, row: int, cells: list[str]) -> tuple[dict[str, Any], list[Fault]]:
        values: dict[str, Any] = dict.fromkeys(_OPTIONAL)
        faults: list[Fault] = []
        for place, column in self._header.places:
            text = cells[place] if place < len(cells) else ""
            if isinstance(text, LostDigits):
                faults.append(
                    Fault(row, column.title, "这一列被存成了数字，末几位已丢失。请把整列改为文本后重新录入。")
                )
            elif empty(text):
                values[column.key] = None
                if column.required:
                    faults.append(Fault(row, column.title, "必须填写。"))
            else:
                try:
                    values[column.key] = column.read(text)
                except WrongCell as wrong:
                    faults.append(Fault(row, column.title, str(wrong)))
        values["id_type"] = values.get("id_type") or "resident"
        return values, faults

    def _along(self, row: int, cells: list[str]) -> tuple[dict[str, Any], list[Fault]]:
        rest: dict[str, Any] = {}
        faults = []
        for place, column in self._header.along:
            text = cells[place] if place < len(cells) else ""
            if not empty(text):
                try:
                    rest[column.key] = column.read(text)
                except WrongCell as wrong:
                    faults.append(Fault(row, column.title, str(wrong)))
        return rest, faults

    def _contradictions(self, row: int, values: dict[str, Any]) -> list[Fault]:
        kind = values["id_type"]
        try:
            number = values["id_number"] = id_numbers.checked(kind, values["id_number"])
        except id_numbers.WrongNumber as wrong:
            return [Fault(row, "身份证号", str(wrong))]
        born, gender = id_numbers.birth_date(kind, number), id_numbers.gender(kind, number)
        told = values.get("born_on")
        checks = (
            (gender is None or gender == values["gender"], "性别", "与身份证号里的性别不一致。"),
            (born is None or told is None or f"{born:%Y%m%d}" == told, "出生日期", "与身份证号里的出生日期不一致。"),
            (
                values.get("school_code") in (None, self._school_code),
                "院校代码",
                f"不是本校（{self._school_code}）的学生。",
            ),
            (
                values.get("class_year") in (None, str(self._class_year)),
                "毕业年份",
                f"不是 {self._class_year} 届。",
            ),
            (
                values["graduates_on"][:4] == str(self._class_year),
                "毕业日期",
                f"不在 {self._class_year} 年，与导入的届次不符。",
            ),
            (values["enrolled_on"] < values["graduates_on"], "入学年月", "晚于毕业日期。"),
        )
        return [Fault(row, column, sentence) for holds, column, sentence in checks if not holds]

    def _repetitions(self, row: int, values: Mapping[str, Any]) -> list[Fault]:
        index = self._sealer.index(values["id_number"], "id_number")
        first = self._numbers.setdefault(values["candidate_no"], row)
        if first != row:
            return [Fault(row, "考生号", f"与第 {first} 行重复。")]
        first = self._people.setdefault(index, row)
        if first != row:
            return [Fault(row, "身份证号", f"与第 {first} 行重复。")]
        return []


_OPTIONAL = ("id_type", "major_code", "class_name", "commissioned_by", "archive_moved", "hukou_moved", "email", "phone")
