"""Schools (学校) and their colleges (院系)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Identity, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import Json, SchoolId, Version, Words


class School(Base):
    """学校. Settings that the rules read are columns, with the defaults of docs/rules.md."""

    __tablename__ = "school"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{5}$'", name="code_shape"),
        CheckConstraint("invitation_days_max BETWEEN 1 AND 30", name="invitation_days_range"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[Words] = mapped_column(unique=True)
    """院校代码, five digits."""
    name: Mapped[Words]
    contact: Mapped[Json]
    """``{office, phone, email, hours}``: whom a graduate calls."""
    stages: Mapped[Json] = mapped_column(server_default=text("""'{"*": ["college", "school"]}'"""))
    """审核级别 per kind of filing: 1 to 3 of counsellor, college, school, in order; ``*`` is the rest."""
    invitation_days_max: Mapped[int] = mapped_column(server_default=text("30"))
    """Longest 应约有效期 an employer may set, in calendar days."""
    refusal_pause_days: Mapped[int] = mapped_column(server_default=text("30"))
    """After two refusals by the same graduate the employer pauses this long."""
    review_days: Mapped[int] = mapped_column(server_default=text("3"))
    """审核时限 per level, in working days."""
    one_person_levels: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether one person may decide two levels of a round (for one-person schools)."""
    version: Mapped[Version]


class College(Base):
    """院系 of a school."""

    __tablename__ = "college"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    school_id: Mapped[SchoolId]
    name: Mapped[Words]
