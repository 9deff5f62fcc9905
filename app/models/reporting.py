"""Batches (上报批次) in which a school reports the destinations of a class to the superior system."""

from __future__ import annotations

import uuid
from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Json, Moment, SchoolId, Words, in_states, one_of


class ReportSystem(StrEnum):
    """上报系统: through which system a batch was reported."""

    NATIONAL = "national"
    """全国登记系统"""
    PROVINCIAL = "provincial"
    """省级登记系统"""
    SCHOOL = "school"
    """校内"""


class ReportScope(StrEnum):
    """上报范围 of a batch."""

    CHANGED = "changed"
    """新增和有变化的"""
    ALL = "all"
    """全部"""


class BatchState(StrEnum):
    """Whether a batch is made."""

    DUE = "due"
    """待生成"""
    MADE = "made"
    """已上报"""
    FAILED = "failed"
    """未能生成"""


class ReportBatch(Base):
    """上报批次: the approved records of a class as exported on a day, kept with the hash of the file."""

    __tablename__ = "report_batch"
    __table_args__ = (
        one_of("state", BatchState),
        one_of("system", ReportSystem, "system_known"),
        one_of("scope", ReportScope, "scope_known"),
        Index("report_batch_of_school", "school_id", "asked_at"),
        Index("report_batch_due", "asked_at", postgresql_where=text(in_states(BatchState.DUE))),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    system: Mapped[Words]
    scope: Mapped[Words]
    reported_on: Mapped[date]
    """上报日期"""
    state: Mapped[Words] = mapped_column(server_default=text("'due'"))
    counts: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """how many lines are ``new``, ``changed``, ``unchanged``"""
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    """of the file"""
    fault: Mapped[Words | None]
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[CreatedAt]
    made_at: Mapped[Moment | None]


class ReportLine(Base):
    """上报记录: what a batch says of one graduate."""

    __tablename__ = "report_line"
    __table_args__ = (Index("report_line_of_graduate", "graduate_id"),)

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report_batch.id"), primary_key=True)
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"), primary_key=True)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the line's cells, to tell whether a later batch says something else"""
