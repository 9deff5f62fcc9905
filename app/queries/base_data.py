"""A graduate's own data as the first page shows them: twenty fields in the guide's order, and who corrects which."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Executable, Row, and_, bindparam, select

from app import clock
from app.codes import regions
from app.codes.tables import UnknownCode, label
from app.models import Account, College, Graduate, School, WechatFollower
from app.problems import NotFound
from app.sealing import Sealer

_OWN: Executable = (
    select(
        Graduate,
        College.name.label("college"),
        School.code.label("school_code"),
        School.name.label("school_name"),
        School.contact.label("school_contact"),
        School.version.label("school_version"),
        WechatFollower.following,
        WechatFollower.bound_at,
    )
    .join(College, College.id == Graduate.college_id)
    .join(School, School.id == Graduate.school_id)
    .outerjoin(Account, Account.graduate_id == Graduate.id)
    .outerjoin(
        WechatFollower, and_(WechatFollower.account_id == Account.id, WechatFollower.app_id == bindparam("app_id"))
    )
    .where(Graduate.id == bindparam("graduate"))
)


def own(
    connection: Connection, sealer: Sealer, app_id: str, graduate_id: uuid.UUID | None
) -> tuple[dict[str, Any], str]:
    """Everything of ``GET /me`` and its ETag, which changes with the data, the school's contact and the binding."""
    row = connection.execute(_OWN, {"app_id": app_id, "graduate": graduate_id}).one_or_none()
    if row is None:
        raise NotFound
    found = {
        "name": row.name,
        "school": {"code": row.school_code, "name": row.school_name, "contact": row.school_contact},
        "base": {"state": row.base_state, "fields": _fields(row, sealer)},
        "pin_set": row.pin is not None,
        "confirmed_at": clock.rfc3339(row.confirmed_at) if row.confirmed_at else None,
        "wechat": {
            "bound": row.following is not None,
            "following": bool(row.following),
            "bound_at": clock.rfc3339(row.bound_at) if row.bound_at else None,
        },
    }
    return found, f"{row.version}.{row.school_version}-{int(row.following is not None)}{int(bool(row.following))}"


def _fields(row: Row[Any], sealer: Sealer) -> list[dict[str, Any]]:
    return [
        {"key": key, "label": title, "value": value(row, sealer), "corrected_by": by}
        for key, title, value, by in _TWENTY
    ]


def _code(table: str, column: str) -> Callable[[Any, Sealer], str | None]:
    def read(row: Any, sealer: Sealer) -> str | None:
        try:
            return label(table, getattr(row, column))
        except UnknownCode:
            return str(getattr(row, column))  # better the bare code than a page that cannot be shown

    return read


def _plain(column: str) -> Callable[[Any, Sealer], str | None]:
    return lambda row, sealer: getattr(row, column)


def _opened(column: str) -> Callable[[Any, Sealer], str | None]:
    def read(row: Any, sealer: Sealer) -> str | None:
        sealed = getattr(row, column)
        return sealer.open(sealed, column) if sealed is not None else None

    return read


def _yes_no(column: str) -> Callable[[Any, Sealer], str | None]:
    return lambda row, sealer: {True: "是", False: "否", None: None}[getattr(row, column)]


SCHOOL, GRADUATE = "school", "graduate"
_TWENTY: tuple[tuple[str, str, Callable[[Any, Sealer], str | None], str], ...] = (
    ("candidate_no", "考生号", _plain("candidate_no"), SCHOOL),
    ("name", "姓名", _plain("name"), SCHOOL),
    ("id_number", "身份证号", _opened("id_number"), SCHOOL),
    ("school", "毕业院校", _plain("school_name"), SCHOOL),
    ("degree", "学历", _code("degree_short", "degree"), SCHOOL),
    ("gender", "性别", _code("gender", "gender"), SCHOOL),
    ("ethnicity", "民族", _code("ethnicity", "ethnicity"), SCHOOL),
    ("political_status", "政治面貌", _code("political_status", "political_status"), SCHOOL),
    ("training_mode", "培养方式", _code("training_mode", "training_mode"), SCHOOL),
    ("origin", "生源所在地", lambda row, sealer: regions.full_name(row.origin), SCHOOL),
    ("enrolled_on", "入学时间", _plain("enrolled_on"), SCHOOL),
    ("graduates_on", "毕业时间", _plain("graduates_on"), SCHOOL),
    ("student_no", "学号", _plain("student_no"), SCHOOL),
    ("college", "院系", _plain("college"), SCHOOL),
    ("major", "专业", _plain("major"), SCHOOL),
    ("study_years", "学制", lambda row, sealer: f"{row.study_years.normalize():f}", SCHOOL),
    ("archive_moved", "档案是否转入学校", _yes_no("archive_moved"), SCHOOL),
    ("hukou_moved", "户口是否转入学校", _yes_no("hukou_moved"), SCHOOL),
    ("email", "电子邮箱", _opened("email"), GRADUATE),
    ("phone", "手机号码", _opened("phone"), GRADUATE),
)
"""key, label, how it is read from the row, and who corrects it: the school, or the graduate at CHSI (guide,
chapter 3; docs/rules.md, 基本信息)."""
