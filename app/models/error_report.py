"""What graduates say is wrong with what was reported of them (去向错误反馈)."""

from __future__ import annotations

import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Id, Json, Moment, SchoolId, Version, Words, in_states, one_of


class ErrorReportState(StrEnum):
    """How far an error report has come."""

    SUBMITTED = "submitted"
    """已提交"""
    HANDLING = "handling"
    """处理中"""
    CORRECTED = "corrected"
    """已更正，待确认"""
    NEEDLESS = "needless"
    """无需更正"""
    WITHDRAWN = "withdrawn"
    """已撤回"""


OPEN_REPORT = (ErrorReportState.SUBMITTED, ErrorReportState.HANDLING)
"""Still to be worked on."""


class ErrorReport(Base):
    """去向错误反馈: goes to the graduate's college and school, with the phone to ask back. One open per graduate."""

    __tablename__ = "error_report"
    __table_args__ = (
        one_of("state", ErrorReportState),
        Index("error_report_one_open", "graduate_id", unique=True, postgresql_where=text(in_states(*OPEN_REPORT))),
        Index("error_report_queue", "school_id", "college_id", "submitted_at", "id"),
        Index("error_report_of_graduate", "graduate_id", "submitted_at"),
    )

    id: Mapped[Id]
    school_id: Mapped[SchoolId]
    college_id: Mapped[int] = mapped_column(ForeignKey("college.id"))
    graduate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("graduate.id"))
    state: Mapped[Words]
    version: Mapped[Version]
    parts: Mapped[Json]
    """``{destination: {nature: changed|wrong, text}, archive: {text}, hukou: {text}}``, as far as ticked"""
    phone: Mapped[bytes] = mapped_column(LargeBinary)
    """联系方式, sealed"""
    note: Mapped[Words | None]
    """处理说明 of the office"""
    handled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    submitted_at: Mapped[CreatedAt]
    settled_at: Mapped[Moment | None]
