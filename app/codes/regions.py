"""Regions (行政区划, GB/T 2260, six digits), from the table that python-stdnum ships for ID numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

_LINE = re.compile(r'^(\s*)(\d+) (?:province|county)="(.*)"$')
_DATED = re.compile(r"^\[\d*-(\d*)\](.*)$")
# Neither a place to live nor one to post an archive to: levels that only group others.
_GROUPS = ("市辖区", "县", "省直辖县级行政单位", "自治区直辖县级行政单位")
_TRADITIONAL = {"臺灣省": "台湾省", "香港特別行政區": "香港特别行政区", "澳門特別行政區": "澳门特别行政区"}


@dataclass
class Region:
    """One place of today's map."""

    code: str
    name: str
    children: list[Region] = field(default_factory=list)


def _name_today(text: str) -> str | None:
    """Of 「[1983-1989]南头区办事处,[1990-]南山区」 the name that holds now."""
    for part in reversed(text.split(",")):
        dated = _DATED.match(part)
        if dated is None:
            return part
        if not dated.group(1):
            return dated.group(2)
    return None


@cache
def names() -> dict[str, str]:
    """Every code of today's map with its own short name."""
    found: dict[str, str] = {}
    province = ""
    for line in resources.files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        if (match := _LINE.match(line)) is None:
            continue
        indent, digits, text = match.groups()
        if not indent:
            province = digits
            found[f"{digits}0000"] = _TRADITIONAL.get(text, text)
        elif digits != "0000" and (name := _name_today(text)) is not None:
            found[province + digits] = name
    return found


def exists(code: str) -> bool:
    """Whether the code is on today's map."""
    return code in names()


@cache
def _with_places_in_it() -> frozenset[str]:
    codes = names()
    return frozenset({code[:2] + "0000" for code in codes if not code.endswith("0000")}) | frozenset(
        {code[:4] + "00" for code in codes if not code.endswith("00")}
    )


def is_place(code: str) -> bool:
    """Whether the code is on today's map and names a place itself, as a county does, not one that only holds others."""
    return exists(code) and code not in _with_places_in_it()


def parts(code: str) -> list[str]:
    """Province, city and county of a code, without grouping levels and repetitions."""
    known = names()
    found: list[str] = []
    for step in (code[:2] + "0000", code[:4] + "00", code):
        name = known.get(step)
        if name and name not in _GROUPS and name not in found:
            found.append(name)
    return found


def full_name(code: str) -> str:
    """「浙江省杭州市滨江区」, or the code itself where the map no longer has it."""
    return "".join(parts(code)) or code


def short_name(code: str) -> str:
    """「杭州 · 滨江区」: city and county, as cards show a place."""
    found = parts(code)
    return " · ".join(found[-2:]) if len(found) > 1 else "".join(found)


@cache
def tree() -> list[dict[str, object]]:
    """Provinces with cities with counties, for pickers: ``[{code, name, children}]``."""
    known = names()
    provinces: dict[str, Region] = {}
    cities: dict[str, Region] = {}
    for code in sorted(known):
        name = known[code]
        if code.endswith("0000"):
            provinces[code[:2]] = Region(code, name)
        elif code.endswith("00"):
            # In a municipality the grouping level carries the municipality's own name.
            shown = provinces[code[:2]].name if name in _GROUPS[:2] else name
            cities[code[:4]] = Region(code, shown)
            provinces[code[:2]].children.append(cities[code[:4]])
        elif (city := cities.get(code[:4])) is not None:
            city.children.append(Region(code, name))
        else:
            provinces[code[:2]].children.append(Region(code, name))
    return [_as_json(province) for province in provinces.values()]


def _as_json(region: Region) -> dict[str, object]:
    json: dict[str, object] = {"code": region.code, "name": region.name}
    if region.children:
        json["children"] = [_as_json(child) for child in region.children]
    return json
