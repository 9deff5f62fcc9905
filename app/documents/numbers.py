"""Agreement numbers (协议编号): 19 digits, 「2026 1 19999 480217365」.

Four digits year, one digit kind (1 signed online, 2 applied for offline, 3 supplement to a paper agreement), five
digits school code, nine digits serial. Of the serial, eight are random, so that a number tells nobody how many were
made and cannot be guessed from another; the ninth is a check digit over all eighteen before it by ISO 7064
Mod 11, 10, which finds every single wrong digit and nearly all swapped neighbours. Uniqueness is the database's.
"""

from __future__ import annotations

import secrets
from random import Random
from typing import Literal

from stdnum.iso7064 import mod_11_10

Kind = Literal["1", "2", "3"]
ONLINE: Kind = "1"
OFFLINE: Kind = "2"
SUPPLEMENT: Kind = "3"
LENGTH = 19
RANDOM_DIGITS = 8


def new_agreement_number(year: int, kind: Kind, school_code: str, random: Random | None = None) -> str:
    """A fresh number; ``random`` defaults to the operating system's generator. ValueError on impossible parts."""
    if kind not in ("1", "2", "3"):
        raise ValueError("the kind is impossible")
    return _drawn(year, kind, school_code, random)


def _drawn(year: int, kind: str, school_code: str, random: Random | None) -> str:
    """Year, kind if the number has one, school code, random digits, and the check digit over all of them."""
    if not 2000 <= year <= 9999:
        raise ValueError("the year is impossible")
    if len(school_code) != 5 or not (school_code.isascii() and school_code.isdigit()):
        raise ValueError("a school code has five digits")
    source = random or secrets.SystemRandom()
    body = f"{year}{kind}{school_code}{source.randrange(10**RANDOM_DIGITS):0{RANDOM_DIGITS}d}"
    return str(body + mod_11_10.calc_check_digit(body))


def is_valid(number: str) -> bool:
    """Whether a number can be one of ours: shape, kind and check digit; says nothing of whether it was ever given."""
    return (
        len(number) == LENGTH
        and number.isascii()
        and number.isdigit()
        and number[4] in "123"
        and bool(mod_11_10.is_valid(number))
    )


def grouped(number: str) -> str:
    """In groups for reading aloud and comparing: year, kind, school, serial."""
    return f"{number[:4]} {number[4]} {number[5:10]} {number[10:]}"


def ungrouped(typed: str) -> str:
    """What a person typed or pasted, without the blanks between groups."""
    return "".join(typed.split())


TRANSFER_LENGTH = 18


def new_transfer_number(year: int, school_code: str, random: Random | None = None) -> str:
    """A fresh 转递编号, 18 digits: year, school code, eight random digits, a check digit over all before it.

    It goes with an archive on paper and is typed by the office that receives it. ValueError on impossible parts.
    """
    return _drawn(year, "", school_code, random)


def is_transfer_number(number: str) -> bool:
    """Whether it can be a 转递编号 of ours: shape and check digit; says nothing of whether it was ever given."""
    return len(number) == TRANSFER_LENGTH and number.isascii() and number.isdigit() and bool(mod_11_10.is_valid(number))


def grouped_transfer_number(number: str) -> str:
    """In groups for reading aloud and comparing: 「2026 19999 04172638 5」."""
    return f"{number[:4]} {number[4:9]} {number[9:17]} {number[17:]}"
