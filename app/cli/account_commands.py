"""``accounts``: log-ins of staff and employers, made and mended by an operator."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

import click
from marshmallow import ValidationError, validate
from sqlalchemy import Connection, Executable, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.access import Role
from app.cli.opening import opened
from app.identity import passwords, sessions
from app.models import Account, College, Employer, School
from app.services import Services

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else on a screen


@click.group("accounts")
def accounts() -> None:
    """Log-ins of staff and employers."""


def _checked_email(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """An address as the form's validator takes it."""
    if value is not None:
        try:
            validate.Email()(value)
        except ValidationError:
            raise click.BadParameter("不是邮箱地址。") from None
    return value


@accounts.command("add-staff")
@click.argument("login")
@click.argument("name")
@click.option("--school", "school_code", required=True, help="院校代码")
@click.option("--college", help="院系; without it the account is the school's")
@click.option("--counsellor", is_flag=True, help="辅导员 of the college")
@click.option("--email", callback=_checked_email, help="邮箱, for notices that WeChat does not bring")
def add_staff(
    login: str, name: str, school_code: str, college: str | None, counsellor: bool, email: str | None
) -> None:
    """A reviewer of a college or of the school; prints the password once."""
    if counsellor and college is None:
        raise click.UsageError("--counsellor needs --college")
    role = Role.COUNSELLOR if counsellor else Role.COLLEGE if college else Role.SCHOOL
    password = new_password()
    with opened() as services, services.db.transaction() as connection:
        school_id = _one(connection, select(School.id).where(School.code == school_code), "没有这所学校。")
        college_id = None
        if college is not None:
            wanted = select(College.id).where(College.school_id == school_id, College.name == college)
            college_id = _one(connection, wanted, "这所学校没有这个院系。")
        values = {"role": role.value, "school_id": school_id, "college_id": college_id, **_sealed(services, email)}
        _add(connection, login, name, password, values)
    click.echo(f"{login} 的初始密码：{password}")


@accounts.command("add-employer")
@click.argument("login")
@click.argument("name")
@click.option("--credit-code", required=True, help="统一社会信用代码 of an employer that is known")
@click.option("--title", help="职务")
@click.option("--email", callback=_checked_email, help="邮箱, for notices that WeChat does not bring")
def add_employer(login: str, name: str, credit_code: str, title: str | None, email: str | None) -> None:
    """An operator of an employer; prints the password once."""
    password = new_password()
    with opened() as services, services.db.transaction() as connection:
        wanted = select(Employer.id).where(Employer.credit_code == credit_code.upper())
        employer_id = _one(connection, wanted, "没有这个信用代码的单位。")
        values = {
            "role": Role.EMPLOYER.value,
            "employer_id": employer_id,
            "title": title,
            **_sealed(services, email),
        }
        _add(connection, login, name, password, values)
    click.echo(f"{login} 的初始密码：{password}")


@accounts.command("set-email")
@click.argument("login")
@click.argument("email", callback=_checked_email)
def set_email(login: str, email: str) -> None:
    """Where notices go that WeChat does not bring."""
    with opened() as services, services.db.transaction() as connection:
        wanted = select(Account.id).where(Account.login == login)
        account_id: uuid.UUID = _one(connection, wanted, "没有这个账号。")
        connection.execute(update(Account).where(Account.id == account_id).values(**_sealed(services, email)))
    click.echo(f"{login} 的邮箱已记下")


@accounts.command("reset-password")
@click.argument("login")
def reset_password(login: str) -> None:
    """A new password; ends every session of the account."""
    password = new_password()
    with opened() as services, services.db.transaction() as connection:
        wanted = select(Account.id).where(Account.login == login, Account.password.is_not(None))
        account_id: uuid.UUID = _one(connection, wanted, "没有这个账号。")
        connection.execute(update(Account).where(Account.id == account_id).values(password=passwords.hashed(password)))
        sessions.end_all(connection, account_id)
    click.echo(f"{login} 的新密码：{password}")


def new_password() -> str:
    """Sixteen characters in groups, some 79 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def _sealed(services: Services, email: str | None) -> dict[str, bytes]:
    return {} if email is None else {"email": services.sealer.seal(email, "email")}


def _one(connection: Connection, wanted: Executable, sentence: str) -> Any:
    found = connection.execute(wanted).scalar_one_or_none()
    if found is None:
        raise click.ClickException(sentence)
    return found


def _add(connection: Connection, login: str, name: str, password: str, values: dict[str, object]) -> None:
    try:
        connection.execute(
            insert(Account).values(login=login, name=name, password=passwords.hashed(password), **values)
        )
    except IntegrityError:
        raise click.ClickException("这个登录名已被使用。") from None
