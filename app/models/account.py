"""Accounts (账号), their sign-ins and WeChat followers, and the answers kept for repeated requests."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Id, Moment, Words


class Account(Base):
    """账号: one person in one role. A graduate's has no password; employers and staff have no graduate."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('graduate', 'employer', 'counsellor', 'college', 'school')", name="role_known"),
        CheckConstraint(
            "CASE role WHEN 'graduate' THEN graduate_id IS NOT NULL AND password IS NULL"
            " WHEN 'employer' THEN employer_id IS NOT NULL AND login IS NOT NULL"
            " WHEN 'school' THEN school_id IS NOT NULL AND login IS NOT NULL"
            " ELSE school_id IS NOT NULL AND college_id IS NOT NULL AND login IS NOT NULL END",
            name="role_fits",
        ),
        Index("account_by_employer", "employer_id", postgresql_where=text("employer_id IS NOT NULL")),
        Index("account_by_school", "school_id", "college_id", postgresql_where=text("role <> 'graduate'")),
        Index(
            "account_newcomers",
            "created_at",
            postgresql_where=text("role = 'graduate' AND introduced_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    role: Mapped[Words]
    login: Mapped[Words | None] = mapped_column(unique=True)
    password: Mapped[Words | None]
    """argon2id, PHC string"""
    name: Mapped[Words]
    title: Mapped[Words | None]
    """职务, as 招聘主管"""
    graduate_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("graduate.id"), unique=True)
    employer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("employer.id"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    college_id: Mapped[int | None] = mapped_column(ForeignKey("college.id"))
    session_version: Mapped[int] = mapped_column(server_default=text("1"))
    """Raised to end every access token of the account at once."""
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    """邮箱 of employers and staff, sealed; a graduate's is in the base data"""
    disabled_at: Mapped[Moment | None]
    introduced_at: Mapped[Moment | None]
    """when a graduate was told of what had been sent before the account was made"""
    created_at: Mapped[CreatedAt]


class SignIn(Base):
    """登录会话: a chain of refresh tokens of one browser."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("sign_in_old", "expires_at"),)

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    token: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the present refresh token"""
    previous: Mapped[bytes | None] = mapped_column(LargeBinary)
    """SHA-256 of the one before; good for a repeated request, any older one ends the chain"""
    rotated_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]


class WechatFollower(Base):
    """公众号用户: an openid we have met, who it is bound to and whether it follows."""

    __tablename__ = "wechat_follower"
    __table_args__ = (
        UniqueConstraint("app_id", "account_id"),
        Index(
            "wechat_follower_to_catch_up",
            "account_id",
            postgresql_where=text(
                "account_id IS NOT NULL AND following AND (caught_up_at IS NULL OR caught_up_at < bound_at)"
            ),
        ),
    )

    app_id: Mapped[Words] = mapped_column(primary_key=True)
    openid: Mapped[Words] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    following: Mapped[bool] = mapped_column(server_default=text("true"))
    bound_at: Mapped[Moment | None]
    told_at: Mapped[Moment | None]
    """WeChat's own time of the newest news whether it follows; older news are ignored"""
    heard_at: Mapped[Moment | None]
    """when we worked on that news"""
    caught_up_at: Mapped[Moment | None]
    """when the messages that had waited for this follower were queued"""
    met_at: Mapped[CreatedAt]


class BindingScene(Base):
    """绑定二维码: a one-time code that a signed-in person shows and scans with the WeChat to be bound."""

    __tablename__ = "binding_scene"
    __table_args__ = (Index("binding_scene_old", "expires_at"),)

    id: Mapped[Id]
    scene: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the scene in the code"""
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    """who is to be bound"""
    openid: Mapped[Words | None]
    """the WeChat user who scanned it; the first one only"""
    scanned_at: Mapped[Moment | None]
    number: Mapped[int | None] = mapped_column(SmallInteger)
    """two digits chosen at the scan, shown to that user once they confirmed, and typed by who shows the code"""
    wrong: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """other numbers typed instead"""
    confirmed_at: Mapped[Moment | None]
    """when that user confirmed what is to be bound"""
    bound_at: Mapped[Moment | None]
    """when both had agreed"""
    refused_at: Mapped[Moment | None]
    """when either said no, or the number was wrong too often"""
    expires_at: Mapped[Moment]
    created_at: Mapped[CreatedAt]


class LoginAttempt(Base):
    """登录过程: one journey to WeChat or CHSI and back; its secret sits in the browser's cookie, used once."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index("login_attempt_old", "expires_at"),)

    id: Mapped[Id]
    secret: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """SHA-256 of the state sent along"""
    browser: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    """SHA-256 of the cookie that must come back with it"""
    way: Mapped[Words]
    """wechat or chsi"""
    next: Mapped[Words]
    """the page to open afterwards, a path of ours"""
    openid: Mapped[Words | None]
    """the WeChat user to be bound by this CHSI log-in"""
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class IdempotentAnswer(Base):
    """幂等记录: what a request with an Idempotency-Key was answered, kept 48 hours, written in its own transaction."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("idempotent_answer_old", "created_at"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of method, path and body"""
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """empty for what is done by itself every other second: a repeat is told how things stand"""
    etag: Mapped[Words | None]
    created_at: Mapped[CreatedAt]
