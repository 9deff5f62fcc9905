"""The command line itself."""

from __future__ import annotations

import sys

import click

from app.settings import UnsafeSettings


@click.group(help="Operator commands of 去向. All settings come from the environment.")
def main() -> None:
    """The group every command hangs on."""


@main.command()
def migrate() -> None:
    """Bring the database to the newest migration; safe to run at every start."""
    from app.cli.opening import opened
    from app.schema import migrate as to_newest

    with opened() as services:
        to_newest(services.db.engine)
    click.echo("数据库结构已是最新 · the database is up to date")


if __name__ == "__main__":
    try:
        main(prog_name="python -m app.cli")
    except UnsafeSettings as fault:
        click.echo(str(fault), err=True)
        sys.exit(2)
