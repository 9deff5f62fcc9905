"""Events (事件): history and outbox in one; and the steps that are legal."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Json, Moment, Words


class LegalStep(Base):
    """合法步骤: the machines' tables, so that no transition outside them can be recorded by anyone."""

    __tablename__ = "legal_step"
    __table_args__ = (UniqueConstraint("machine", "action", "source"),)

    machine: Mapped[Words] = mapped_column(primary_key=True)
    action: Mapped[Words] = mapped_column(primary_key=True)
    source: Mapped[Words] = mapped_column(primary_key=True)
    """empty where the step brings the row into being"""
    target: Mapped[Words] = mapped_column(primary_key=True)


class Event(Base):
    """事件: something happened to a subject. Append-only; still to be told while ``fanned_out_at`` is NULL."""

    __tablename__ = "event"
    __table_args__ = (
        ForeignKeyConstraint(
            ["machine", "action", "source", "target"],
            ["legal_step.machine", "legal_step.action", "legal_step.source", "legal_step.target"],
            name="event_legal_step_fkey",
        ),
        UniqueConstraint("subject", "version"),
        Index("event_open", "id", postgresql_where=text("fanned_out_at IS NULL")),
        Index("event_of_graduate", "graduate_id", "id"),
        Index("event_voided", "school_id", "at", "subject", postgresql_where=text("name = 'claim.voided'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[Words]
    """``noun.verb`` in the past tense"""
    machine: Mapped[Words]
    subject: Mapped[uuid.UUID]
    version: Mapped[int]
    """the row's version after the step"""
    action: Mapped[Words]
    source: Mapped[Words]
    target: Mapped[Words]
    actor_id: Mapped[uuid.UUID | None]
    """NULL is the clock"""
    actor_role: Mapped[Words]
    school_id: Mapped[int]
    graduate_id: Mapped[uuid.UUID]
    facts: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    request_id: Mapped[Words]
    at: Mapped[CreatedAt]
    fanned_out_at: Mapped[Moment | None]
    put_off_until: Mapped[Moment | None]
    """set when telling of it failed, so that it cannot stop the others"""
    fault: Mapped[Words | None]
    """why telling of it failed"""
