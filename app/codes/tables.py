"""Reference tables (代码表) as data: code, name, the classes they hold for, parent, order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import orjson

from app.codes import data, regions


@dataclass(frozen=True)
class Entry:
    """One line of a table. ``first_class`` and ``last_class`` (届) bound its validity; None is open."""

    code: str
    name: str
    parent: str | None = None
    first_class: int | None = None
    last_class: int | None = None
    export: str | None = None

    def holds_for(self, class_year: int | None) -> bool:
        """Whether the line is offered to that class."""
        if class_year is None:
            return self.last_class is None
        return (self.first_class or 0) <= class_year <= (self.last_class or 9999)


class UnknownCode(KeyError):
    """The table has no such code."""


class Table:
    """An ordered reference table. A code may stand in several lines, for other classes under another name."""

    def __init__(self, name: str, title: str, entries: Iterable[Entry]) -> None:
        self.name, self.title = name, title
        self.entries = tuple(entries)
        self._by_code = {entry.code: entry for entry in self.entries}
        self._by_name = {entry.name: entry for entry in self.entries}

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def holds(self, code: object, class_year: int) -> bool:
        """Whether the code is there for that class (届)."""
        return any(entry.code == code and entry.holds_for(class_year) for entry in self.entries)

    def label(self, code: str, class_year: int | None = None) -> str:
        """The Chinese name, as that class or else the latest had it; raises :class:`UnknownCode`."""
        for entry in self.entries if class_year is not None else ():
            if entry.code == code and entry.holds_for(class_year):
                return entry.name
        try:
            return self._by_code[code].name
        except KeyError:
            raise UnknownCode(f"{self.name} has no code {code}") from None

    def code_of(self, text: str) -> str | None:
        """The code for what a person or a sheet wrote: the code itself or the plain name."""
        text = text.strip()
        if text in self._by_code:
            return text
        found = self._by_name.get(text)
        return found.code if found else None

    def offered(self, class_year: int | None = None) -> list[dict[str, str]]:
        """What a form shows, in order."""
        return [{"code": e.code, "name": e.name} for e in self.entries if e.holds_for(class_year)]


def _load() -> Mapping[str, Table]:
    raw = orjson.loads(data.text("tables.json"))
    raw["country"] = {"title": "国家（地区）", "entries": orjson.loads(data.text("countries.json"))}
    return {
        name: Table(name, table["title"], [Entry(**line) for line in table["entries"]]) for name, table in raw.items()
    }


@cache
def tables() -> Mapping[str, Table]:
    """All tables by name."""
    return _load()


def label(table: str, code: str) -> str:
    """The Chinese name of a code; regions included."""
    if table == "region":
        return regions.full_name(code)
    return tables()[_ALIASES.get(table, table)].label(code)


_ALIASES = {"nature": "unit_nature"}
