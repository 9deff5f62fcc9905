"""The page 毕业去向分类及标准 of a class (届): what each type is, what proves it, which code it has."""

from __future__ import annotations

from typing import Any

from app.codes.destinations import DestinationType, catalogue, code_lines
from app.codes.hints import BY_FORM
from app.codes.tables import tables


def standard(class_year: int) -> dict[str, Any]:
    """Groups in the guide's order with the types that hold for the class, and the ways to them as a person thinks."""
    types = [each for each in catalogue().types.values() if each.holds_for(class_year)]
    return {
        "class_year": class_year,
        "ways": [
            {
                "id": way.id,
                "name": way.name,
                "hint": way.hint,
                "types": [each.id for each in types if each.way == way.id],
            }
            for way in catalogue().ways
        ],
        "groups": [
            {
                "id": group.id,
                "name": group.name,
                "types": [_as_json(each, class_year) for each in types if each.group == group.id],
            }
            for group in catalogue().groups
        ],
    }


def _as_json(each: DestinationType, class_year: int) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.named(class_year),
        "plain": each.plain,
        "choose": each.choose,
        "aliases": list(each.aliases),
        "way": each.way,
        "filled_in": each.form is not None,
        "commissioned": each.commissioned,
        "codes": _codes(each, class_year),
        "standard": list(each.standard),
        "proofs": [
            {
                "id": proof.id,
                "name": proof.name,
                "accepts": list(proof.accepts),
                "hint": proof.hint,
                "required": proof.required,
                "most": proof.most,
                "when": None if proof.when is None else dict(proof.when),
            }
            for proof in each.proofs
        ],
        "archive_hint": BY_FORM.get(each.form or ""),
    }


def _codes(each: DestinationType, class_year: int) -> list[dict[str, Any]]:
    """``[{code, name}]``: one, or one for each sub-kind."""
    names = tables()["destination"]
    return [
        {"code": line.national, "name": names.label(line.national, class_year)}
        for line in code_lines()
        if line.type == each.id and line.holds_for(class_year)
    ]
