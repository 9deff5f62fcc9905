"""Graduates (毕业生) as their school's roster has them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import ClassYear, CreatedAt, Id, Json, Moment, SchoolId, Version, Words, one_of


class BaseState(StrEnum):
    """Where the base data (基本信息) stand."""

    UPLOADED = "uploaded"
    """已上传，待本人确认"""
    CONFIRMED = "confirmed"
    """已确认"""
    CHANGED = "changed"
    """学校更正，待重新确认"""
    DELETED = "deleted"
    """已删除"""


class Graduate(Base):
    """毕业生. ID number, phone and e-mail are sealed; only the school corrects the rest (docs/rules.md, 基本信息)."""

    __tablename__ = "graduate"
    __table_args__ = (
        UniqueConstraint("school_id", "class_year", "candidate_no"),
        UniqueConstraint("school_id", "class_year", "id_number_index"),
        Index("graduate_by_id_number", "id_number_index"),
        Index("graduate_by_college", "school_id", "class_year", "college_id"),
        one_of("base_state", BaseState),
        CheckConstraint("enrolled_on ~ '^[0-9]{6}$' AND graduates_on ~ '^[0-9]{6}$'", name="months_shape"),
        CheckConstraint("origin ~ '^[0-9]{6}$'", name="origin_shape"),
        CheckConstraint("pin_failures BETWEEN 0 AND 5", name="pin_failures_range"),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    class_year: Mapped[ClassYear]
    """届"""
    college_id: Mapped[int] = mapped_column(ForeignKey("college.id"))
    """院系"""
    candidate_no: Mapped[Words]
    """考生号"""
    student_no: Mapped[Words]
    """学号"""
    name: Mapped[Words]
    """姓名"""
    id_type: Mapped[Words] = mapped_column(server_default=text("'resident'"))
    """证件类型: resident, hmt_residence (港澳台居民居住证), passport"""
    id_number: Mapped[bytes] = mapped_column(LargeBinary)
    """身份证号, sealed"""
    id_number_index: Mapped[bytes] = mapped_column(LargeBinary)
    gender: Mapped[Words]
    """性别 code"""
    ethnicity: Mapped[Words]
    """民族 code"""
    political_status: Mapped[Words]
    """政治面貌 code"""
    degree: Mapped[Words]
    """学历层次 code"""
    major_code: Mapped[Words | None]
    major: Mapped[Words]
    """专业"""
    class_name: Mapped[Words | None]
    """班级"""
    study_years: Mapped[float] = mapped_column(Numeric(3, 1))
    """学制, years"""
    enrolled_on: Mapped[Words]
    """入学时间 YYYYMM"""
    graduates_on: Mapped[Words]
    """毕业时间 YYYYMM"""
    training_mode: Mapped[Words]
    """培养方式 code"""
    commissioned_by: Mapped[Words | None]
    """定向委培单位"""
    origin: Mapped[Words]
    """生源所在地, six digits"""
    archive_moved: Mapped[bool | None]
    """档案是否转入学校; NULL is 「--」"""
    hukou_moved: Mapped[bool | None]
    """户口是否转入学校; NULL is 「--」"""
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    """电子邮箱, sealed"""
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    """手机号码, sealed"""
    rest: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """Further roster columns that no rule reads."""
    transfer_number: Mapped[Words | None] = mapped_column(unique=True)
    """转递编号, given with the first reported destination, the same ever after"""
    base_state: Mapped[Words] = mapped_column(server_default=text("'uploaded'"))
    confirmed_at: Mapped[Moment | None]
    pin: Mapped[bytes | None] = mapped_column(LargeBinary)
    """操作码, keyed; see app.sealing"""
    pin_failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    pin_paused_until: Mapped[Moment | None]
    version: Mapped[Version]
    created_at: Mapped[CreatedAt]
