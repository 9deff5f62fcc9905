"""What a person wants to be pushed (推送偏好), and what WeChat says they refuse or have consented to."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Moment, Words


class Preference(Base):
    """推送偏好: whether an account wants one group of notices pushed. No row: it does."""

    __tablename__ = "preference"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    choice: Mapped[Words] = mapped_column(primary_key=True)
    pushed: Mapped[bool]
    changed_at: Mapped[CreatedAt]


class Refusal(Base):
    """微信拒收: WeChat said (43101) that this person refuses this template; not tried again before ``probe_at``."""

    __tablename__ = "refusal"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    template: Mapped[Words] = mapped_column(primary_key=True)
    refused_at: Mapped[CreatedAt]
    probe_at: Mapped[Moment]


class SubscriptionConsent(Base):
    """订阅授权: what a WeChat user answered when asked for one-off messages of a template, and how many are left."""

    __tablename__ = "subscription_consent"
    __table_args__ = (
        CheckConstraint("status IN ('accept', 'reject')", name="status_known"),
        CheckConstraint("messages >= 0", name="messages_count"),
    )

    app_id: Mapped[Words] = mapped_column(primary_key=True)
    openid: Mapped[Words] = mapped_column(primary_key=True)
    template_id: Mapped[Words] = mapped_column(primary_key=True)
    """WeChat's id of the template"""
    status: Mapped[Words]
    messages: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """one-off messages still allowed"""
    told_at: Mapped[Moment]
    """WeChat's time of the newest answer"""
