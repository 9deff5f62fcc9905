"""A roster of invented graduates: the same few thousand every time, spread as a Chinese university's are.

Nobody in it exists. ID numbers have valid regions, dates and check digits; phones begin with 199000, addresses end in
example.com, so that nothing sent by mistake reaches anybody.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from openpyxl import Workbook
from stdnum.cn import ric

from app.cli.sample_people import COLLEGES, GIVEN, PROVINCES, STARS, SURNAMES, Major, Star
from app.codes import regions

SCHOOL_CODE, SCHOOL_NAME, CLASS_YEAR = "19999", "江州大学", 2027
COUNT = 3_600
# fmt: off
HEADER = (
    "院校代码", "院校名称", "考生号", "学号", "姓名", "证件类型", "身份证号", "性别", "民族", "政治面貌",
    "出生日期", "学历层次", "专业代码", "专业名称", "学制", "学习形式", "入学年月", "毕业日期", "院系", "班级",
    "培养方式", "定向委培单位", "生源所在地", "城乡生源", "师范生类别", "困难生类别", "档案是否转入学校",
    "户口是否转入学校", "手机号码", "电子邮箱",
)
# fmt: on


@dataclass(frozen=True)
class Invented:
    """One graduate, as a row of the roster by its headers."""

    row: dict[str, str]

    @property
    def name(self) -> str:
        """姓名."""
        return self.row["姓名"]


def graduates(count: int = COUNT) -> Iterator[Invented]:
    """The first are those the demo speaks of, then as many others as are wanted."""
    chance = random.Random("江州大学 2027")  # noqa: S311  # the same people every time is the point
    maker = _Maker(chance)
    for star in STARS:
        yield maker.star(star)
    for _ in range(max(0, count - len(STARS))):
        yield maker.anybody()


def write(path: Path, count: int = COUNT) -> None:
    """The roster as a sheet: XLSX or, by its ending, CSV."""
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            sheet = csv.writer(file)
            sheet.writerow(HEADER)
            sheet.writerows([one.row[title] for title in HEADER] for one in graduates(count))
        return
    book = Workbook(write_only=True)
    page = book.create_sheet("毕业生")
    page.append(list(HEADER))
    for one in graduates(count):
        page.append([one.row[title] for title in HEADER])
    book.save(path)


@cache
def _counties() -> dict[str, list[str]]:
    """County codes of today's map by province."""
    found: dict[str, list[str]] = {}
    for code in sorted(regions.names()):
        if not code.endswith("00") and regions.parts(code)[-1] == regions.names()[code]:
            found.setdefault(code[:2], []).append(code)
    return found


class _Maker:
    """Draws people one after the other from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._serial = 0
        self._majors = [(college, major) for college in COLLEGES for major in college.majors]
        self._weights = [major.size for _, major in self._majors]
        self._seats: dict[str, int] = {}
        self._numbers: set[str] = set()

    def star(self, star: Star) -> Invented:
        """Somebody the demo speaks of: name, major and home are given."""
        number = next(i for i, (_, major) in enumerate(self._majors) if major.name == star.major)
        return self._made(number, star.degree, star.name, star.gender, star.county, star=star)

    def anybody(self) -> Invented:
        """Somebody else."""
        chance = self._chance
        number = chance.choices(range(len(self._majors)), self._weights)[0]
        major = self._majors[number][1]
        gender = "女" if chance.random() < major.women else "男"
        name = chance.choices(*SURNAMES)[0] + "".join(chance.sample(GIVEN[gender], chance.choices((1, 2), (15, 85))[0]))
        degree = chance.choices(("本科", "硕士", "博士"), (major.bachelors, major.masters, major.doctors))[0]
        province = chance.choices(*PROVINCES)[0]
        return self._made(number, degree, name, gender, chance.choice(_counties()[province]))

    def _made(
        self, number: int, degree: str, name: str, gender: str, county: str, *, star: Star | None = None
    ) -> Invented:
        college, major = self._majors[number]
        self._serial += 1
        years = {"本科": major.years, "硕士": 3, "博士": 4}[degree]
        id_type, id_number, born = self._id_number(gender, county, degree, years, star)
        entered = CLASS_YEAR - years
        student_no, class_name = self._seat(number, degree, entered)
        row = {
            "院校代码": SCHOOL_CODE,
            "院校名称": SCHOOL_NAME,
            "考生号": self._candidate_no(degree, entered, county),
            "学号": student_no,
            "姓名": name,
            "证件类型": id_type,
            "身份证号": id_number,
            "性别": gender,
            "出生日期": f"{born:%Y%m%d}",
            "专业代码": major.code,
            "专业名称": major.name,
            "学制": str(years),
            "学习形式": "全日制",
            "入学年月": f"{entered}09",
            "毕业日期": f"{CLASS_YEAR}06",
            "院系": college.name,
            "班级": class_name,
            "生源所在地": county,
        }
        return Invented(row | self._circumstances(major, degree, star) | self._reached(star))

    def _circumstances(self, major: Major, degree: str, star: Star | None) -> dict[str, str]:
        """What differs from person to person beside the studies."""
        chance = self._chance
        commissioned = star is None and chance.random() < major.commissioned
        ends_without = star is None and degree == "本科" and chance.random() < 0.012
        parties = ("共青团员", "中共党员", "中共预备党员", "群众")
        ethnicities = ("汉族", "满族", "回族", "壮族", "苗族", "土家族", "畲族", "维吾尔族", "藏族")
        return {
            "民族": "汉族" if star else chance.choices(ethnicities, (912, 18, 14, 12, 10, 10, 12, 7, 5))[0],
            "政治面貌": "共青团员" if star else chance.choices(parties, (70, 11, 9, 10))[0],
            "学历层次": f"{degree}生{'结业' if ends_without else '毕业'}",
            "培养方式": "定向" if commissioned else "非定向",
            "定向委培单位": chance.choice(("越溪县卫生健康局", "江州市教育局")) if commissioned else "",
            "城乡生源": chance.choices(("城镇", "农村"), (58, 42))[0],
            "师范生类别": "普通师范生" if major.teachers else "非师范生",
            "困难生类别": chance.choices(("非困难生", "家庭困难", "残疾"), (86, 13, 1))[0],
            "档案是否转入学校": "是" if star else chance.choices(("是", "否", "--"), (88, 7, 5))[0],
            "户口是否转入学校": star.hukou if star else chance.choices(("是", "否", "--"), (31, 64, 5))[0],
        }

    def _reached(self, star: Star | None) -> dict[str, str]:
        known = star is not None or self._chance.random() < 0.7
        return {
            "手机号码": f"199{self._serial:08d}" if known else "",
            "电子邮箱": f"student{self._serial:04d}@example.com" if known else "",
        }

    def _id_number(self, gender: str, county: str, degree: str, years: int, star: Star | None) -> tuple[str, str, date]:
        youngest = CLASS_YEAR - 18 - years - {"本科": 0, "硕士": 4, "博士": 7}[degree]
        while True:
            born = date(youngest - 1, 9, 1) + timedelta(days=self._chance.randrange(365))
            place = star.id_prefix if star and star.id_prefix else county
            order = self._chance.randrange(10, 490) * 2 + (1 if gender == "男" else 0)
            seventeen = f"{place}{born:%Y%m%d}{order:03d}"
            number = seventeen + ric.calc_check_digit(seventeen + "0")
            if number not in self._numbers and (place != county or ric.is_valid(number)):
                self._numbers.add(number)
                return "居民身份证" if place == county else "港澳台居民居住证", number, born
            # The county did not exist when they were born: they come from the one next to it.
            county = self._chance.choice(_counties()[county[:2]])

    def _seat(self, number: int, degree: str, entered: int) -> tuple[str, str]:
        """学号 and 班级, thirty to a class."""
        level = {"本科": 1, "硕士": 2, "博士": 3}[degree]
        key = f"{entered}{level}{number:02d}"
        seat = self._seats[key] = self._seats.get(key, 0) + 1
        major = self._majors[number][1].name
        return f"{key}{seat:04d}", f"{major}{entered % 100}{'' if level == 1 else '研'}{(seat - 1) // 30 + 1:02d}班"

    def _candidate_no(self, degree: str, entered: int, county: str) -> str:
        if degree == "本科":
            return f"{entered % 100:02d}{county}{self._serial:06d}"
        return f"{SCHOOL_CODE}{entered % 10}{self._serial:09d}"
