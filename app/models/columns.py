"""Column shapes that many tables share."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Integer, SmallInteger, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
Version = Annotated[int, mapped_column(Integer, server_default=text("1"))]
Words = Annotated[str, mapped_column(Text)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
SchoolId = Annotated[int, mapped_column(ForeignKey("school.id"))]
ClassYear = Annotated[int, mapped_column(SmallInteger)]


def one_of(column: str, states: type[StrEnum], name: str = "state_known") -> CheckConstraint:
    """A column that holds one of the enum's values."""
    values = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({values})", name=name)


def in_states(*states: StrEnum) -> str:
    """``state IN (…)`` for a partial index."""
    return "state IN (" + ", ".join(f"'{state.value}'" for state in states) + ")"
