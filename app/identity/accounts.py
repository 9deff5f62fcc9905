"""An account as clients see it: who, in which role, for whom."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Executable, Row, func, select

from app.models import Account, College, Employer, Graduate, School
from app.problems import NotSignedIn


def described(connection: Connection, account_id: uuid.UUID) -> tuple[Row[Any], dict[str, Any]]:
    """The account's row (id, role, session_version for a token) and ``{id, role, name, title?, employer?, …}``."""
    statement: Executable = (
        select(
            Account.id,
            Account.role,
            Account.name,
            Account.title,
            Account.session_version,
            Employer.id.label("employer_id"),
            Employer.name.label("employer_name"),
            School.code.label("school_code"),
            School.name.label("school_name"),
            College.id.label("college_id"),
            College.name.label("college_name"),
        )
        .select_from(Account)
        .outerjoin(Graduate, Graduate.id == Account.graduate_id)
        .outerjoin(Employer, Employer.id == Account.employer_id)
        .outerjoin(School, School.id == func.coalesce(Account.school_id, Graduate.school_id))
        .outerjoin(College, College.id == func.coalesce(Account.college_id, Graduate.college_id))
        .where(Account.id == account_id, Account.disabled_at.is_(None))
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotSignedIn
    shown: dict[str, Any] = {"id": row.id, "role": row.role, "name": row.name}
    if row.title:
        shown["title"] = row.title
    if row.employer_id:
        shown["employer"] = {"id": row.employer_id, "name": row.employer_name}
    if row.school_code:
        shown["school"] = {"code": row.school_code, "name": row.school_name}
    if row.college_id:
        shown["college"] = {"id": row.college_id, "name": row.college_name}
    return row, shown
