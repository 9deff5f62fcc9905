"""Text made to fit WeChat's typed template fields (模板消息参数值内容限制): cut where people see characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

LONGEST = {"thing": 20, "character_string": 32, "phrase": 5}
"""Characters per type; WeChat answers 47003 to a longer value instead of cutting it."""
NOTHING = "无"
"""Stands where a value is empty: WeChat refuses empty ones."""
_ELLIPSIS = "…"
_GRAPHEME = regex.compile(r"\X")
# Emoji left template messages in 2023, together with colours; what joins or varies them goes with them.
_EMOJI = regex.compile(r"[\p{Emoji_Presentation}\U0001F000-\U0001FAFF\uFE0F\u200D\u20E3]")
_BREAKS = regex.compile(r"[\s\p{Zl}\p{Zp}]+")
_UNSEEN = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}]")
_NOT_ASCII = regex.compile(r"[^\x20-\x7e]")
_HAN = regex.compile(r"[\p{Han}〇·]+")
_NUMBER = regex.compile(r"\d{1,9}")
_TIME = regex.compile(r"\d{4}年\d{1,2}月\d{1,2}日 \d{1,2}:\d{2}")


class DoesNotFit(ValueError):
    """A value that cannot be cut to fit: the catalogue is wrong, not the data."""


@lru_cache(maxsize=4096)  # employers and positions repeat
def fit(key: str, value: str) -> str:
    """``value`` as field ``key`` (thing1, time3 …) may hold it; a cut shows as 「…」.

    Raises :class:`DoesNotFit` for a phrase or time of another shape, which only the catalogue can cause.
    """
    kind = key.rstrip("0123456789")
    match kind:
        case "thing":
            return shortened(plain(value), LONGEST[kind]) or NOTHING
        case "character_string":
            return _NOT_ASCII.sub("", plain(value))[: LONGEST[kind]].strip() or "-"
        case "phrase" if len(value) <= LONGEST[kind] and _HAN.fullmatch(value):
            return value
        case "number" if _NUMBER.fullmatch(value):
            return value
        case "time" if _TIME.fullmatch(value):
            return value
    raise DoesNotFit(f"{key} cannot hold {value!r}")


def plain(value: str) -> str:
    """One line without emoji and unseen characters, composed (NFC)."""
    line = _BREAKS.sub(" ", unicodedata.normalize("NFC", value))
    return _UNSEEN.sub("", _EMOJI.sub("", line)).strip()


def shortened(value: str, longest: int) -> str:
    """At most ``longest`` characters as WeChat counts them, cut only between graphemes."""
    if len(value) <= longest:
        return value
    kept, room = [], longest - len(_ELLIPSIS)
    for grapheme in _GRAPHEME.findall(value):
        room -= len(grapheme)
        if room < 0:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + _ELLIPSIS
