"""What a message says, held against its template: the same for template and subscription messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.errors import WeChatError
from sandbox.fields import is_acceptable
from sandbox.message_templates import MessageTemplate


def check_data(template: MessageTemplate, data: Any, sensitive: Sequence[str]) -> None:
    """Raises 47003 with the field named, 47001 when data is no object, 45168 at one of the words ``sensitive``."""
    if not isinstance(data, dict):
        raise WeChatError(47001)
    for field in template.fields:
        item = data.get(field.key)
        value = item.get("value") if isinstance(item, dict) else None
        if value is None or value == "":
            raise WeChatError(47003, f"argument invalid! data.{field.key}.value is empty")
        if not isinstance(value, str) or not is_acceptable(field.type, value, field.values):
            raise WeChatError(47003, f"argument invalid! data.{field.key}.value invalid")
        if sensitive and any(word in value for word in sensitive):
            raise WeChatError(45168)
    if len(data) > len(template.fields):
        known = {field.key for field in template.fields}
        stray = next(key for key in data if key not in known)
        raise WeChatError(47003, f"argument invalid! data.{stray} is not in the template")


def check_address(name: str, address: Any) -> None:
    """Raises 47003 unless ``address`` is absent or a web address."""
    if address is None or address == "":
        return
    if not isinstance(address, str) or not address.startswith(("http://", "https://")):
        raise WeChatError(47003, f"argument invalid! {name} invalid")


def as_text(template: MessageTemplate, data: dict[str, Any]) -> str:
    """The card in words: a line for each field."""
    return "\n".join(f"{field.label}：{data[field.key]['value']}" for field in template.fields if field.key in data)
