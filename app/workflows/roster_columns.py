"""The columns of a roster: how they may be headed, what may stand in them, what becomes of it (docs/rules.md, 名单)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any

from app.codes import regions
from app.codes.tables import tables


class WrongCell(ValueError):
    """What stands in a cell cannot be taken; the sentence says why."""


Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """One column: its own name in the table, its Chinese header, other headers met, and how a cell is read."""

    key: str
    title: str
    read: Reader
    other_titles: tuple[str, ...] = ()
    required: bool = False


_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NOTHING = frozenset({"", "--", "—", "——", "-", "/", "无"})


def _line(longest: int) -> Reader:
    def read(text: str) -> str:
        if _UNPRINTABLE.search(text):
            raise WrongCell("含有看不见的字符，请重新录入。")
        if len(text) > longest:
            raise WrongCell(f"最多 {longest} 个字。")
        return text

    return read


def _name(text: str) -> str:
    """A name: Chinese ones without spaces, others with single ones."""
    name = unicodedata.normalize("NFC", _line(60)(text))
    parts = name.split()
    return ("" if all(ord(letter) > 0x2E7F or letter == "·" for letter in "".join(parts)) else " ").join(parts)


def _token(shape: str, sentence: str) -> Reader:
    pattern = re.compile(shape)

    def read(text: str) -> str:
        token = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
        if not pattern.fullmatch(token):
            raise WrongCell(sentence)
        return token

    return read


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,180}\.[A-Za-z]{2,20}", text):
        raise WrongCell("邮箱格式不对。")
    return text


def _code(table: str, also: Mapping[str, str] | None = None, *, short: str | None = None) -> Reader:
    """A code or its plain name; ``also`` are further spellings, ``short`` a second table of names for the codes."""

    @lru_cache(maxsize=4096)
    def read(text: str) -> str:
        plain = unicodedata.normalize("NFKC", text).replace(" ", "")
        found = tables()[table].code_of(plain) or (also or {}).get(plain)
        if found is None and short is not None:
            found = tables()[short].code_of(plain)
        if found is None and plain.isdigit():
            found = tables()[table].code_of(plain.zfill(2))  # a spreadsheet takes the zero of 「01」 away
        if found is None:
            raise WrongCell(f"不认识「{text[:20]}」，请填{tables()[table].title}的代码或名称。")
        return found

    return read


@cache
def _regions_by_name() -> dict[str, str]:
    return {regions.full_name(code): code for code in sorted(regions.names(), reverse=True)}


@lru_cache(maxsize=4096)
def _region(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    code = plain if plain.isdigit() else _regions_by_name().get(plain.replace("-", "").replace("/", ""), "")
    if not regions.exists(code):
        raise WrongCell(f"不认识「{text[:20]}」，请填六位行政区划代码，或省市区全称。")
    return code


@lru_cache(maxsize=4096)
def _month(text: str) -> str:
    """YYYYMM of 202309, 2023-09, 2023/9/1, 2023年9月, 20230901."""
    plain = unicodedata.normalize("NFKC", text)
    found = re.fullmatch(r"(\d{4})(?:[-/.年]\s*(\d{1,2})(?:[-/.月]\s*\d{0,2}日?)?|(\d{2})(?:\d{2})?)", plain.strip())
    month = int(found.group(2) or found.group(3)) if found else 0
    if found is None or not 1 <= month <= 12 or not 1950 <= int(found.group(1)) <= 2100:
        raise WrongCell("应为年月，如 202309 或 2023-09。")
    return f"{found.group(1)}{month:02d}"


def _date(text: str) -> str:
    """YYYYMMDD, to be held against the ID number."""
    digits = re.sub(r"[-/.年月日\s]", " ", unicodedata.normalize("NFKC", text)).split()
    joined = "".join(part.zfill(2) for part in digits)
    if not re.fullmatch(r"(19|20)\d{6}", joined):
        raise WrongCell("应为日期，如 20050318 或 2005-03-18。")
    return joined


def _years(text: str) -> Decimal:
    try:
        years = Decimal(unicodedata.normalize("NFKC", text).removesuffix("年"))
    except InvalidOperation:
        raise WrongCell("学制应为年数，如 4 或 2.5。") from None
    if not Decimal(1) <= years <= Decimal(10) or years % Decimal("0.5"):
        raise WrongCell("学制应在 1 到 10 年之间，以半年计。")
    return years


@lru_cache(maxsize=64)
def _yes_no(text: str) -> bool:
    known = {"是": True, "1": True, "Y": True, "YES": True, "TRUE": True, "已转入": True, "转入": True}
    known |= {"否": False, "0": False, "N": False, "NO": False, "FALSE": False, "未转入": False, "不转入": False}
    found = known.get(text.upper())
    if found is None:
        raise WrongCell("应填「是」「否」，或留空。")
    return found


_DEGREES = {"101": "01", "111": "11", "231": "31", "341": "41", "361": "61", "本科": "31", "大学本科": "31"}
_DEGREES |= {
    "博士研究生": "01",
    "硕士研究生": "11",
    "博士": "01",
    "硕士": "11",
    "专科": "41",
    "大专": "41",
    "高职": "61",
}
_DEGREES |= {"本科结业": "33", "专科结业": "43", "硕士结业": "13", "博士结业": "03", "第二学士学位": "25"}
_PARTIES = {
    "党员": "01",
    "中国共产党党员": "01",
    "预备党员": "02",
    "团员": "03",
    "共青团": "03",
    "无党派": "12",
    "普通居民": "13",
}
_PARTIES |= {"中国共产主义青年团团员": "03", "中国共产党预备党员": "02"}


@cache
def _ethnicities() -> dict[str, str]:
    return {entry.name.removesuffix("族"): entry.code for entry in tables()["ethnicity"].entries}


@lru_cache(maxsize=4096)
def _ethnicity(text: str) -> str:
    found = _ethnicities().get(text.strip())
    return found if found is not None else str(_code("ethnicity")(text))


_ID_TYPES = {"身份证": "resident", "二代身份证": "resident", "1": "resident", "01": "resident"}
_ID_TYPES |= {"港澳台居住证": "hmt_residence", "台湾居民居住证": "hmt_residence", "外国护照": "passport"}
_TRAINING = {"普通": "1", "国家任务": "1", "自主招生": "1", "统招": "1", "委托培养": "4", "定向就业": "2"}

COLUMNS: tuple[Column, ...] = (
    Column("school_code", "院校代码", _token(r"\d{5}", "院校代码应为 5 位数字。"), ("学校代码", "学校标识码")),
    Column("class_year", "毕业年份", _token(r"\d{4}", "应为四位年份。"), ("届", "届次", "毕业届", "毕业年度")),
    Column(
        "candidate_no",
        "考生号",
        _token(r"[0-9A-Z]{6,20}", "考生号应为 6 到 20 位。"),
        ("高考考生号", "考号"),
        required=True,
    ),
    Column("student_no", "学号", _token(r"[0-9A-Z._-]{2,30}", "学号应为 2 到 30 位字母和数字。"), required=True),
    Column("name", "姓名", _name, ("学生姓名", "毕业生姓名"), required=True),
    Column("id_type", "证件类型", _code("id_type", _ID_TYPES), ("证件种类", "身份证件类型")),
    Column(
        "id_number",
        "身份证号",
        _line(40),
        ("证件号", "证件号码", "身份证号码", "身份证件号", "公民身份号码"),
        required=True,
    ),
    Column("gender", "性别", _code("gender", {"男性": "1", "女性": "2"}), ("性别代码",), required=True),
    Column("ethnicity", "民族", _ethnicity, ("民族代码",), required=True),
    Column("political_status", "政治面貌", _code("political_status", _PARTIES), ("政治面貌代码",), required=True),
    Column("born_on", "出生日期", _date, ("出生年月日",)),
    Column(
        "degree",
        "学历层次",
        _code("degree", _DEGREES, short="degree_short"),
        ("学历", "学历代码", "培养层次"),
        required=True,
    ),
    Column("major_code", "专业代码", _token(r"[0-9A-Z]{4,12}", "专业代码应为 4 到 12 位。")),
    Column("major", "专业名称", _line(60), ("专业",), required=True),
    Column("study_years", "学制", _years, ("学制年限",), required=True),
    Column("enrolled_on", "入学年月", _month, ("入学时间", "入学日期"), required=True),
    Column("graduates_on", "毕业日期", _month, ("毕业时间", "毕业年月", "预计毕业日期"), required=True),
    Column("college", "院系", _line(60), ("学院", "所在院系", "院系名称", "学院名称", "系所"), required=True),
    Column("class_name", "班级", _line(60), ("所在班级", "班级名称")),
    Column("training_mode", "培养方式", _code("training_mode", _TRAINING), ("培养方式代码",), required=True),
    Column("commissioned_by", "定向委培单位", _line(100), ("委培单位", "定向或委培单位", "定向单位")),
    Column("origin", "生源所在地", _region, ("生源地", "生源地代码", "生源所在地代码", "生源地名称"), required=True),
    Column("archive_moved", "档案是否转入学校", _yes_no, ("档案是否转入",)),
    Column("hukou_moved", "户口是否转入学校", _yes_no, ("户口是否转入",)),
    Column("email", "电子邮箱", _email, ("邮箱", "Email", "E-mail")),
    Column(
        "phone", "手机号码", _token(r"1[3-9]\d{9}", "手机号应为 11 位。"), ("手机", "手机号", "联系电话", "移动电话")
    ),
)
"""What rules and pages read. 出生日期, 院校代码 and 毕业年份 are compared with the rest and not kept."""

KEPT_ALONG: tuple[Column, ...] = (
    Column("school_name", "院校名称", _line(60), ("毕业院校", "学校名称")),
    Column("campus", "分校名称", _line(60)),
    Column("major_direction", "专业方向", _line(60)),
    Column("study_form", "学习形式", _line(30)),
    Column("commissioned_place", "定向委培单位所在地", _region, ("委培单位所在地",)),
    Column("urban_origin", "城乡生源", _line(20)),
    Column(
        "normal_student", "师范生类别", _code("normal_student", {"师范生": "1", "免费师范生": "12"}), ("是否师范生",)
    ),
    Column("hardship", "困难生类别", _code("hardship", {"家庭经济困难": "2"}), ("困难生",)),
)
"""Kept in ``rest`` for exports. Home addresses, private numbers and the like are not taken: nothing needs them."""


@dataclass(frozen=True)
class Header:
    """Where each column stands in a file, and what headers it has that we do not take."""

    places: tuple[tuple[int, Column], ...]
    along: tuple[tuple[int, Column], ...]
    ignored: tuple[str, ...]
    missing: tuple[str, ...]


def place(header: list[str]) -> Header:
    """Find the columns under their headers; the first of two equal headers counts."""
    by_title = {title: column for column in (*COLUMNS, *KEPT_ALONG) for title in (column.title, *column.other_titles)}
    found: dict[str, tuple[int, Column]] = {}
    ignored = []
    for number, title in enumerate(header):
        column = by_title.get(title)
        if column is not None and column.key not in found:
            found[column.key] = (number, column)
        elif title:
            ignored.append(title)
    kept = {column.key for column in KEPT_ALONG}
    return Header(
        tuple(entry for key, entry in found.items() if key not in kept),
        tuple(entry for key, entry in found.items() if key in kept),
        tuple(ignored),
        tuple(column.title for column in COLUMNS if column.required and column.key not in found),
    )


MARKS = frozenset({"考生号", "高考考生号"})
"""A row with one of these is the header."""


def empty(text: str) -> bool:
    """Whether a cell says nothing: blank, or one of the signs people put for it."""
    return text in _NOTHING
