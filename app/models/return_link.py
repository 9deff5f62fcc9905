"""One-time links (协助回传链接) through which an employer without account sends a stamped agreement back."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Id, Moment, SchoolId


class ReturnLink(Base):
    """协助回传链接, one for each agreement. Each round has its own token; those of earlier rounds are worth nothing."""

    __tablename__ = "return_link"
    __table_args__ = (
        CheckConstraint("sent_count BETWEEN 1 AND 4", name="sent_count_within"),
        Index("return_link_of_graduate", "graduate_id"),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("claim.id"), unique=True)
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """counts the tokens, also of links that the platform renewed because what came back was returned"""
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the token, which itself is kept nowhere; null until whoever sends a renewed link makes it"""
    sent_count: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    """given out by the graduate once, and again at most three times"""
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    opened_at: Mapped[Moment | None]
    used_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]
