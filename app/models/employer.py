"""Employers (用人单位)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Id, Version, Words


class Employer(Base):
    """用人单位, qualified to sign. Its operators are accounts."""

    __tablename__ = "employer"
    __table_args__ = (
        CheckConstraint("credit_code ~ '^[0-9A-Z]{18}$'", name="credit_code_shape"),
        # By the beginning of a name, as people type it.
        Index("employer_by_name", "name", postgresql_ops={"name": "text_pattern_ops"}),
    )

    id: Mapped[Id]
    name: Mapped[Words]
    """单位名称"""
    credit_code: Mapped[Words] = mapped_column(unique=True)
    """统一社会信用代码"""
    nature: Mapped[Words]
    """单位性质 code"""
    industry: Mapped[Words]
    """单位行业 code"""
    region: Mapped[Words]
    """所在地, six digits"""
    address: Mapped[Words]
    contact_name: Mapped[Words]
    contact_landline: Mapped[Words | None]
    contact_mobile: Mapped[Words | None]
    contact_email: Mapped[Words | None]
    version: Mapped[Version]
    created_at: Mapped[CreatedAt]
