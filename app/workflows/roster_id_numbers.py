"""ID numbers (证件号): resident ID cards by GB 11643, residence permits of 港澳台居民, passports."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

PERMIT = re.compile(r"8[123]0000\d{11}[0-9X]")
"""港澳台居民居住证: numbered as an ID card, under one code for each of Hong Kong, Macao and Taiwan."""
PASSPORT = re.compile(r"[A-Z0-9]{5,20}")


class WrongNumber(ValueError):
    """Not a number of its kind; the sentence says what is wrong with it."""


def checked(kind: str, text: str) -> str:
    """The number as it is stored (upper case, no spaces); raises WrongNumber."""
    number = "".join(text.split()).upper()
    match kind:
        case "resident":
            return _resident(number)
        case "hmt_residence":
            if not PERMIT.fullmatch(number):
                raise WrongNumber("港澳台居民居住证应为 18 位，以 810000、820000 或 830000 开头。")
            return _dated(number)
    if not PASSPORT.fullmatch(number):
        raise WrongNumber("护照号应为 5 到 20 位字母和数字。")
    return number


def _resident(number: str) -> str:
    if len(number) != 18:
        raise WrongNumber(f"身份证号应为 18 位，这里是 {len(number)} 位。")
    if not (number[:17].isascii() and number[:17].isdecimal()):
        raise WrongNumber("身份证号应为 17 位数字加一位校验码。")
    _dated(number)
    if not _place_existed(number[:6], number[6:10]):
        raise WrongNumber("身份证号里的地区在出生那年不存在。")
    return number


def _dated(number: str) -> str:
    if number[-1] != ric.calc_check_digit(number):
        raise WrongNumber("证件号校验位不对，请核对是否录错。")
    try:
        _birth_date(number)
    except ValueError:
        raise WrongNumber("证件号里的出生日期不存在。") from None
    return number


@lru_cache(maxsize=100_000)
def _place_existed(region: str, year: str) -> bool:
    """Whether a region had this code in that year; the table is slow to ask, and a school's people come from few."""
    try:
        ric.get_birth_place(f"{region}{year}01010000")
    except InvalidComponent:
        return False
    return True


def _birth_date(number: str) -> date:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def birth_date(kind: str, number: str) -> date | None:
    """The date of birth a checked number holds, where it holds one."""
    return None if kind == "passport" else _birth_date(number)


def gender(kind: str, number: str) -> str | None:
    """性别 code (1 男, 2 女) a checked number holds, where it holds one."""
    return None if kind == "passport" else ("1" if int(number[16]) % 2 else "2")
