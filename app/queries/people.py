"""Graduates as employers find them, and employers as they see themselves."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, exists, func, or_, select

from app.access import Actor, sees_employer, sees_graduate
from app.models import Account, BaseState, College, Employer, Graduate, School
from app.problems import NotFound

_FOUND = (
    select(
        Graduate,
        Graduate.id.label("graduate_id"),
        College.name.label("college_name"),
        School.name.label("school_name"),
        School.code.label("school_code"),
        School.stages,
        School.review_days,
        School.invitation_days_max,
        School.refusal_pause_days,
        func.clock_timestamp().label("now"),
    )
    .join(College, College.id == Graduate.college_id)
    .join(School, School.id == Graduate.school_id)
    .where(Graduate.base_state != BaseState.DELETED)
)


def by_name_and_number(connection: Connection, name: str, number_index: bytes) -> Row[Any]:
    """The graduate with exactly this name and ID number; :class:`NotFound` says nothing of which was wrong."""
    found = _FOUND.where(Graduate.id_number_index == number_index, Graduate.name == name)
    row = connection.execute(found.order_by(Graduate.class_year.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound("没有找到这位毕业生。请核对姓名和身份证号，或请毕业生出示名片。")
    return row


def by_id(connection: Connection, graduate: uuid.UUID) -> Row[Any]:
    """The graduate a card or reference stands for."""
    row = connection.execute(_FOUND.where(Graduate.id == graduate)).one_or_none()
    if row is None:
        raise NotFound
    return row


def employer(connection: Connection, actor: Actor) -> Row[Any]:
    """The actor's own employer."""
    return connection.execute(select(Employer).where(sees_employer(actor), Employer.id == actor.employer_id)).one()


def signing_online(connection: Connection, q: str) -> list[dict[str, str]]:
    """The first eight employers with a log-in, so that they can sign online, whose name begins with ``q`` or whose
    credit code it is: ``[{name, credit_code}]``, nothing of their people."""
    code = q.replace(" ", "").upper()
    found = (
        select(Employer.name, Employer.credit_code)
        .where(
            or_(Employer.name.startswith(q, autoescape=True), Employer.credit_code == code),
            exists().where(Account.employer_id == Employer.id, Account.disabled_at.is_(None)),
        )
        .order_by(Employer.name)
        .limit(8)
    )
    return [{"name": row.name, "credit_code": row.credit_code} for row in connection.execute(found)]


def briefly(connection: Connection, actor: Actor, q: str, number_index: bytes | None) -> list[Row[Any]]:
    """The first twenty graduates in an office's scope whose name begins with ``q``, whose student number it is, or
    whose ID number, where ``number_index`` is that of one; the latter comes sealed, to tell namesakes apart."""
    asked = [Graduate.name.startswith(q, autoescape=True), Graduate.student_no == q]
    if number_index is not None:
        asked = [Graduate.id_number_index == number_index]
    found = (
        select(
            Graduate.id,
            Graduate.name,
            Graduate.student_no,
            Graduate.class_year,
            Graduate.major,
            Graduate.id_number,
            College.name.label("college"),
        )
        .join(College, College.id == Graduate.college_id)
        .where(sees_graduate(actor), Graduate.base_state != BaseState.DELETED, or_(*asked))
        .order_by(Graduate.class_year.desc(), Graduate.name, Graduate.student_no)
        .limit(20)
    )
    return list(connection.execute(found))
