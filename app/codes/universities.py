"""Universities (院校) with the ministry's codes, to pick a name from; a name that is not listed is taken as it is.

The file lists the larger ones; a school replaces it by the full list of its year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.codes import data


@dataclass(frozen=True)
class University:
    """院校: the five-digit code (院校代码) and the first two digits of its region."""

    code: str
    name: str
    province: str


@data.kept
def universities() -> tuple[University, ...]:
    """All that are listed, by code."""
    return tuple(University(**row) for row in data.rows("universities.csv"))


@data.kept
def _by_name() -> Mapping[str, University]:
    return {_plain(each.name): each for each in universities()}


def _plain(name: str) -> str:
    """Brackets come in two widths."""
    return name.replace("(", "（").replace(")", "）").replace(" ", "")


def code_of(name: str) -> str | None:
    """院校代码 of a name as people write it; None where it is not listed."""
    found = _by_name().get(_plain(name))
    return found.code if found else None
