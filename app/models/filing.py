"""Filings (申报) that offices review, and their decisions."""

from __future__ import annotations

import uuid
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Json, Moment, SchoolId, Version, Words, in_states, one_of


class Lane(StrEnum):
    """What a filing is about; of each a graduate has at most one under review (docs/rules.md, 同时只有一份)."""

    DESTINATION = "destination"
    """毕业去向: brings a claim about"""
    CLAIM = "claim"
    """现有去向: ends, completes or carries on the claim that stands"""
    ARCHIVE = "archive"
    """档案"""
    HUKOU = "hukou"
    """户口"""


class FilingState(StrEnum):
    """Which desk a filing lies on, or how it ended."""

    DRAFT = "draft"
    """草稿"""
    COUNSELLOR_REVIEW = "counsellor_review"
    """辅导员审核中"""
    COLLEGE_REVIEW = "college_review"
    """学院审核中"""
    SCHOOL_REVIEW = "school_review"
    """学校审核中"""
    RETURNED = "returned"
    """退回修改"""
    REJECTED = "rejected"
    """不通过"""
    APPROVED = "approved"
    """通过"""
    WITHDRAWN = "withdrawn"
    """已撤回"""
    VOIDED = "voided"
    """已作废"""


class Verdict(StrEnum):
    """审核结论."""

    APPROVE = "approve"
    """通过"""
    RETURN = "return"
    """退回修改"""
    REJECT = "reject"
    """不通过"""


AT_DESKS = (FilingState.COUNSELLOR_REVIEW, FilingState.COLLEGE_REVIEW, FilingState.SCHOOL_REVIEW)
"""States in which some desk has it."""
EDITABLE = (FilingState.DRAFT, FilingState.RETURNED)
"""States in which its graduate works on it."""


class Filing(Base):
    """申报: whatever a graduate hands in and offices decide. Levels are frozen at submission."""

    __tablename__ = "filing"
    __table_args__ = (
        one_of("state", FilingState),
        CheckConstraint("round >= 1", name="round_counts"),
        Index("filing_school_desk", "school_id", "state", "stage_since", "id"),
        Index("filing_college_desk", "college_id", "state", "stage_since", "id"),
        Index("filing_of_claim", "claim_id"),
        Index("filing_of_graduate", "graduate_id", "opened_at"),
        Index("filing_lane", "graduate_id", "lane", unique=True, postgresql_where=text(in_states(*AT_DESKS))),
        Index("filing_one_draft", "graduate_id", "kind", unique=True, postgresql_where=text("state = 'draft'")),
        one_of("lane", Lane, "lane_known"),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    college_id: Mapped[int] = mapped_column(ForeignKey("college.id"))
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("claim.id"))
    kind: Mapped[Words]
    """事项"""
    lane: Mapped[Words]
    variant: Mapped[Words | None]
    """which of the kind's forms, as the type of destination"""
    machine: Mapped[Words]
    """which machine it walks: one for each order of levels"""
    stages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """审核级别, frozen"""
    state: Mapped[Words]
    version: Mapped[Version]
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """第几次提交"""
    form: Mapped[Json]
    subject: Mapped[Words] = mapped_column(server_default=text("''"))
    """the other party or the type, as lists show it"""
    form_version: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    files: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """证明材料: item → ids of uploads, in order"""
    filed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """代登记: who of the school filed it on the graduate's behalf; empty where the graduate did"""
    opened_at: Mapped[CreatedAt]
    saved_at: Mapped[CreatedAt]
    submitted_at: Mapped[Moment | None] = mapped_column(server_default=text("now()"))
    stage_since: Mapped[CreatedAt]
    """since when it lies where it lies"""
    due_on: Mapped[date | None]
    """审核时限: the last working day for the present desk"""
    holder_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    held_until: Mapped[Moment | None]
    """a reviewer has it open until then; a courtesy, never a lock"""


class Review(Base):
    """审核记录: one decision per desk and round, whoever clicks twice."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("filing_id", "round", "stage"),
        one_of("verdict", Verdict, "verdict_known"),
        Index("review_by_account", "account_id", "decided_at"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    filing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("filing.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    stage: Mapped[Words]
    verdict: Mapped[Words]
    reason: Mapped[Words | None]
    marks: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    """``[{field, reason}]``: what is wrong, field by field"""
    note: Mapped[Words | None]
    """核实记录: what the office found out and how, where the kind asks for it"""
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[CreatedAt]
