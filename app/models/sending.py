"""How sending stands for the whole account: pauses, what was sent today, WeChat's own count, and the clock's beat."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Moment, Words

ORDINARY = "*"
"""In place of a template: a pause of all that is not urgent, when the rest of the day's budget is kept."""


class SendingPause(Base):
    """暂停发送: why nothing, or nothing of one template, is sent for a while; an alarm for the operator."""

    __tablename__ = "sending_pause"

    app_id: Mapped[Words] = mapped_column(primary_key=True)
    template: Mapped[Words] = mapped_column(primary_key=True)
    """our name of the template; empty stands for the whole account"""
    until: Mapped[Moment]
    errcode: Mapped[int]
    errmsg: Mapped[Words]
    rid: Mapped[Words | None]
    since: Mapped[CreatedAt]


class SendingCount(Base):
    """发送统计: how many calls of a day in Beijing were answered with which code; the day's budget is counted by it."""

    __tablename__ = "sending_count"

    app_id: Mapped[Words] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[Words] = mapped_column(primary_key=True)
    """wechat, sms or email"""
    code: Mapped[Words] = mapped_column(primary_key=True)
    """the answer's code; ``none`` where there was no answer"""
    calls: Mapped[int] = mapped_column(server_default=text("0"))


class SendingQuota(Base):
    """接口额度: the day's limit of template messages and what is used of it, as WeChat says (quota/get)."""

    __tablename__ = "sending_quota"

    app_id: Mapped[Words] = mapped_column(primary_key=True)
    day: Mapped[date]
    daily_limit: Mapped[int]
    used: Mapped[int]
    asked_at: Mapped[CreatedAt]


class ClockBeat(Base):
    """时钟心跳: when a step of the sweeper was last taken, by any process, and how long it took."""

    __tablename__ = "clock_beat"

    step: Mapped[Words] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    milliseconds: Mapped[int] = mapped_column(Integer)
    late_milliseconds: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """how late the latest of what it handled was"""
    fault: Mapped[Words | None]
    """why it failed, if it did"""
