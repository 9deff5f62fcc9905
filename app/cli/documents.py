"""``docs``, ``openapi`` and ``machines``: what is written from the code, so that it cannot drift from it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import orjson

from app.cli.answer_words import errcodes_page
from app.cli.drawing import diagram
from app.settings import KEY_BYTES, Key, Settings, WeChat
from app.workflows import filing_machine
from app.workflows import machines as all_machines
from app.workflows.kinds import KINDS
from app.workflows.machine import NOTHING, Machine

DOCS = Path(__file__).resolve().parents[2] / "docs"


@click.command()
def docs() -> None:
    """Write everything under docs/ that is drawn from the code."""
    write_machines(DOCS / "machines.md")
    write_errcodes(DOCS / "errcodes.md")
    write_openapi(DOCS / "openapi.json")


@click.command()
def machines() -> None:
    """Write docs/machines.md."""
    write_machines(DOCS / "machines.md")


@click.command()
def openapi() -> None:
    """Write docs/openapi.json."""
    write_openapi(DOCS / "openapi.json")


def write_machines(to: Path) -> None:
    """All state machines as pictures and tables."""
    to.parent.mkdir(exist_ok=True)
    to.write_text(machines_page(), encoding="utf-8")
    click.echo(f"{to.name} 已写好")


def write_errcodes(to: Path) -> None:
    """WeChat's answers, and what is done about each."""
    to.write_text(errcodes_page(), encoding="utf-8")
    click.echo(f"{to.name} 已写好")


def machines_page() -> str:
    """The page: one section per machine, the filings' once for each way, and the kinds that walk them."""
    drawn = [machine for machine in all_machines.ALL if machine not in filing_machine.ALL]
    drawn += [filing_machine.review_machine(way, DEFAULT_LEVELS) for way in filing_machine.Way]
    parts = [
        "# State machines",
        "Drawn from `app/workflows/machines.py` by `make docs`; a test keeps it fresh. Who takes a step stands in "
        "brackets, its guards in the table beneath.",
        *(_section(machine) for machine in drawn),
        _orders(),
        _kinds(),
    ]
    return "\n\n".join(parts) + "\n"


DEFAULT_LEVELS = ("college", "school")
"""审核级别 of a school that set none: its machines are drawn, those of other orders only listed."""


def _orders() -> str:
    """Every order of levels of every way: the same steps with more or fewer desks, so a line each."""
    rows = [
        f"| `{machine.name}` | {machine.title} | {len(machine.steps)} |"
        for machine in sorted(filing_machine.ALL, key=lambda machine: machine.name)
    ]
    head = [
        "## 审核级别 · the orders of levels",
        "",
        "Each way is drawn above for 学院、学校; with other levels the same steps lead from desk to desk.",
        "",
        "| machine | 审核 | steps |",
        "| --- | --- | --- |",
    ]
    return "\n".join([*head, *rows])


def _kinds() -> str:
    """事项, as their files declare them."""
    rows = []
    for kind in KINDS.values():
        who = ", ".join(role.value for role in kind.by) or "·"
        about = ", ".join(state.value for state in kind.about) or "·"
        asked, again = (", ".join(guard.name for guard in of) for of in (kind.guards, kind.review_guards))
        rows.append(f"| {kind.title} `{kind.name}` | {kind.lane.value} | {who} | {about} | {asked} | {again} |")
    head = [
        "## 事项 · the kinds of filing",
        "",
        "One file each in `app/workflows/kinds/`. Guards are asked when it is begun and handed in, and at each 通过.",
        "",
        "| kind | lane | by | about a claim that is | guards | guards at 通过 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows])


def _section(machine: Machine) -> str:
    rows = [
        "| step | from | to | who | guards | event |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {step.action} {step.label} | {'·' if step.source == NOTHING else step.source} | {step.target} "
            f"| {', '.join(role.value for role in step.by)} | {', '.join(guard.name for guard in step.guards)} "
            f"| `{step.event}` |"
            for step in machine.steps
        ),
    ]
    table = "\n".join(rows)
    return f"## {machine.title} `{machine.name}`\n\n```mermaid\n{diagram(machine)}\n```\n\n{table}"


def write_openapi(to: Path) -> None:
    """The description of the API, as it is served."""
    to.parent.mkdir(exist_ok=True)
    to.write_bytes(openapi_document())
    click.echo(f"{to.name} 已写好")


def openapi_document() -> bytes:
    """The document's bytes, the same for the same code."""
    from app import create_app
    from app.api import description
    from app.services import Services

    settings = _settings_of_nobody()
    application = create_app(settings, Services.build(settings))
    return orjson.dumps(description(application), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _settings_of_nobody() -> Settings:
    """Enough for the application to describe itself; nothing is opened by being described."""
    key = Key("none", b"\0" * KEY_BYTES)
    nowhere = "https://example.invalid"
    empty = Path(tempfile.gettempdir())
    return Settings(
        production=False,
        database_url="postgresql+psycopg://nobody@example.invalid/none",
        redis_url="redis://example.invalid",
        public_url=nowhere,
        token_keys=(key,),
        data_keys=(key,),
        index_key=key.secret,
        storage_dir=empty,
        web_dist=empty,
        pdf_key=empty,
        pdf_key_passphrase="",
        qr_key=empty,
        wechat=WeChat("wx", "", "", "", nowhere, nowhere, {}),
        chsi_cas_url=nowhere,
    )
