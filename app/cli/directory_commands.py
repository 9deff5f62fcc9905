"""``directory``: the archive offices (档案接收机构) by region, brought by an operator."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.opening import opened
from app.codes import directory as codes
from app.workflows import archive_directory
from app.workflows.roster_sheet import Unreadable, read_sheet

SHOWN = 20


@click.group("directory")
def directory() -> None:
    """Who takes archives back to a region (生源地)."""


@directory.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="read and check everything, keep nothing")
def import_file(file: Path, dry_run: bool) -> None:
    """Take over FILE (CSV or XLSX); a row replaces its region's. Either all of it is taken or nothing."""
    try:
        sheet = read_sheet(file, codes.MARKS)
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from None
    offices, errors = codes.parse(sheet.header, sheet.rows)
    for error in errors[:SHOWN]:
        click.echo(f"第 {error.row} 行 · {error.column}：{error.detail}", err=True)
    if errors:
        more = f"（只列出前 {SHOWN} 处）" if len(errors) > SHOWN else ""
        raise click.ClickException(f"{len(errors)} 处有误{more}，整个文件都没有导入。改正后再导入一次。")
    if dry_run:
        click.echo(f"{len(offices)} 个地区都读得出来。这是试运行，什么也没有保存。")
        return
    _take_over(offices)


@directory.command("sample")
def load_sample() -> None:
    """Load the sample that comes with the product. Its addresses and numbers are invented: never in production."""
    with opened() as services:
        if services.settings.production:
            raise click.ClickException(
                "样例里的地址和电话是虚构的，不能装进正式系统。请用 directory import 导入真实目录。"
            )
    _take_over(codes.sample())


def _take_over(offices: tuple[codes.Office, ...]) -> None:
    with opened() as services, services.db.transaction() as connection:
        fresh, changed = archive_directory.take_over(connection, offices)
    click.echo(f"{len(offices)} 个地区：新增 {fresh}，更新 {changed}，没有变化 {len(offices) - fresh - changed}。")
