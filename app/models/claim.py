"""Destination claims (去向): the only holder of the lane."""

from __future__ import annotations

import uuid
from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Json, Moment, SchoolId, Version, Words, in_states, one_of


class ClaimState(StrEnum):
    """How firmly a graduate's destination stands."""

    IN_REVIEW = "in_review"
    """审核中"""
    AGREEMENT_GENERATED = "agreement_generated"
    """就业协议书已生成"""
    EFFECTIVE = "effective"
    """已生效"""
    TERMINATING = "terminating"
    """解约中"""
    TERMINATED = "terminated"
    """已解约"""
    FAILED = "failed"
    """未成立"""
    VOIDED = "voided"
    """已作废"""
    SUSPENDED = "suspended"
    """已挂起"""


HOLDING = (
    ClaimState.IN_REVIEW,
    ClaimState.AGREEMENT_GENERATED,
    ClaimState.EFFECTIVE,
    ClaimState.TERMINATING,
    ClaimState.SUSPENDED,
)
"""States that hold the lane: a graduate has at most one destination at a time (docs/rules.md, 同时只有一份)."""


class Claim(Base):
    """去向: where a graduate goes, by whatever route. One holder per graduate; the index is the promise."""

    __tablename__ = "claim"
    __table_args__ = (
        one_of("state", ClaimState),
        Index("claim_lane", "graduate_id", unique=True, postgresql_where=text(in_states(*HOLDING))),
        Index("claim_of_graduate", "graduate_id", "opened_at"),
        Index("claim_of_invitation", "invitation_id"),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    kind: Mapped[Words]
    """事项, a name of app.workflows.kinds"""
    state: Mapped[Words]
    version: Mapped[Version]
    variant: Mapped[Words | None]
    """which of the kind's forms, as the type of destination"""
    form: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """the data as approved"""
    title: Mapped[Words]
    """the other party's name, as cards show it"""
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invitation.id"))
    agreement_number: Mapped[Words | None] = mapped_column(unique=True)
    """协议编号"""
    destination_code: Mapped[Words | None]
    """毕业去向代码"""
    reported_on: Mapped[date | None]
    """上报日期: when it was first reported to the superior system"""
    batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("report_batch.id"))
    """the batch that says what the claim says now; empty is 待上报 or, once reported, 待更新上报"""
    evidence: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """应约证据: what was shown and its hash, when, with which factor"""
    opened_at: Mapped[CreatedAt]
    effective_at: Mapped[Moment | None]
