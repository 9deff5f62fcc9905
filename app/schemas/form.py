"""Forms (表单) as data: a schema says how it is shown, checked, read and compared.

So no client and no reviewer's page knows a form by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from app.codes import regions
from app.codes.tables import tables
from app.schemas.pointers import pointers

LONGEST_VALUE = 2000
"""Characters that a draft keeps of one field, whatever was typed."""


@dataclass(frozen=True)
class Section:
    """A step (分步) of a form: its title, the names of its fields in order, a sentence that helps."""

    key: str
    title: str
    fields: tuple[str, ...]
    hint: str | None = None


class Form(Schema):
    """A form. Each field's ``metadata`` holds ``label``, and where they apply ``widget``, ``table`` (of codes),
    ``hint``, ``unit``, ``when`` (``{"field", "in"}``: shown and required only then; null in the list is "not chosen
    yet"), ``known`` (what prefills it), ``suggest`` (what completes it while one types: ``university`` or
    ``employer``), ``found`` (what is said once it is one of those) and ``readonly``. Unknown fields are refused."""

    class Meta:
        """Unknown fields are refused."""

        unknown = RAISE

    SECTIONS: ClassVar[tuple[Section, ...]] = ()

    @pre_load
    def blank_is_null(self, data: Any, **kwargs: Any) -> Any:
        """Forms send empty strings for what was left out."""
        if not isinstance(data, Mapping):
            return data
        return {name: None if isinstance(value, str) and not value.strip() else value for name, value in data.items()}


def wanted(form: Form, values: Mapping[str, Any], name: str) -> bool:
    """Whether the field applies, given the other values."""
    when = form.fields[name].metadata.get("when")
    return when is None or values.get(when["field"]) in when["in"]


def load(form: Form, values: Mapping[str, Any], class_year: int) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """``(as stored, errors)``: the values as plain JSON, and what is wrong as ``{pointer, detail}``.

    Besides the schema's own rules, every code must hold for the class, and a field whose ``when`` does not apply is
    dropped, so that nothing hidden stays behind.
    """
    applying = {name: value for name, value in values.items() if name not in form.fields or wanted(form, values, name)}
    try:
        stored: dict[str, Any] = form.load(applying)
    except ValidationError as error:
        wrong = list(pointers(error.messages))
        named = {each["pointer"] for each in wrong}
        wrong += [each for each in _missing(form, applying) if each["pointer"] not in named]
        return dict(applying), _in_order(form, wrong)
    errors = [*_missing(form, stored), *_outdated(form, stored, class_year)]
    return {name: _plain(value) for name, value in stored.items()}, _in_order(form, errors)


def _in_order(form: Form, errors: list[dict[str, str]]) -> list[dict[str, str]]:
    """As the form's fields stand on the page; what belongs to no field comes last."""
    places = {name: place for place, name in enumerate(name for part in form.SECTIONS for name in part.fields)}
    return sorted(errors, key=lambda each: places.get(each["pointer"].split("/")[1], len(places)))


def _missing(form: Form, stored: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Fields that are required only under a condition which holds."""
    for name, field in form.fields.items():
        needed = field.metadata.get("when") and field.metadata.get("needed", True)
        if needed and stored.get(name) is None and wanted(form, stored, name):
            yield {"pointer": f"/{name}", "detail": "必须填写。"}


def _outdated(form: Form, stored: Mapping[str, Any], class_year: int) -> Iterator[dict[str, str]]:
    for name, field in form.fields.items():
        table, value = field.metadata.get("table"), stored.get(name)
        if table and table != "region" and value is not None and not tables()[table].holds(value, class_year):
            yield {"pointer": f"/{name}", "detail": f"这一项不适用于 {class_year} 届，请从列表中重新选择。"}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def with_known(form: Form, values: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The values with every read-only field as it is known, whatever was sent for it."""
    fixed = {
        name: known.get(field.metadata["known"])
        for name, field in form.fields.items()
        if field.metadata.get("readonly")
    }
    return {**values, **fixed}


def as_typed(form: Form, values: Any) -> dict[str, Any]:
    """What a draft keeps: known fields as they were typed, right or wrong, each cut at :data:`LONGEST_VALUE`.

    Raises :class:`marshmallow.ValidationError` for fields the form does not know and values no field could hold.
    """
    if not isinstance(values, Mapping):
        raise ValidationError("格式不正确。")
    if unknown := [name for name in values if name not in form.fields]:
        raise ValidationError({name: ["不认识的字段。"] for name in unknown})
    kept = {}
    for name, value in values.items():
        inner = form.fields[name]
        if isinstance(inner, fields.Nested) and isinstance(value, Mapping):
            kept[name] = {key: _typed(part) for key, part in value.items() if key in inner.schema.fields}
        else:
            kept[name] = _typed(value)
    return kept


def _typed(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_VALUE].replace("\x00", "")
    if value is None or isinstance(value, bool | int):
        return value
    raise ValidationError("格式不正确。")


def describe(form: Form, class_year: int) -> list[dict[str, Any]]:
    """``[{key, title, hint, fields: [{name, label, widget, required, …}]}]``, for a client that draws any form."""
    return [
        {
            "key": section.key,
            "title": section.title,
            "hint": section.hint,
            "fields": [_described(name, form.fields[name], class_year) for name in section.fields],
        }
        for section in form.SECTIONS
    ]


def _described(name: str, field: fields.Field[Any], class_year: int) -> dict[str, Any]:
    told = field.metadata
    found: dict[str, Any] = {
        "name": name,
        "label": told["label"],
        "widget": told.get("widget", "text"),
        "required": field.required or bool(told.get("when") and told.get("needed", True)),
        "longest": next((rule.max for rule in field.validators if isinstance(rule, validate.Length)), None),
        "table": told.get("table"),
        "hint": told.get("hint"),
        "placeholder": told.get("placeholder"),
        "unit": told.get("unit"),
        "known": told.get("known"),
        "suggest": told.get("suggest"),
        "found": told.get("found"),
        "when": told.get("when"),
        "readonly": bool(told.get("readonly")),
        "options": None,
        "fields": None,
    }
    if found["table"] and found["table"] != "region":
        found["options"] = tables()[found["table"]].offered(class_year)
    if isinstance(field, fields.Nested):
        found["widget"] = "group"
        found["fields"] = [_described(key, inner, class_year) for key, inner in field.schema.fields.items()]
    return found


def spoken(name: str, field: fields.Field[Any], value: Any) -> str:
    """A value as people read it: codes by name, money in yuan."""
    told = field.metadata
    if value is None or value == "":
        return ""
    if told.get("table") == "region":
        return regions.full_name(str(value)) if regions.is_place(str(value)) else str(value)
    if told.get("table"):
        table = tables()[told["table"]]
        return table.label(str(value)) if str(value) in table else str(value)
    if told.get("widget") == "money" and isinstance(value, int):
        return f"{value // 100:,}" + (f".{value % 100:02d}" if value % 100 else "") + str(told.get("unit", " 元"))
    if told.get("widget") == "date":
        try:
            day = date.fromisoformat(str(value))
        except ValueError:  # in a draft, as it was typed
            return str(value)
        return f"{day.year}年{day.month}月{day.day}日"
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value}{told.get('unit', '')}"


def lines(form: Form, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``[{section, fields: [{key, label, value, checked}]}]`` of what was filled in, in the form's order."""
    found = []
    for section in form.SECTIONS:
        rows = [row for name in section.fields for row in _rows(name, form.fields[name], values.get(name))]
        if rows:
            found.append({"section": section.title, "fields": rows})
    return found


def _rows(name: str, field: fields.Field[Any], value: Any, prefix: str = "") -> list[dict[str, Any]]:
    key = f"{prefix}{name}"
    if isinstance(field, fields.Nested):
        inner = value if isinstance(value, Mapping) else {}
        return [
            row for part, sub in field.schema.fields.items() for row in _rows(part, sub, inner.get(part), f"{key}/")
        ]
    text = spoken(name, field, value)
    if not text:
        return []
    checked = field.metadata.get("checked") if isinstance(field.metadata.get("checked"), str) else None
    return [{"key": key, "label": field.metadata["label"], "value": text, "checked": checked}]


def differences(
    form: Form, before: Mapping[str, Any], after: Mapping[str, Any], was: Form | None = None
) -> list[dict[str, str]]:
    """``[{key, label, before, after}]`` of every field whose words changed; ``was``: the form before, if another."""
    old = {row["key"]: row for part in lines(was or form, before) for row in part["fields"]}
    new = {row["key"]: row for part in lines(form, after) for row in part["fields"]}
    return [
        {
            "key": key,
            "label": (new.get(key) or old[key])["label"],
            "before": old[key]["value"] if key in old else "",
            "after": new[key]["value"] if key in new else "",
        }
        for key in dict.fromkeys([*old, *new])
        if (old.get(key) or {}).get("value") != (new.get(key) or {}).get("value")
    ]
