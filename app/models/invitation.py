"""Invitations (签约邀请)."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Json, Moment, SchoolId, Version, Words, in_states, one_of


class InvitationState(StrEnum):
    """How far the two parties are with each other."""

    PENDING = "pending"
    """待应约"""
    ACCEPTED = "accepted"
    """已应约"""
    REFUSED = "refused"
    """已拒绝"""
    WITHDRAWN = "withdrawn"
    """已撤回"""
    EXPIRED = "expired"
    """已失效"""


class Invitation(Base):
    """签约邀请: an employer's terms to one graduate. Terms never change; an edit is a withdrawal and a new one."""

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("state", InvitationState),
        CheckConstraint("respond_by > sent_at", name="deadline_after_sending"),
        Index(
            "invitation_one_open",
            "employer_id",
            "graduate_id",
            unique=True,
            postgresql_where=text(in_states(InvitationState.PENDING)),
        ),
        Index("invitation_due", "respond_by", postgresql_where=text(in_states(InvitationState.PENDING))),
        Index("invitation_of_graduate", "graduate_id", "sent_at"),
        Index("invitation_of_employer", "employer_id", "sent_at"),
        # Whether one was replaced is asked of each that was withdrawn.
        Index("invitation_replacing", "replaces_id", postgresql_where=text("replaces_id IS NOT NULL")),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    employer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("employer.id"))
    state: Mapped[Words] = mapped_column(server_default=text("'pending'"))
    version: Mapped[Version]
    terms: Mapped[Json]
    """协议条款, as the form has them"""
    party: Mapped[Json]
    """乙方: the graduate's data as printed, masked where they are personal"""
    clauses: Mapped[list[Any]]
    """协议全文 as composed when it was sent, and shown"""
    terms_hash: Mapped[Words]
    """SHA-256 of the full text shown"""
    respond_by: Mapped[Moment]
    """应约截止时间: the truth about the deadline"""
    sent_at: Mapped[CreatedAt]
    sent_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[Moment | None]
    """first seen by the graduate"""
    seen_at: Mapped[Moment | None]
    """last seen by the graduate"""
    reason: Mapped[Words | None]
    """why refused or withdrawn"""
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invitation.id"))
    """the withdrawn invitation whose terms this one corrects"""
    put_off_until: Mapped[Moment | None]
    fault: Mapped[Words | None]
    """why its deadline could not be acted on"""
    """set when the clock failed on this row, so that it cannot stop the others"""
