"""A terminal's page: sections of aligned lines, in which what needs a person stands out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

COLOURS = {"good": "green", "look": "yellow", "bad": "red", "plain": None}


@dataclass(frozen=True)
class Line:
    """A label, what it stands at, and a word about it. The tone is good, look, bad or plain."""

    label: str
    value: str
    note: str = ""
    tone: str = "plain"


def width(words: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in words)


def padded(words: str, columns: int, *, right: bool = False) -> str:
    """The words with spaces up to so many columns."""
    space = " " * max(columns - width(words), 0)
    return space + words if right else words + space


def section(title: str, lines: Iterable[Line]) -> None:
    """Print a titled block; nothing for no lines. click takes the colours out where nobody sees them."""
    rows = list(lines)
    if not rows:
        return
    label = max(width(row.label) for row in rows)
    value = max(width(row.value) for row in rows)
    click.echo(click.style(title, bold=True))
    for row in rows:
        shown = click.style(padded(row.value, value, right=True), fg=COLOURS[row.tone], bold=row.tone == "bad")
        click.echo(f"  {padded(row.label, label)}  {shown}  {row.note}".rstrip())
    click.echo()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns under their names."""
    columns = [max(width(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        words = "  ".join(padded(word, columns[at]) for at, word in enumerate(row)).rstrip()
        click.echo(click.style(words, bold=True) if row is head else words)


def span(seconds: float) -> str:
    """「41 秒」, 「3 分钟」, 「5 小时」, 「2 天」."""
    for unit, name in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} 秒"
