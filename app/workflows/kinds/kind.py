"""What a kind of filing is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.workflows.advance import Act
from app.workflows.machine import Situation


@dataclass(frozen=True)
class Kind:
    """A kind of filing (事项).

    ``take_effect`` and ``fail`` return the acts that go into the deciding statement beside the filing's own move, so
    that a decision and its effect are one moment. ``may_open`` raises where the world no longer allows the kind; it is
    asked at submission and again at every approval.
    """

    name: str
    title: str
    lane: str
    may_open: Callable[[Situation], None]
    take_effect: Callable[[Connection, Situation, Any], tuple[Act, ...]]
    fail: Callable[[Connection, Situation, Any], tuple[Act, ...]]
    reject_reasons: tuple[str, ...] = ()
