"""The message templates of the account: a table that can be added to (类目模板)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sandbox.fields import FIELD_TYPES

DEFAULTS = Path(__file__).with_name("message_templates.json")
SUBSCRIPTION_DEFAULTS = Path(__file__).with_name("subscription_templates.json")
SUBSCRIPTIONS = ("", "once", "long")


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a card. ``values`` lists what a const or enum field may say; ``strong`` is
    how the phone draws the line that matters."""

    key: str
    label: str
    values: tuple[str, ...] = ()
    strong: bool = False

    @property
    def type(self) -> str:
        """The field's type: the key without its number."""
        return self.key.rstrip("0123456789")


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A template as the platform approved it: id, title and its fields in order.

    ``subscription`` is empty for a template message (模板消息), else how long a consent to this subscription
    message (订阅通知) lasts: once, long."""

    id: str
    title: str
    fields: tuple[Field, ...]
    subscription: str = ""

    @classmethod
    def read(cls, raw: Any) -> MessageTemplate:
        """From JSON ``{id, title, fields: [{key, label, values?, strong?}], subscription?}``.

        Raises ValueError."""
        try:
            fields = tuple(
                Field(
                    str(item["key"]),
                    str(item["label"]),
                    tuple(item.get("values", ())),
                    bool(item.get("strong")),
                )
                for item in raw["fields"]
            )
            template = cls(str(raw["id"]), str(raw["title"]), fields, str(raw.get("subscription", "")))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a template needs id, title and fields: {error!r}") from None
        if template.subscription not in SUBSCRIPTIONS:
            raise ValueError(f"{template.id}: subscription is once or long")
        for item in fields:
            if not re.fullmatch(r"[a-z_]+\d+", item.key) or item.type not in FIELD_TYPES:
                raise ValueError(f"{template.id}: {item.key} is not a known field type")
        return template


def read_templates(files: Iterable[Path]) -> dict[str, MessageTemplate]:
    """The default tables, then each file's entries on top. Raises ValueError, OSError."""
    table: dict[str, MessageTemplate] = {}
    for file in (DEFAULTS, SUBSCRIPTION_DEFAULTS, *files):
        for raw in orjson.loads(file.read_bytes()):
            template = MessageTemplate.read(raw)
            table[template.id] = template
    return table
