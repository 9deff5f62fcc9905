"""``import-roster``: a school's graduates from CSV or XLSX, with the rows that are wrong given back as a sheet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from app.access import Actor, Role
from app.cli.opening import opened
from app.problems import Problem
from app.workflows import roster_import
from app.workflows.roster_import import Refused, Report
from app.workflows.roster_rows import Fault
from app.workflows.roster_sheet import Unreadable

SHOWN = 20


class _DryRun(Exception):
    """Everything was tried; nothing shall stay."""


@click.command("import-roster")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--school", "school_code", required=True, help="院校代码, five digits")
@click.option("--class-year", required=True, type=click.IntRange(2000, 2100), help="届")
@click.option("--dry-run", is_flag=True, help="try everything, keep nothing")
@click.option("--errors", type=click.Path(path_type=Path, dir_okay=False), help="write the wrong rows to this XLSX")
def import_roster(file: Path, school_code: str, class_year: int, dry_run: bool, errors: Path | None) -> None:
    """Import FILE; either all of it is taken or nothing."""
    try:
        report = _imported(file, school_code, class_year, dry_run=dry_run)
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from None
    except Problem as problem:
        raise click.ClickException(problem.detail) from None
    except Refused as refused:
        _tell_faults(refused.report, file, errors)
        raise click.ClickException(
            f"{refused.report.faulty_rows} 行有误，整个文件都没有导入。改正后再导入一次。"
        ) from None
    _tell(report, dry_run=dry_run)


def _imported(file: Path, school_code: str, class_year: int, *, dry_run: bool) -> Report:
    # A command has no account: the log names it instead.
    actor = Actor(Role.SCHOOL, name="命令行", request_id="import")
    report = Report()
    with opened() as services:
        try:
            with services.db.transaction() as connection:
                report = roster_import.bring_in(
                    connection, services.sealer, actor, file, school_code=school_code, class_year=class_year
                )
                if dry_run:
                    raise _DryRun
        except _DryRun:
            pass
    return report


def _tell(report: Report, *, dry_run: bool) -> None:
    if report.ignored:
        click.echo("没有导入的列：" + "、".join(report.ignored))
    click.echo(
        f"{report.rows} 行：新增 {report.fresh}，更新 {report.changed}，没有变化 {report.unchanged}。"
        + (f"其中 {report.reconfirm} 人已确认过，要重新确认。" if report.reconfirm else "")
        + (f"{report.restored} 人曾被删除，已恢复。" if report.restored else "")
    )
    if dry_run:
        click.echo("这是试运行，什么也没有保存。")


def _tell_faults(report: Report, file: Path, errors: Path | None) -> None:
    for fault in report.faults[:SHOWN]:
        click.echo(f"第 {fault.row} 行 · {fault.column}：{fault.sentence}", err=True)
    if len(report.faults) > SHOWN:
        click.echo(f"……共 {len(report.faults)} 处。", err=True)
    if errors is not None:
        write_faults(file, report.faults, errors)
        click.echo(f"有误的行已写入 {errors}", err=True)


def write_faults(file: Path, faults: list[Fault], to: Path) -> None:
    """The wrong rows as they were, with what is wrong in a last column; readable by its owner only."""
    sentences: dict[int, list[str]] = {}
    for fault in faults:
        sentences.setdefault(fault.row, []).append(f"{fault.column}：{fault.sentence}")
    sheet, _ = roster_import.open_roster(file)
    book = Workbook(write_only=True)
    page = book.create_sheet("有误的行")
    page.append(["行号", *sheet.header, "错误"])
    for row, cells in sheet.rows:
        if row in sentences:
            texts = [str(row), *cells, "；".join(sentences[row])]
            page.append([_as_text(page, text) for text in texts])
    os.close(os.open(to, os.O_CREAT | os.O_WRONLY, 0o600))  # it holds ID numbers
    to.chmod(0o600)
    book.save(to)


def _as_text(page: Any, text: str) -> Any:
    """A cell that stays text: what begins with = is no formula, and digits stay as they are."""
    cell = WriteOnlyCell(page, value="")
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
