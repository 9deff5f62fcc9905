"""Uploads (上传的材料): photos and PDFs handed in with a filing."""

from __future__ import annotations

import uuid
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIT
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Moment, SchoolId, Words, one_of


class UploadKind(StrEnum):
    """What was handed in."""

    IMAGE = "image"
    """图片"""
    PDF = "pdf"
    """PDF 文件"""


class Warned(StrEnum):
    """What may make a picture hard to read; it is taken all the same, and whoever looks at it is told."""

    BLURRED = "blurred"
    """可能模糊"""
    SMALL = "small"
    """像素太少"""
    HEAVY = "heavy"
    """压缩到 300 KB 会看不清，保留了更大的文件"""


class Scan(StrEnum):
    """What is known about viruses."""

    UNSCANNED = "unscanned"
    """未扫描"""
    CLEAN = "clean"
    """已扫描，未发现病毒"""


class Upload(Base):
    """上传的材料. Its files lie sealed in the vault by ``id`` and part; only what was made anew or checked is kept.

    Being kept (``kept_at``) begins when all files are stored and ends before the first is removed: a row without it is
    nobody's to see, and the clock clears it away with its files. So no file is ever left that no row knows of.
    """

    __tablename__ = "upload"
    __table_args__ = (
        one_of("kind", UploadKind, "kind_known"),
        one_of("scan", Scan, "scan_known"),
        CheckConstraint("num_nonnulls(account_id, link_id) = 1", name="one_uploader"),
        CheckConstraint("submitted_at IS NULL OR kept_at IS NOT NULL", name="submitted_is_kept"),
        # The same bytes by the same hand are one upload until handed in, however often they are sent.
        Index(
            "upload_repeat", "graduate_id", text("coalesce(account_id, link_id)"), "digest", unique=True,
            postgresql_where=text("submitted_at IS NULL"),
        ),
        Index("upload_of_filing", "filing_id", postgresql_where=text("filing_id IS NOT NULL")),
        Index("upload_same", "school_id", "digest"),
        Index("upload_alike", "bands", postgresql_using="gin"),
        Index("upload_loose", "created_at", postgresql_where=text("filing_id IS NULL AND submitted_at IS NULL")),
        Index("upload_unkept", "created_at", postgresql_where=text("kept_at IS NULL")),
        Index(
            "upload_to_compare", "kept_at", postgresql_where=text("kept_at IS NOT NULL AND compared_at IS NULL")
        ),
    )  # fmt: skip

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    """whose filing it is for"""
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """who uploaded it, or"""
    link_id: Mapped[uuid.UUID | None]
    """through which one-time link of an employer it came"""
    kind: Mapped[Words]
    file_name: Mapped[Words]
    """as it was called, made safe to show; never part of a path"""
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """keyed hash of the bytes that came; NULL once it is being removed"""
    original_size: Mapped[int] = mapped_column(Integer)
    """bytes"""
    original_width: Mapped[int] = mapped_column(Integer)
    """pixels; of a PDF the first page's in points"""
    original_height: Mapped[int] = mapped_column(Integer)
    page_sizes: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """bytes of what is shown: one picture, or one for each page"""
    page_widths: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    page_heights: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    likeness: Mapped[str | None] = mapped_column(BIT(256))
    """perceptual hash of the first page; NULL for an empty page"""
    bands: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{}'"))
    """parts of a short one, each with its place and the school in one number: pictures alike share one"""
    compared_at: Mapped[Moment | None]
    """when it was compared with all others of the school"""
    scan: Mapped[Words] = mapped_column(server_default=text("'unscanned'"))
    created_at: Mapped[CreatedAt]
    kept_at: Mapped[Moment | None]
    filing_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("filing.id"))
    submitted_at: Mapped[Moment | None]
    """handed in with its filing: from then on offices see it, and it cannot be removed"""


class UploadLikeness(Base):
    """相同或相似的材料 of two graduates of a school; each pair once."""

    __tablename__ = "upload_likeness"
    __table_args__ = (
        ForeignKeyConstraint(["upload_id"], ["upload.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["other_id"], ["upload.id"], ondelete="CASCADE"),
        CheckConstraint("upload_id < other_id", name="once"),
        Index("upload_likeness_back", "other_id"),
    )

    upload_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    other_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    difference: Mapped[int] = mapped_column(SmallInteger)
    """hundredths; 0 for the same bytes"""
