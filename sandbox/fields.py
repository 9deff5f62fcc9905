"""What each typed field of a message template may hold (模板消息参数值内容限制).

Stricter than a test account, which checks no lengths at all: a text that passes here passes there.
Lengths are counted in characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇·]"
# Emoji were removed from messages in 2023, with colours and the first and last line.
EMOJI = re.compile("[\U0001f000-\U0001faff\ufe0f\u200d]")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")

DAY = r"\d{4}(?:年\d{1,2}月\d{1,2}日|([-/.])\d{1,2}\1\d{1,2})"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"


def _within(limit: int, pattern: str = ".") -> Callable[[str], bool]:
    shape = re.compile(f"(?:{pattern}){{1,{limit}}}")
    return lambda text: bool(shape.fullmatch(text))


@lru_cache(maxsize=4096)  # deadlines repeat from message to message
def _is_moment(text: str) -> bool:
    """A day, a time of day, or both, that exist in the calendar."""
    plain = re.sub(r"[年月/.]", "-", text).replace("日", "")
    for layout in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M"):
        try:
            datetime.strptime(plain, layout)  # noqa: DTZ007 - only asks whether the day exists
        except ValueError:
            continue
        return True
    return False


def _moments(*shapes: str) -> Callable[[str], bool]:
    allowed = [re.compile(shape) for shape in shapes]

    def check(text: str) -> bool:
        ends = re.split(r"\s*~\s*", text)
        return len(ends) <= 2 and all(
            any(shape.fullmatch(end) for shape in allowed) and _is_moment(end) for end in ends
        )

    return check


def _is_name(text: str) -> bool:
    if re.search(HAN, text):
        return len(text) <= 10
    return bool(re.fullmatch(r"[^\d]{1,20}", text))


# Type → what a value must satisfy. An unpublished limit (short_thing) is set tight on purpose.
FIELD_TYPES: dict[str, Callable[[str], bool]] = {
    "thing": _within(20),
    "short_thing": _within(10),
    "character_string": _within(32, r"[\x20-\x7e]"),
    "phrase": _within(5, HAN),
    "name": _is_name,
    "number": lambda text: len(text) <= 32 and bool(re.fullmatch(r"-?\d+(\.\d+)?", text)),
    "letter": _within(32, "[A-Za-z]"),
    "symbol": _within(5, r"[^\w\s]"),
    "time": _moments(CLOCK, f"{DAY} {CLOCK}"),
    "date": _moments(DAY, f"{DAY} {CLOCK}"),
    "amount": lambda text: bool(re.fullmatch(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?", text)),
    "phone_number": _within(17, r"[\d+\-() ]"),
    "car_number": lambda text: bool(re.fullmatch(rf"(?:{HAN}|[A-Z])[A-Z0-9]{{0,6}}(?:{HAN}|[A-Z0-9])", text)),
    "const": _within(20),
    "enum": _within(20),
    # Old industry templates: no type; a long value folds on the phone instead of failing.
    "keyword": lambda text: len(text) <= 200,
}


def is_acceptable(kind: str, value: str, values: Sequence[str] = ()) -> bool:
    """Whether a field of type ``kind`` may hold ``value``; ``values`` closes const and enum."""
    if CONTROL.search(value) or EMOJI.search(value):
        return False
    if kind in ("const", "enum") and value not in values:
        return False
    return FIELD_TYPES[kind](value)
