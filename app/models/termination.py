"""Terminations (线上解约): one party of an online signing asks to end it, the other answers."""

from __future__ import annotations

import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Moment, SchoolId, Version, Words, in_states, one_of


class TerminationState(StrEnum):
    """What the other party said; what the offices decide then is the state of the filing that came of it."""

    PENDING = "pending"
    """待对方答复"""
    ACCEPTED = "accepted"
    """对方同意"""
    REFUSED = "refused"
    """对方拒绝"""
    CANCELLED = "cancelled"
    """已撤销"""
    SETTLED = "settled"
    """学校协助，视为同意"""
    DISMISSED = "dismissed"
    """学校协助，不予解约"""


class Termination(Base):
    """线上解约. Unique per claim while it waits; beside it the claim is ``terminating``."""

    __tablename__ = "termination"
    __table_args__ = (
        one_of("state", TerminationState),
        CheckConstraint("started_by IN ('graduate', 'employer')", name="started_by_party"),
        CheckConstraint("char_length(note) <= 200", name="note_length"),
        Index(
            "termination_one_open",
            "claim_id",
            unique=True,
            postgresql_where=text(in_states(TerminationState.PENDING)),
        ),
        Index("termination_of_claim", "claim_id", "created_at"),
        # The school's list of those it was asked to help with.
        Index(
            "termination_asking_help",
            "school_id",
            "help_asked_at",
            postgresql_where=text("state = 'pending' AND help_asked_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"))
    employer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("employer.id"))
    state: Mapped[Words]
    version: Mapped[Version]
    started_by: Mapped[Words]
    """graduate or employer"""
    reason: Mapped[Words]
    """解约原因, a code of the table termination_reason"""
    note: Mapped[Words | None]
    """解约说明"""
    answer: Mapped[Words | None]
    """why the other party refused, or what the school found out"""
    filing_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("filing.id"))
    """what the offices decide once both agree"""
    created_at: Mapped[CreatedAt]
    answered_at: Mapped[Moment | None]
    help_asked_at: Mapped[Moment | None]
    """请学校协助"""
