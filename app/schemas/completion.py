"""补充信息: missing fields of an effective destination are filled in without voiding it (docs/rules.md, 毕业去向)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.codes import destinations
from app.schemas import form
from app.schemas.destinations import schema_of
from app.schemas.receivers import TRANSFER_FIELDS

KEPT = ("employer_name", "credit_code", *TRANSFER_FIELDS)
"""Never filled in afterwards: whom the claim is with; archive and hukou have their own modules."""


def open_fields(type_id: str, record: Mapping[str, Any], filled: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """The fields that are empty in the record and may be filled in, in the form's order.

    Neither the unit nor what decides the code is among them. ``filled``: what is being filled in, on which further
    fields may depend.
    """
    schema = schema_of(type_id)()
    kept = (*KEPT, destinations.of(type_id).sub_field)
    return tuple(
        name
        for section in schema.SECTIONS
        for name in section.fields
        if name not in kept
        and record.get(name) in (None, "")
        and form.wanted(schema, {**(filled or {}), **record}, name)
    )


def narrowed(type_id: str, record: Mapping[str, Any]) -> form.Form:
    """The form of what may be filled in, every field optional; what belongs together is judged by :func:`complete`."""
    schema, names = schema_of(type_id)(), open_fields(type_id, record)
    fields: dict[str, Any] = {}
    for name in names:
        field = copy.copy(schema.declared_fields[name])
        field.required, field.allow_none, field.load_default = False, True, None
        fields[name] = field
    parts = [replace(part, fields=tuple(name for name in part.fields if name in names)) for part in schema.SECTIONS]
    sections = tuple(part for part in parts if part.fields)
    made: form.Form = type("CompletionForm", (form.Form,), {**fields, "SECTIONS": sections})()
    return made


def outstanding(type_id: str, record: Mapping[str, Any], class_year: int) -> tuple[str, ...]:
    """The open fields that the form now requires: what the graduate is asked to complete."""
    _, errors = form.load(schema_of(type_id)(), _known(type_id, record), class_year)
    asked = {error["pointer"].split("/")[1] for error in errors}
    return tuple(name for name in open_fields(type_id, record) if name in asked)


def complete(
    type_id: str, record: Mapping[str, Any], filled: Mapping[str, Any], class_year: int
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """``(the record with what was filled in, errors)``. Old values are neither changed nor judged again."""
    may = open_fields(type_id, record, filled)
    errors = [
        {"pointer": f"/{name}", "detail": "这一项不能用「补充信息」填写或修改。"} for name in filled if name not in may
    ]
    new = {name: value for name, value in filled.items() if name in may and value not in (None, "")}
    if not new and not errors:
        errors.append({"pointer": "/", "detail": "请至少补充一项。"})
    values, wrong = form.load(schema_of(type_id)(), _known(type_id, record) | new, class_year)
    errors += [error for error in wrong if error["pointer"].split("/")[1] in may]
    return {**record, **{name: values.get(name) for name in new}}, errors


def _known(type_id: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record without fields that the form no longer has."""
    fields = schema_of(type_id)().fields
    return {name: value for name, value in record.items() if name in fields}
