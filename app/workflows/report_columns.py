"""The columns in which destinations are reported (就业方案), in the order of the superior system's sheet.

A column is a title and how its cell is read from a :class:`Record`; empty is an empty cell. The set is that of a 2024
class's export (docs/rules.md, 上报).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.codes import destinations, regions
from app.codes.tables import UnknownCode, label, tables
from app.workflows.roster_id_numbers import birth_date


@dataclass(frozen=True)
class Record:
    """One approved destination with the base data of its graduate; ``id_number`` in the clear."""

    graduate: Any
    id_number: str
    destination_code: str
    kind: str
    variant: str | None
    form: Mapping[str, Any]
    class_year: int

    @property
    def studies_abroad(self) -> bool:
        """境外留学: the form that names a country and a university."""
        return bool(self.form.get("country")) and bool(self.form.get("university"))


Reader = Callable[[Record], str | None]


def _base(name: str) -> Reader:
    return lambda record: getattr(record.graduate, name)


def _rest(name: str) -> Reader:
    return lambda record: record.graduate.rest.get(name)


def _base_named(table: str, name: str) -> Reader:
    return lambda record: _label(table, getattr(record.graduate, name), record.class_year)


def _said(*names: str) -> Reader:
    """The first of these fields of the destination's form that says something."""
    return lambda record: next((str(record.form[name]) for name in names if record.form.get(name)), None)


def _said_named(table: str, name: str) -> Reader:
    return lambda record: _label(table, record.form.get(name), record.class_year)


def _abroad(name: str) -> Reader:
    return lambda record: record.form.get(name) if record.studies_abroad else None


def _label(table: str, code: Any, class_year: int) -> str | None:
    """The name that the class has for the code; a code that no table knows stays as it is."""
    if not code:
        return None
    try:
        return regions.full_name(code) if table == "region" else tables()[table].label(code, class_year)
    except UnknownCode:
        return str(code)


def _born_on(record: Record) -> str | None:
    born = birth_date(record.graduate.id_type, record.id_number)
    return born.strftime("%Y%m%d") if isinstance(born, date) else None


def _unit(record: Record) -> str | None:
    """Where somebody works, or studies in the country; who studies abroad has columns of one's own."""
    if record.studies_abroad:
        return None
    return _said("employer_name", "university")(record)


def _export_code(record: Record) -> str:
    """The code as an export writes it: of a signed agreement its national one, of others by the class's map."""
    if record.variant is None or record.kind != "other_destination":
        return record.destination_code
    return destinations.code_for(record.variant, record.form, record.class_year).export


COLUMNS: tuple[tuple[str, Reader], ...] = (
    ("考生号", _base("candidate_no")),
    ("学号", _base("student_no")),
    ("姓名", _base("name")),
    ("性别", _base_named("gender", "gender")),
    ("出生日期", _born_on),
    ("生源地代码", _base("origin")),
    ("生源地名称", _base_named("region", "origin")),
    ("民族名称", _base_named("ethnicity", "ethnicity")),
    ("政治面貌", _base_named("political_status", "political_status")),
    ("城乡生源", _rest("urban_origin")),
    ("学历层次", _base_named("degree", "degree")),
    ("专业名称", _base("major")),
    ("专业方向", _rest("major_direction")),
    ("专业代码", _base("major_code")),
    ("入学年月", _base("enrolled_on")),
    ("毕业日期", _base("graduates_on")),
    ("毕业年份", lambda record: str(record.class_year)),
    ("培养方式", _base_named("training_mode", "training_mode")),
    ("委培单位", _base("commissioned_by")),
    ("学习形式", _rest("study_form")),
    ("毕业去向类别代码", _export_code),
    ("毕业去向", lambda record: _label("destination", record.destination_code, record.class_year)),
    ("签约日期", _said("signed_on")),
    ("单位名称", _unit),
    ("统一社会信用代码", _said("credit_code")),
    ("留学国家地区", lambda record: label("country", record.form["country"]) if record.studies_abroad else None),
    ("留学院校中文名称", _abroad("university")),
    ("留学院校外文名称", _abroad("university_foreign")),
    ("留学专业中文名称", _abroad("major")),
    ("留学专业外文名称", _abroad("major_foreign")),
    ("单位性质代码", _said("nature")),
    ("单位性质", _said_named("unit_nature", "nature")),
    ("单位行业代码", _said("industry")),
    ("单位行业", _said_named("industry", "industry")),
    ("单位所在地代码", _said("region")),
    ("单位所在地", _said_named("region", "region")),
    ("单位地址", _said("address")),
    ("工作职位类别代码", _said("position_category")),
    ("工作职位类别", _said_named("position_category", "position_category")),
)
TITLES = tuple(title for title, _ in COLUMNS)


def cells(record: Record) -> list[str]:
    """The line of a record, one text a column."""
    return [read(record) or "" for _, read in COLUMNS]
