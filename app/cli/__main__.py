"""The command line itself."""

from __future__ import annotations

import sys

import click

from app.cli import (
    account_commands,
    demo_commands,
    directory_commands,
    documents,
    graduate_commands,
    module_commands,
    notice_commands,
    report_commands,
    roster_commands,
    school_commands,
    wechat_commands,
)
from app.cli.opening import opened
from app.schema import migrate as to_newest
from app.settings import UnsafeSettings


@click.group(help="Operator commands of 去向. All settings come from the environment.")
def main() -> None:
    """The group every command hangs on."""


@main.command()
def migrate() -> None:
    """Bring the database to the newest migration; safe to run at every start."""
    with opened() as services:
        to_newest(services.db.engine)
    click.echo("数据库结构已是最新 · the database is up to date")


for command in (
    account_commands.accounts,
    demo_commands.demo,
    directory_commands.directory,
    documents.docs,
    documents.machines,
    documents.openapi,
    graduate_commands.graduates,
    module_commands.modules,
    notice_commands.notices,
    report_commands.report,
    roster_commands.import_roster,
    school_commands.schools,
    wechat_commands.wechat,
):
    main.add_command(command)


if __name__ == "__main__":
    try:
        main(prog_name="python -m app.cli")
    except UnsafeSettings as fault:
        click.echo(str(fault), err=True)
        sys.exit(2)
