"""Schools (学校) and their colleges (院系)."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Json, Moment, SchoolId, Version, Words, one_of


class School(Base):
    """学校. Settings that the rules read are columns, with the defaults of docs/rules.md."""

    __tablename__ = "school"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{5}$'", name="code_shape"),
        CheckConstraint("invitation_days_max BETWEEN 1 AND 30", name="invitation_days_range"),
        CheckConstraint("confirm_until ~ '^0[1-8]-[0-3][0-9]$'", name="confirm_until_shape"),
        CheckConstraint("void_review IN ('never', 'reported', 'always')", name="void_review_known"),
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
    escalation_days: Mapped[int] = mapped_column(server_default=text("1"))
    """Working days past 审核时限 after which the next level may take a filing up (接办)."""
    return_transfers: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether archive and hukou filings may be returned for correction (退回修改) beside 通过 and 不通过."""
    terminations_max: Mapped[int | None]
    """How often a graduate may leave a signing (解约); empty is without limit."""
    void_review: Mapped[Words] = mapped_column(server_default=text("'reported'"))
    """作废 of a registered destination is reviewed: never, once it is reported or confirmed (``reported``), always."""
    confirm_until: Mapped[Words] = mapped_column(server_default=text("'08-31'"))
    """去向登记确认截止 as MM-DD of the class's year, 31 August at the latest."""
    version: Mapped[Version]


class ModuleName(StrEnum):
    """功能模块 that a school switches on per class."""

    DESTINATION = "destination"
    """毕业去向填报"""
    ARCHIVE = "archive"
    """档案信息登记"""
    HUKOU = "hukou"
    """户口信息登记"""


class Module(Base):
    """功能模块 of a school and class: without a row 未启用, from ``opens_at`` 启用, from ``closes_at`` 已关闭."""

    __tablename__ = "module"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        one_of("name", ModuleName, "name_known"),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), primary_key=True)
    class_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[Words] = mapped_column(primary_key=True)
    opens_at: Mapped[CreatedAt]
    closes_at: Mapped[Moment | None]


class College(Base):
    """院系 of a school."""

    __tablename__ = "college"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    school_id: Mapped[SchoolId]
    name: Mapped[Words]
