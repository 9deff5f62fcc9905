"""What is made to go wrong: rules that a person or a test sets, each for some calls only."""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

RECEIPTS = ("double", "missing", "late", "early")


@dataclass(slots=True)
class Rule:
    """One fault. Empty conditions match everything; ``times`` empty means until removed.

    ``errcode`` and ``http_status`` replace the answer, ``delay`` (seconds) holds it back;
    ``after`` carries the call out first, so that only its answer is lost; ``cut`` breaks the
    connection off in the middle of the answer. ``receipt``,
    ``status`` (for example "failed: system failed"), ``receipt_delay`` (seconds) and
    ``msgid_zero`` change the receipt of an accepted message and leave the answer alone.
    """

    id: int = 0
    path: str = ""
    openid: str = ""
    template_id: str = ""
    times: int | None = None
    errcode: int = 0
    http_status: int = 0
    delay: float = 0.0
    after: bool = False
    cut: bool = False
    receipt: str = ""
    status: str = ""
    receipt_delay: float = 0.0
    msgid_zero: bool = False
    hits: int = 0

    @property
    def on_receipt(self) -> bool:
        """Whether the rule concerns receipts; otherwise it concerns answers."""
        return bool(self.receipt or self.status or self.receipt_delay or self.msgid_zero)

    def matches(self, path: str, openid: str, template_id: str) -> bool:
        """Whether a call meets the conditions."""
        return self.path in ("", path) and self.openid in ("", openid) and self.template_id in ("", template_id)


class Faults:
    """The rules in force, oldest first; the first that matches a call is used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.rules: list[Rule] = []

    def add(self, raw: dict[str, Any]) -> Rule:
        """From JSON. Raises ValueError on a name or value that means nothing."""
        allowed = {item.name for item in fields(Rule)} - {"id", "hits"}
        unknown = sorted(set(raw) - allowed)
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}")
        rule = Rule(**raw)
        if rule.receipt not in ("", *RECEIPTS):
            raise ValueError(f"receipt is one of {', '.join(RECEIPTS)}")
        for name in ("delay", "receipt_delay", "errcode", "http_status"):
            if not isinstance(getattr(rule, name), int | float):
                raise ValueError(f"{name} is a number")
        if rule.times is not None and (not isinstance(rule.times, int) or rule.times < 1):
            raise ValueError("times is a positive whole number, or absent")
        if rule.delay < 0 or rule.receipt_delay < 0:
            raise ValueError("delays are not negative")
        if not (rule.on_receipt or rule.errcode or rule.http_status or rule.delay or rule.cut):
            raise ValueError("the rule changes nothing")
        with self._lock:
            rule.id = next(self._numbers)
            self.rules.append(rule)
        return rule

    def remove(self, number: int | None = None) -> None:
        """One rule, or all."""
        with self._lock:
            self.rules = [rule for rule in self.rules if number is not None and rule.id != number]

    def for_answer(self, path: str, openid: str, template_id: str) -> Rule | None:
        """The rule to use on this call's answer; counts the use."""
        return self._take(path, openid, template_id, on_receipt=False)

    def for_receipt(self, path: str, openid: str, template_id: str) -> Rule | None:
        """The rule to use on this message's receipt; counts the use."""
        return self._take(path, openid, template_id, on_receipt=True)

    def _take(self, path: str, openid: str, template: str, *, on_receipt: bool) -> Rule | None:
        if not self.rules:
            return None
        with self._lock:
            for rule in self.rules:
                if rule.on_receipt is on_receipt and rule.matches(path, openid, template):
                    rule.hits += 1
                    if rule.times is not None:
                        rule.times -= 1
                        if rule.times == 0:
                            self.rules.remove(rule)
                    return rule
        return None

    def shown(self) -> list[dict[str, Any]]:
        """The rules as JSON values."""
        with self._lock:
            return [asdict(rule) for rule in self.rules]
