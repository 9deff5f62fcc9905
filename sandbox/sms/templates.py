"""The approved templates of text messages (正文模板): a text with {1}, {2}, …"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

DEFAULTS = Path(__file__).parent.with_name("sms_templates.json")
PLACE = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """One template; ``places`` is how many parameters it takes."""

    id: str
    text: str
    places: int

    @classmethod
    def read(cls, raw: Any) -> SmsTemplate:
        """From JSON ``{id, text}``. Raises ValueError."""
        if not isinstance(raw, dict) or not all(isinstance(raw.get(name), str) for name in ("id", "text")):
            raise ValueError("a template of text messages needs id and text")
        numbers = {int(number) for number in PLACE.findall(raw["text"])}
        if numbers != set(range(1, len(numbers) + 1)):
            raise ValueError(f"{raw['id']}: places are numbered from {{1}} without gaps")
        return cls(raw["id"], raw["text"], len(numbers))

    def filled(self, parameters: list[str]) -> str:
        """The text with its places filled."""
        return PLACE.sub(lambda place: parameters[int(place[1]) - 1], self.text)


def read_sms_templates() -> dict[str, SmsTemplate]:
    """The default table. Raises ValueError, OSError."""
    templates = [SmsTemplate.read(raw) for raw in orjson.loads(DEFAULTS.read_bytes())]
    return {template.id: template for template in templates}
