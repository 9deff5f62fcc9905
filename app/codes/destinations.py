"""The catalogue of destinations (毕业去向分类及标准): groups, types in the guide's order, proofs, and codes by class.

A type's id never changes; the ministry's code and the code of an export are two columns of ``destination_codes.csv``
(docs/rules.md, 毕业去向). Rows marked ``verified=no`` were seen in no real export: the school confirms them before use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from app.codes import data
from app.codes.tables import tables

SIGNED = "signed_agreement"
"""签就业协议形式就业: entered by signing, never filled in as a type."""


class UnknownType(KeyError):
    """The catalogue has no such type."""


class NoCode(LookupError):
    """No code for this type, sub-kind and class: the form lacks its sub-kind, or it does not hold for the class."""


@dataclass(frozen=True)
class Proof:
    """证明材料: one item to upload, any one of ``accepts`` will do. ``when``: asked for only then."""

    id: str
    name: str
    accepts: tuple[str, ...]
    hint: str
    required: bool
    most: int = 9
    when: Mapping[str, Any] | None = None

    def applies(self, form: Mapping[str, Any]) -> bool:
        """Whether this form needs it."""
        return self.when is None or form.get(self.when["field"]) in self.when["in"]


@dataclass(frozen=True)
class Former:
    """The name up to a class (届)."""

    name: str
    last_class: int


@dataclass(frozen=True)
class DestinationType:
    """去向类型. ``form`` names its schema (None: entered by signing); its code may depend on ``sub_field``."""

    id: str
    group: str
    way: str
    form: str | None
    name: str
    plain: str
    choose: str
    aliases: tuple[str, ...]
    standard: tuple[str, ...]
    proofs: tuple[Proof, ...]
    sub_field: str | None = None
    sub_table: str | None = None
    commissioned: bool = False
    levels: tuple[str, ...] = ()
    """审核级别 that must be passed whatever a school has set, as 自由职业 both"""
    former: tuple[Former, ...] = ()
    first_class: int | None = None
    last_class: int | None = None

    def holds_for(self, class_year: int) -> bool:
        """Whether it is there for that class."""
        return (self.first_class or 0) <= class_year <= (self.last_class or 9999)

    def open_to(self, class_year: int, *, commissioned: bool) -> bool:
        """Whether such a graduate may file it: 定向 and 委培 have one type only, nobody else has that one."""
        return self.form is not None and self.commissioned is commissioned and self.holds_for(class_year)

    def named(self, class_year: int) -> str:
        """The name as that class (届) knows it."""
        return next((old.name for old in self.former if class_year <= old.last_class), self.name)

    def needs(self, form: Mapping[str, Any]) -> tuple[Proof, ...]:
        """The proofs that this form may bring."""
        return tuple(proof for proof in self.proofs if proof.applies(form))


@dataclass(frozen=True)
class Heading:
    """A group (分组) of the guide, or a way (「我要去做什么」) as a person thinks."""

    id: str
    name: str
    hint: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """Everything, in order."""

    groups: tuple[Heading, ...]
    ways: tuple[Heading, ...]
    types: Mapping[str, DestinationType]


@dataclass(frozen=True)
class CodeLine:
    """One line of ``destination_codes.csv``."""

    type: str
    sub: str | None
    first_class: int | None
    last_class: int | None
    national: str
    export: str
    verified: bool

    def holds(self, type_id: str, sub: object, class_year: int) -> bool:
        """Whether the line is for this type, sub-kind and class."""
        return (
            self.type == type_id
            and self.sub in (None, sub)
            and (self.first_class or 0) <= class_year <= (self.last_class or 9999)
        )

    def holds_for(self, class_year: int) -> bool:
        """Whether the line is for some sub-kind of that class."""
        return self.holds(self.type, self.sub, class_year)


class Codes(NamedTuple):
    """The ministry's code (毕业去向类别代码) and what an export writes."""

    national: str
    export: str


@data.kept
def catalogue() -> Catalogue:
    """The catalogue as the data file has it."""
    raw = orjson.loads(data.text("destinations.json"))
    return Catalogue(
        tuple(Heading(**line) for line in raw["groups"]),
        tuple(Heading(**line) for line in raw["ways"]),
        {line["id"]: _type(line) for line in raw["types"]},
    )


def _type(line: dict[str, Any]) -> DestinationType:
    proofs = tuple(Proof(**proof | {"accepts": tuple(proof["accepts"])}) for proof in line["proofs"])
    former = tuple(Former(**old) for old in line.get("former", ()))
    texts: dict[str, Any] = {name: tuple(line.get(name, ())) for name in ("aliases", "standard", "levels")}
    return DestinationType(**line | texts | {"proofs": proofs, "former": former})


@data.kept
def code_lines() -> tuple[CodeLine, ...]:
    """The map from type, sub-kind and class to codes."""
    return tuple(
        CodeLine(
            row["type"],
            row["sub"] or None,
            int(row["first_class"]) if row["first_class"] else None,
            int(row["last_class"]) if row["last_class"] else None,
            row["national"],
            row["export"],
            row["verified"] == "yes",
        )
        for row in data.rows("destination_codes.csv")
    )


def of(type_id: str) -> DestinationType:
    """The type; raises :class:`UnknownType`."""
    try:
        return catalogue().types[type_id]
    except KeyError:
        raise UnknownType(type_id) from None


def may_choose(type_id: str, class_year: int, *, commissioned: bool) -> bool:
    """Whether a graduate of that class may file a type of that name (:meth:`DestinationType.open_to`)."""
    found = catalogue().types.get(type_id)
    return found is not None and found.open_to(class_year, commissioned=commissioned)


def offered(class_year: int, *, commissioned: bool) -> list[tuple[Heading, list[DestinationType]]]:
    """The groups with the types a graduate of that class may file; groups without any are left out."""
    found = []
    for group in catalogue().groups:
        types = [
            each
            for each in catalogue().types.values()
            if each.group == group.id and each.open_to(class_year, commissioned=commissioned)
        ]
        if types:
            found.append((group, types))
    return found


def code_for(type_id: str, form: Mapping[str, Any], class_year: int) -> Codes:
    """The codes of a filled-in form; raises :class:`UnknownType` and :class:`NoCode`."""
    sub_field = of(type_id).sub_field
    sub = form.get(sub_field) if sub_field else None
    for line in code_lines():
        if line.holds(type_id, sub, class_year):
            return Codes(line.national, line.export)
    raise NoCode(f"{type_id}, {sub}, {class_year}")


def code_name(type_id: str, form: Mapping[str, Any], class_year: int) -> str:
    """The name that goes with the code, as that class has it (毕业去向类别); raises as :func:`code_for`."""
    return tables()["destination"].label(code_for(type_id, form, class_year).national, class_year)
