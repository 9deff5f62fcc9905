"""Other channels (备用通道): what is sent by SMS or e-mail, as WeChat did not bring it or cannot reach its receiver."""

from __future__ import annotations

import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Id, Moment, Words, in_states, one_of
from app.models.message import Channel


class FallbackState(StrEnum):
    """How far a message came on another channel."""

    QUEUED = "queued"
    """待发送"""
    SENDING = "sending"
    """发送中"""
    SENT = "sent"
    """通道已接收"""
    DELIVERED = "delivered"
    """已送达"""
    FAILED = "failed"
    """没送到"""
    NO_ADDRESS = "no_address"
    """没有手机号或邮箱"""
    EXPIRED = "expired"
    """过期未发"""
    UNSURE = "unsure"
    """结果不明"""


FALLBACK_OPEN = (FallbackState.QUEUED, FallbackState.SENDING)


class Fallback(Base):
    """备用通道发送: one message, or one round of a link for an employer without account, on one other channel. The
    address is read when it is sent and never kept here."""

    __tablename__ = "fallback"
    __table_args__ = (
        one_of("state", FallbackState),
        one_of("channel", Channel, "channel_known"),
        UniqueConstraint("message_id", "channel"),
        UniqueConstraint("link_id", "round", "channel"),
        CheckConstraint("(message_id IS NULL) <> (link_id IS NULL)", name="carries_one"),
        CheckConstraint("(link_id IS NULL) = (round IS NULL)", name="link_has_round"),
        Index("fallback_due", "next_try_at", postgresql_where=text(in_states(*FALLBACK_OPEN))),
        Index("fallback_by_provider", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
    )

    id: Mapped[Id]
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("message.id"))
    link_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("return_link.id"))
    round: Mapped[int | None] = mapped_column(SmallInteger)
    """of the link: one that is over is not sent"""
    channel: Mapped[Words]
    state: Mapped[Words] = mapped_column(server_default=text("'queued'"))
    next_try_at: Mapped[CreatedAt]
    """not sent before; while it is being sent, the end of the lease"""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    lease: Mapped[uuid.UUID | None]
    provider_id: Mapped[Words | None]
    """the provider's serial number, by which its report is recognised"""
    code: Mapped[Words | None]
    words: Mapped[Words | None]
    """the provider's own words; never an address"""
    sent_at: Mapped[Moment | None]
    delivered_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]
