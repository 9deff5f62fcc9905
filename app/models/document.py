"""Documents (电子文件) to be made, and what came of it."""

from __future__ import annotations

import uuid
from enum import StrEnum

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Id, Moment, Words, in_states, one_of


class DocumentState(StrEnum):
    """Whether the bytes are there."""

    DUE = "due"
    """待生成"""
    MADE = "made"
    """已生成"""
    FAILED = "failed"
    """无法生成"""


class Document(Base):
    """电子文件: becomes due with its event, is made afterwards, kept by SHA-256."""

    __tablename__ = "document"
    __table_args__ = (
        one_of("state", DocumentState),
        UniqueConstraint("subject", "kind", "number"),
        Index("document_due", "due_at", postgresql_where=text(in_states(DocumentState.DUE))),
        Index("document_failed", "due_at", postgresql_where=text(in_states(DocumentState.FAILED))),
    )

    id: Mapped[Id]
    subject: Mapped[uuid.UUID]
    kind: Mapped[Words]
    number: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """第几版"""
    state: Mapped[Words] = mapped_column(server_default=text("'due'"))
    sha256: Mapped[Words | None]
    size: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    fault: Mapped[Words | None]
    due_at: Mapped[CreatedAt]
    made_at: Mapped[Moment | None]
