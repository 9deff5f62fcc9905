"""marshmallow's errors as JSON pointers with Chinese sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

KNOWN = {
    "Unknown field.": "不认识的字段。",
    "Missing data for required field.": "必须填写。",
    "Field may not be null.": "必须填写。",
    "Not a valid string.": "应为文字。",
    "Not a valid integer.": "应为整数。",
    "Not a valid boolean.": "应为是或否。",
    "Not a valid date.": "日期格式不正确。",
    "Invalid input type.": "格式不正确。",
}
"""marshmallow's own sentences, where a field brings none of ours."""


def pointers(errors: Any, path: str = "") -> Iterable[dict[str, str]]:
    """Nested errors as ``{pointer, detail}``."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            yield from pointers(inner, path if name == "_schema" else f"{path}/{name}")
    else:
        for sentence in errors if isinstance(errors, list) else [errors]:
            if isinstance(sentence, dict):
                yield from pointers(sentence, path)
            else:
                yield {"pointer": path or "/", "detail": KNOWN.get(str(sentence), str(sentence))}
