"""``report``: a class's destinations in a batch, by an operator in a person's name (docs/rules.md, 上报)."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select

from app import clock
from app.cli.opening import of_school, opened
from app.models import BatchState, ReportBatch, ReportScope, ReportSystem
from app.problems import Problem
from app.services import Services
from app.workflows import reporting

_SAID = {"new": "新增", "changed": "有变化", "unchanged": "没有变化", "without": "没有生效的去向", "ending": "正在解约"}


@click.command("report")
@click.argument("school_code", metavar="SCHOOL")
@click.argument("class_year", metavar="CLASS", type=click.IntRange(2000, 2100))
@click.option("--by", "login", required=True, help="登录名 of the person of the school who reports")
@click.option(
    "--system", type=click.Choice([system.value for system in ReportSystem]), default="national", show_default=True
)
@click.option("--all", "everything", is_flag=True, help="what was reported before as well, not only new and changed")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="上报日期; without it today")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="where to write the sheet (.xlsx)")
@click.option("--dry-run", is_flag=True, help="say what would be reported, change nothing")
def report(
    school_code: str,
    class_year: int,
    login: str,
    system: str,
    everything: bool,
    day: datetime | None,
    out: Path | None,
    dry_run: bool,
) -> None:
    """上报: report the destinations in effect of a class; graduates are asked to confirm what is new."""
    with opened() as services:
        try:
            with services.db.transaction() as connection:
                actor = of_school(connection, login, school_code)
                counts = reporting.dry_run(connection, services.sealer, actor, class_year)
                click.echo("，".join(f"{_SAID[name]} {count} 人" for name, count in counts.items()))
                if dry_run:
                    return
                scope = ReportScope.ALL if everything else ReportScope.CHANGED
                reported_on = (day or clock.beijing(clock.now())).date()
                asked = reporting.ask(connection, actor, class_year, ReportSystem(system), scope, reported_on)
        except Problem as problem:
            raise click.ClickException(problem.detail) from None
        reporting.make_due(reporting.Means(services.db, services.sealer, services.vault))
        _tell(services, asked, out)


def _tell(services: Services, asked: uuid.UUID, out: Path | None) -> None:
    with services.db.reading() as connection:
        batch = connection.execute(select(ReportBatch).where(ReportBatch.id == asked)).one()
    if batch.state != BatchState.MADE:
        raise click.ClickException(batch.fault or "上报没有完成，请再试一次。")
    click.echo(f"已上报 {batch.counts['lines']} 人（{reporting.SYSTEMS[batch.system]}，{batch.reported_on}）。")
    click.echo(f"SHA-256 {batch.sha256.hex()}")
    if out is not None:
        out.write_bytes(services.vault.get(batch.id, reporting.FILE))
        click.echo(f"表格已写到 {out}，含个人信息，用完请删除。")
