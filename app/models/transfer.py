"""Where archive and hukou go (档案、户口), the graduate's confirmation of it all, the directory of archive offices."""

from __future__ import annotations

import uuid
from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Json, Moment, SchoolId, Version, Words, one_of


class TransferState(StrEnum):
    """How firmly what is registered stands. Not yet registered (未登记) has no row."""

    ACTIVE = "active"
    """已登记"""
    DOUBTFUL = "doubtful"
    """来源去向已失效，待核对"""
    LAPSED = "lapsed"
    """已失效"""


class TransferSource(StrEnum):
    """Whose word it is."""

    FILED = "filed"
    """毕业生登记"""
    COPIED = "copied"
    """由去向带入"""
    SCHOOL = "school"
    """学校代为登记"""


class Transfer(Base):
    """档案信息 or 户口信息 of a graduate, as registered; what is still under review is a filing."""

    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("graduate_id", "lane"),
        one_of("state", TransferState),
        one_of("source", TransferSource, "source_known"),
        CheckConstraint("lane IN ('archive', 'hukou')", name="lane_known"),
        Index("transfer_of_claim", "claim_id"),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    lane: Mapped[Words]
    state: Mapped[Words]
    version: Mapped[Version]
    form: Mapped[Json]
    source: Mapped[Words]
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("claim.id"))
    """the destination it was copied from"""
    registered_at: Mapped[CreatedAt]
    checked_at: Mapped[CreatedAt]
    """when somebody last said that it is right"""


class ConfirmationState(StrEnum):
    """去向登记确认."""

    TODO = "todo"
    """待确认"""
    DONE = "done"
    """已确认"""
    WRONG = "wrong"
    """信息有误，待更新"""
    AGAIN = "again"
    """待再次确认"""


class Confirmation(Base):
    """去向登记确认 of a graduate whose destination was reported (上报); not reported has no row."""

    __tablename__ = "confirmation"
    __table_args__ = (one_of("state", ConfirmationState),)

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"), unique=True)
    state: Mapped[Words]
    version: Mapped[Version]
    reported_on: Mapped[date]
    """上报日期"""
    system: Mapped[Words]
    """上报系统, as the page names it"""
    confirmed_at: Mapped[Moment | None]


class ArchiveOffice(Base):
    """档案接收机构 of a region (生源地); an empty name says that it is not known yet."""

    __tablename__ = "archive_office"
    __table_args__ = (CheckConstraint("region ~ '^[0-9]{6}$'", name="region_shape"),)

    region: Mapped[Words] = mapped_column(primary_key=True)
    name: Mapped[Words]
    place: Mapped[Words]
    """the county its address lies in"""
    address: Mapped[Words]
    postcode: Mapped[Words]
    phone: Mapped[Words]
    source: Mapped[Words]
    checked_on: Mapped[date | None]


class DeletionRequest(Base):
    """Base data to be deleted although a destination stands: waits for a second person."""

    __tablename__ = "deletion_request"

    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"), primary_key=True)
    reason: Mapped[Words]
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[CreatedAt]
