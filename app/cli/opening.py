"""How a command gets at the services and gives them back, and in whose name it acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Connection, select

from app.access import Actor, Role
from app.models import Account, School
from app.services import Services
from app.settings import Settings


@contextmanager
def opened() -> Iterator[Services]:
    """Services from the environment, with the longer statements a command needs; raises UnsafeSettings."""
    services = Services.build(Settings.from_environment(), jobs=True)
    try:
        yield services
    finally:
        services.close()


def of_school(connection: Connection, login: str, school_code: str) -> Actor:
    """The person of the school's office who acts; raises ClickException where there is none."""
    row = connection.execute(
        select(Account.id, Account.name, Account.school_id)
        .join(School, School.id == Account.school_id)
        .where(
            Account.login == login,
            School.code == school_code,
            Account.role == Role.SCHOOL.value,
            Account.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise click.ClickException("这所学校没有这个登录名的校级账号。")
    return Actor(Role.SCHOOL, row.id, row.name, school_id=row.school_id, request_id="cli")
