"""What is wrong with the replaceable data files: a code no export knows must stop the start, not a graduate."""

from __future__ import annotations

from collections.abc import Iterator

from app.codes import regions
from app.codes.destinations import DestinationType, catalogue, code_lines
from app.codes.tables import tables
from app.codes.universities import universities
from app.codes.wages import lowest_wages

CLASSES = range(2021, 2041)
"""The classes (届) that every type must have a code for."""


def faults() -> list[str]:
    """A sentence for each fault; none where all files are sound."""
    found: list[str] = []
    for name, look in (
        ("destination_codes.csv", _codes),
        ("minimum_wage.csv", _wages),
        ("universities.csv", _universities),
    ):
        try:
            found += [f"{name}: {fault}" for fault in look()]
        except (KeyError, TypeError, ValueError) as error:
            found.append(f"{name}: cannot be read: {error!r}")
    return found


def subs(each: DestinationType) -> list[str | None]:
    """The sub-kinds that a type's code may depend on."""
    return [None] if each.sub_table is None else [entry.code for entry in tables()[each.sub_table].entries]


def _codes() -> Iterator[str]:
    known = tables()["destination"]
    for line in code_lines():
        each = catalogue().types.get(line.type)
        if each is None or (line.sub is not None and line.sub not in subs(each)):
            yield f"no such type: {_named(line.type, line.sub)}"
        elif not line.export:
            yield f"{line.type} has no export code"
    for each in catalogue().types.values():
        for year in CLASSES:
            for sub in subs(each):
                lines = [one for one in code_lines() if one.holds(each.id, sub, year)]
                if len(lines) != 1:
                    yield f"{_named(each.id, sub)} has {len(lines)} codes for the class of {year}"
                elif not known.holds(lines[0].national, year):
                    yield f"{each.id}: {lines[0].national} is no code of the class of {year}"


def _named(type_id: str, sub: str | None) -> str:
    return type_id if sub is None else f"{type_id} {sub}"


def _wages() -> Iterator[str]:
    for province, wage in lowest_wages().items():
        if not regions.exists(f"{province}0000") or wage.cents <= 0:
            yield f"{province}: no such province, or no pay"


def _universities() -> Iterator[str]:
    seen: set[str] = set()
    for each in universities():
        if len(each.code) != 5 or not each.code.isdigit() or not each.name or each.code in seen:
            yield f"{each.code} {each.name}: a code has five digits and stands once"
        seen.add(each.code)
