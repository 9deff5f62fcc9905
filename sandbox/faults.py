"""What is made to go wrong: rules that a person or a test sets, each for some calls only."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from random import Random
from typing import Any, Literal

RECEIPTS = ("", "double", "missing", "late", "early")
REVIEWS = ("", "pass", "block")
# Where a rule may apply besides the paths of WeChat's calls; those must be named to be meant.
SMS, MAIL = "sms", "mail"
HALF_AN_HOUR = 1800.0

Kind = Literal["answer", "receipt", "review"]


@dataclass(slots=True)
class Rule:
    """One fault. Empty conditions match everything; ``times`` empty means until removed.

    Where: ``path`` (of a call, or ``sms`` or ``mail``, which no other path means), ``openid`` (or, under its
    other name ``to``, a phone number or an address) and ``template_id``. When, in the sandbox's seconds: from
    ``from`` until ``until``, or said from now: ``after_seconds``, ``for_seconds``. How often: ``times``, every
    ``every``-th of the calls that match, or with ``probability`` (0-1, drawn from ``seed``).

    ``errcode`` (SMTP's code for mail), ``code`` (SMS) and ``http_status`` replace the answer, ``garbage`` makes
    it something other than JSON, ``delay`` (seconds) holds it back, ``reset`` closes the connection without one
    and ``hang`` (seconds) does so after a silence; ``after`` carries the call out first, so that only its
    answer is lost. ``receipt``, ``status`` (for example "failed: system failed"), ``receipt_delay`` (seconds)
    and ``msgid_zero`` change the receipt of an accepted message and leave the answer alone. ``review`` answers
    40252, keeps the message and decides after ``review_delay`` seconds: ``pass`` or ``block``.
    """

    id: int = 0
    path: str = ""
    openid: str = ""
    template_id: str = ""
    times: int | None = None
    since: float = 0.0
    until: float | None = None
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    errcode: int = 0
    code: str = ""
    http_status: int = 0
    garbage: bool = False
    delay: float = 0.0
    reset: bool = False
    hang: float = 0.0
    after: bool = False
    receipt: str = ""
    status: str = ""
    receipt_delay: float = 0.0
    msgid_zero: bool = False
    review: str = ""
    review_delay: float = HALF_AN_HOUR
    matched: int = 0
    hits: int = 0
    dice: Random = field(default_factory=Random, repr=False)

    @property
    def kind(self) -> Kind:
        """What the rule concerns: answers, receipts or the review of messages."""
        if self.review:
            return "review"
        changed = self.receipt or self.status or self.receipt_delay or self.msgid_zero
        return "receipt" if changed else "answer"

    @property
    def loses_answer(self) -> bool:
        """Whether the caller is told nothing, or nothing it can read."""
        return bool(self.reset or self.hang or self.garbage or self.http_status)

    @property
    def changes_something(self) -> bool:
        """Whether it is a fault at all."""
        return self.kind != "answer" or bool(self.loses_answer or self.errcode or self.code or self.delay)

    def matches(self, path: str, openid: str, template_id: str, now: float) -> bool:
        """Whether a call meets the conditions."""
        return (
            (self.path == path or (not self.path and path.startswith("/")))
            and self.openid in ("", openid)
            and self.template_id in ("", template_id)
            and self.since <= now
            and (self.until is None or now < self.until)
        )

    def is_due(self) -> bool:
        """Count a call that matches; whether it is this one's turn."""
        self.matched += 1
        if self.matched % self.every:
            return False
        return self.probability >= 1.0 or self.dice.random() < self.probability

    def shown(self) -> dict[str, Any]:
        """As JSON values, with the names it is set by."""
        values = asdict(self)
        del values["dice"]
        return {"from" if name == "since" else name: value for name, value in values.items()}


NOT_GIVEN = {"id", "hits", "matched", "dice"}
NAMES = {"from": "since", "to": "openid"}


class Faults:
    """The rules in force, oldest first; the first that matches a call and is due is used."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.rules: list[Rule] = []

    def add(self, raw: dict[str, Any]) -> Rule:
        """From JSON. Raises ValueError on a name or value that means nothing."""
        rule = self._read(raw)
        with self._lock:
            rule.id = next(self._numbers)
            self.rules = [*self.rules, rule]
        return rule

    def remove(self, number: int | None = None) -> None:
        """One rule, or all."""
        with self._lock:
            self.rules = [rule for rule in self.rules if number is not None and rule.id != number]

    def take(self, kind: Kind, path: str, openid: str = "", template_id: str = "") -> Rule | None:
        """The rule to use on this call's answer, this message's receipt or its review; counts the use."""
        if not self.rules:
            return None
        now = self._now()
        with self._lock:
            for rule in self.rules:
                if rule.kind == kind and rule.matches(path, openid, template_id, now) and rule.is_due():
                    self._use(rule)
                    return rule
        return None

    def _use(self, rule: Rule) -> None:
        rule.hits += 1
        if rule.times is not None:
            rule.times -= 1
            if rule.times == 0:
                self.rules = [kept for kept in self.rules if kept is not rule]

    def shown(self) -> list[dict[str, Any]]:
        """The rules as JSON values."""
        with self._lock:
            return [rule.shown() for rule in self.rules]

    def _read(self, raw: dict[str, Any]) -> Rule:
        given = {NAMES.get(name, name): value for name, value in raw.items() if value is not None}
        starts, lasts = given.pop("after_seconds", None), given.pop("for_seconds", None)
        unknown = sorted(set(given) - ({item.name for item in fields(Rule)} - NOT_GIVEN))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}")
        rule = Rule(**given)
        for name in ("after_seconds", "for_seconds"):
            if not _is_number(raw.get(name) or 0):
                raise ValueError(f"{name} is a number of seconds")
        _check(rule)
        if starts is not None:
            rule.since = self._now() + starts
        if lasts is not None:
            rule.until = max(rule.since, self._now()) + lasts
        rule.dice = Random(rule.seed)  # noqa: S311 - chosen so that a run can be repeated
        return rule


def _check(rule: Rule) -> None:
    """Raises ValueError on a value that means nothing."""
    for item in fields(rule):
        value, default = getattr(rule, item.name), item.default
        if isinstance(default, bool) and not isinstance(value, bool):
            raise ValueError(f"{item.name} is true or false")
        if isinstance(default, int | float) and not isinstance(default, bool) and not _is_number(value):
            raise ValueError(f"{item.name} is a number")
        if isinstance(default, str) and not isinstance(value, str):
            raise ValueError(f"{item.name} is a text")
    checks = (
        (rule.receipt in RECEIPTS, f"receipt is one of {', '.join(RECEIPTS[1:])}"),
        (rule.review in REVIEWS, "review is pass or block"),
        (rule.times is None or (isinstance(rule.times, int) and rule.times >= 1), "times is a positive whole number"),
        (isinstance(rule.every, int) and rule.every >= 1, "every is a positive whole number"),
        (0.0 <= rule.probability <= 1.0, "probability is between 0 and 1"),
        (rule.until is None or _is_number(rule.until), "until is a number"),
        (min(rule.delay, rule.hang, rule.receipt_delay, rule.review_delay) >= 0, "delays are not negative"),
        (rule.changes_something, "the rule changes nothing"),
    )
    for holds, sentence in checks:
        if not holds:
            raise ValueError(sentence)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
