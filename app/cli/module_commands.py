"""``modules``: what graduates of a class may register now, switched on and off by an operator."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import click
from sqlalchemy import Connection, select

from app import clock
from app.cli.opening import opened
from app.models import Module, ModuleName, School
from app.queries.school_settings import MODULES as TITLES
from app.workflows import modules as workflow

_school = click.argument("school_code", metavar="SCHOOL")
_class = click.argument("class_year", metavar="CLASS", type=click.IntRange(2000, 2100))
_name = click.argument("name", metavar="NAME", type=click.Choice([name.value for name in ModuleName]))
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("modules")
def modules() -> None:
    """功能模块 of a school and class: destination, archive, hukou."""


@modules.command("open")
@_school
@_class
@_name
@click.option("--from", "first", type=_DAY, help="first day, Beijing; without it now")
@click.option("--to", "last", type=_DAY, help="last day, Beijing; without it until closed")
def open_one(school_code: str, class_year: int, name: str, first: datetime | None, last: datetime | None) -> None:
    """Switch NAME on for the class."""
    opens_at = _midnight(first) if first else None
    closes_at = _midnight(last + timedelta(days=1)) if last else None
    if closes_at is not None and closes_at <= (opens_at or clock.now()):
        raise click.UsageError("结束日期要在开始日期之后。")
    with opened() as services, services.db.transaction() as connection:
        school_id = _school_id(connection, school_code)
        workflow.open_module(
            connection, school_id, class_year, ModuleName(name), opens_at=opens_at, closes_at=closes_at
        )
    until = f"，到 {last:%Y-%m-%d} 为止" if last else ""
    click.echo(
        f"{class_year} 届「{TITLES[ModuleName(name)]}」{f'从 {first:%Y-%m-%d} 起' if first else '已'}启用{until}。"
    )


@modules.command("close")
@_school
@_class
@_name
def close_one(school_code: str, class_year: int, name: str) -> None:
    """Switch NAME off: what is there stays readable, running reviews finish, nothing new begins."""
    with opened() as services, services.db.transaction() as connection:
        school_id = _school_id(connection, school_code)
        if not workflow.close_module(connection, school_id, class_year, ModuleName(name)):
            raise click.ClickException("这项填报现在没有启用。")
    click.echo(f"{class_year} 届「{TITLES[ModuleName(name)]}」已关闭，已有记录仍可查看。")


@modules.command("list")
@_school
@_class
def list_all(school_code: str, class_year: int) -> None:
    """What is switched on for the class, and until when."""
    with opened() as services, services.db.reading() as connection:
        school_id = _school_id(connection, school_code)
        query = select(Module).where(Module.school_id == school_id, Module.class_year == class_year)
        rows = {row.name: row for row in connection.execute(query)}
    for name, title in TITLES.items():
        row = rows.get(name)
        click.echo(f"{name.value:<12}{title}  {_said(row.opens_at, row.closes_at) if row else '未启用'}")


def _said(opens_at: datetime, closes_at: datetime | None) -> str:
    if closes_at is not None and closes_at <= clock.now():
        return f"已关闭（{clock.in_words(closes_at)}）"
    until = f"到 {clock.in_words(closes_at)}" if closes_at else "没有结束时间"
    if opens_at > clock.now():
        return f"{clock.in_words(opens_at)} 启用，{until}"
    return f"启用中，{until}"


def _midnight(day: datetime) -> datetime:
    return datetime.combine(day.date(), time(), clock.BEIJING)


def _school_id(connection: Connection, code: str) -> int:
    found: int | None = connection.scalar(select(School.id).where(School.code == code))
    if found is None:
        raise click.ClickException(f"没有院校代码为 {code} 的学校。")
    return found
