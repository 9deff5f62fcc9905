"""``graduates``: what a school's office mends for one graduate who stands before it."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import Connection, Executable, Row, select, update

from app.access import Actor, Role
from app.cli.opening import of_school, opened
from app.identity import sessions, wechat
from app.models import Account, BaseState, Graduate, School
from app.problems import Problem
from app.workflows import roster_deletion
from app.workflows.advance import advance_many
from app.workflows.roster import GRADUATE
from app.workflows.roster_machine import BASE_DATA

_which = (
    click.argument("candidate_no"),
    click.option("--school", "school_code", required=True, help="院校代码"),
    click.option("--class-year", required=True, type=int, help="届"),
)


def _one_graduate(command: Any) -> Any:
    for decorate in reversed(_which):
        command = decorate(command)
    return command


@click.group("graduates")
def graduates() -> None:
    """One graduate's binding and PIN, after the office has seen who it is."""


@graduates.command("unbind-wechat")
@_one_graduate
def unbind_wechat(candidate_no: str, school_code: str, class_year: int) -> None:
    """Let the graduate with this 考生号 bind another WeChat; ends every session."""
    with opened() as services, services.db.transaction() as connection:
        row = _found(connection, candidate_no, school_code, class_year)
        if row.account_id is None or not wechat.unbind(connection, row.account_id):
            raise click.ClickException("这位毕业生没有绑定微信。")
        sessions.end_all(connection, row.account_id)
    click.echo(f"{row.name} 的微信绑定已解除，下次登录时重新绑定。")


@graduates.command("forget-pin")
@_one_graduate
def forget_pin(candidate_no: str, school_code: str, class_year: int) -> None:
    """Let the graduate with this 考生号 set a new PIN with the next confirmation; ends every session."""
    actor = Actor(Role.SCHOOL, name="命令行", request_id="pin")
    with opened() as services, services.db.transaction() as connection:
        row = _found(connection, candidate_no, school_code, class_year)
        if not row.has_pin or row.account_id is None:
            raise click.ClickException("这位毕业生还没有设置操作码。")
        connection.execute(
            update(Graduate).where(Graduate.id == row.id).values(pin=None, pin_failures=0, pin_paused_until=None)
        )
        # Setting a PIN belongs to confirming, so the data are to be confirmed again.
        advance_many(
            connection,
            BASE_DATA,
            GRADUATE,
            "correct",
            [row.id],
            actor,
            source=BaseState.CONFIRMED,
            facts={"by": "pin"},
        )
        sessions.end_all(connection, row.account_id)
    click.echo(f"{row.name} 的操作码已清除，下次进入时核对信息并重新设置。")


@graduates.command("delete")
@_one_graduate
@click.option("--by", "login", required=True, help="登录名 of the person of the school who deletes")
@click.option("--reason", required=True, help="why, kept in the history")
def delete_data(candidate_no: str, school_code: str, class_year: int, login: str, reason: str) -> None:
    """Delete the base data of the graduate with this 考生号; where a destination stands, ask for a second person."""
    with opened() as services, services.db.transaction() as connection:
        row = _found(connection, candidate_no, school_code, class_year)
        actor = of_school(connection, login, school_code)
        try:
            done = roster_deletion.delete_base_data(connection, actor, row.id, reason)
        except Problem as problem:
            raise click.ClickException(problem.detail) from None
    if done:
        click.echo(f"{row.name} 的基本信息已删除，档案和户口登记随之失效。")
    else:
        click.echo(f"{row.name} 有生效的去向：已记下删除申请，请另一位老师用 graduates confirm-deletion 确认。")


@graduates.command("confirm-deletion")
@_one_graduate
@click.option("--by", "login", required=True, help="登录名 of another person of the school")
def confirm_deletion(candidate_no: str, school_code: str, class_year: int, login: str) -> None:
    """Agree, as a second person, that base data are deleted although a destination stands."""
    with opened() as services, services.db.transaction() as connection:
        row = _found(connection, candidate_no, school_code, class_year)
        actor = of_school(connection, login, school_code)
        try:
            roster_deletion.confirm_deletion(connection, actor, row.id)
        except Problem as problem:
            raise click.ClickException(problem.detail) from None
    days = roster_deletion.RESTORED_WITHIN.days
    click.echo(f"{row.name} 的基本信息已删除，去向已挂起；{days} 天内重新上传同一考生号会恢复去向。")


def _found(connection: Connection, candidate_no: str, school_code: str, class_year: int) -> Row[Any]:
    statement: Executable = (
        select(Graduate.id, Graduate.name, Graduate.pin.is_not(None).label("has_pin"), Account.id.label("account_id"))
        .join(School, School.id == Graduate.school_id)
        .outerjoin(Account, Account.graduate_id == Graduate.id)
        .where(School.code == school_code, Graduate.class_year == class_year, Graduate.candidate_no == candidate_no)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise click.ClickException("名单里没有这位毕业生，请核对考生号、学校和届次。")
    return row
