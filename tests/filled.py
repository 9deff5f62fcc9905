"""Fills in any kind of filing as a client does: from the form's description, its values and what is said to be wrong.

Knows no kind by name, so a further kind is filled in as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from app.access import Actor, Role
from app.codes import destinations
from app.problems import Problem
from app.queries import filing_pages
from app.workflows import filing
from app.workflows.filing_machine import Way
from app.workflows.kind import Kind
from app.workflows.kinds import KINDS
from tests import filed
from tests.factories import World
from tests.uploads.made import make_upload

SOUND: Mapping[str, Any] = {
    "region": "330108",
    "money": 600_000,
    "integer": 2,
    "date": "2027-06-01",
    "switch": True,
    "phone": "13957100000",
    "email": "hr@example.com",
    "postcode": "310051",
    "credit_code": "91330108MA2H1A2C00",
    "text": "杭州云海科技有限公司",
    "multiline": "已经和家里商量过。",
}
"""An answer for every widget."""
ADDRESS = "江南大道 100 号"
"""Tried where a line of text is said to be wrong."""

Editor = Mapping[str, Any]


def own_kinds() -> list[Kind]:
    """Those that graduates begin by themselves, by filling in a form."""
    return [kind for kind in KINDS.values() if Role.GRADUATE in kind.by and kind.way is not Way.CONSENT]


def variants(kind: Kind) -> list[str | None]:
    """The types a kind has; a kind without types has one form, and None for its type."""
    if _has(kind, None):
        return [None]
    return [name for name in destinations.catalogue().types if _has(kind, name)]


def _has(kind: Kind, variant: str | None) -> bool:
    try:
        kind.form(variant)
    except Problem:
        return False
    return True


def answers(editor: Editor) -> dict[str, Any]:
    """The values of an editor with all filled in that is required, or that it says is wrong.

    What is said of the form as a whole ("at least one") is met by answering everything that is empty.
    """
    wrong = {item["pointer"].split("/")[2] for item in editor["problems"] if item["pointer"].startswith("/form/")}
    values = dict(editor["values"])
    for field in (field for section in editor["sections"] for field in section["fields"]):
        name, when = field["name"], field["when"]
        if field["readonly"] or (when is not None and values.get(when["field"]) not in when["in"]):
            continue
        empty = values.get(name) is None
        if name in wrong or (empty and (field["required"] or "" in wrong)):
            answer = _answer(field)
            values[name] = ADDRESS if answer == values.get(name) == SOUND["text"] else answer
    return values


def _answer(field: Mapping[str, Any]) -> Any:
    if field["widget"] == "group":
        return {inner["name"]: _answer(inner) for inner in field["fields"]}
    if field["options"]:
        return field["options"][0]["code"]
    if field["placeholder"] == "https://":
        return "https://shop.example.com/zhubian"
    found = SOUND[field["widget"]]
    return found[: field["longest"]] if isinstance(found, str) and field["longest"] else found


def files(editor: Editor, upload: Callable[[], uuid.UUID]) -> dict[str, list[str]]:
    """As many uploads of every item as it asks for at least, keeping those chosen before."""
    chosen: dict[str, list[str]] = {}
    for item in editor["items"]:
        there: Sequence[str] = editor["files"].get(item["key"], ())
        chosen[item["key"]] = [*there, *(str(upload()) for _ in range(item["least"] - len(there)))]
    return chosen


def rounds(read: Callable[[], Editor], upload: Callable[[], uuid.UUID]) -> Iterator[tuple[dict[str, Any], Any]]:
    """``(form, files)`` to be saved, again and again until nothing is wrong; a person would give up as early."""
    for _ in range(4):
        editor = read()
        if not editor["problems"]:
            return
        yield answers(editor), files(editor, upload)
    assert not (left := read()["problems"]), left


def editor_of(world: World, actor: Actor, filing_id: uuid.UUID) -> Editor:
    """The editor as the API gives it."""
    with world.services.db.reading() as connection:
        return filing_pages.editor(filing_pages.read(connection, actor, filing_id), actor, world.sealer)


def fill_in(world: World, actor: Actor, filing_id: uuid.UUID, *, whose: Actor | None = None) -> None:
    """Save the draft until nothing is wrong with it."""
    for form, chosen in rounds(
        lambda: editor_of(world, actor, filing_id), lambda: make_upload(world, whose or actor, sender=actor)
    ):
        kept = filed.row(world, filing_id)
        with world.services.db.transaction() as connection:
            filing.save(connection, actor, filing_id, seen=kept.version, variant=kept.variant, form=form, files=chosen)
