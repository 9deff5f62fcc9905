"""What is drawn from the code says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import app
from app.cli import documents
from app.cli.answer_words import DOES, errcodes_page
from app.notify.errcodes import TABLE, Behaviour


def test_the_machines_page_is_fresh() -> None:
    assert (documents.DOCS / "machines.md").read_text(encoding="utf-8") == documents.machines_page(), "run make docs"


def test_the_page_of_answers_is_fresh_and_whole() -> None:
    page = errcodes_page()
    assert (documents.DOCS / "errcodes.md").read_text(encoding="utf-8") == page, "run make docs"
    assert set(DOES) == set(Behaviour)
    assert all(page.count(f"| {code} | ") == 1 for code in TABLE)


def test_the_description_of_the_api_is_fresh() -> None:
    assert (documents.DOCS / "openapi.json").read_bytes() == documents.openapi_document(), "run make docs"


def test_every_rule_that_the_code_names_stands_in_the_rules() -> None:
    rules = (documents.DOCS / "rules.md").read_text(encoding="utf-8")
    source = "\n".join(file.read_text(encoding="utf-8") for file in Path(app.__file__).parent.rglob("*.py"))
    named = set(re.findall(r"docs/rules\.md, ([\u4e00-\u9fff]+)", source))
    assert len(named) > 10
    assert {name for name in named if f"## {name}" not in rules and f"**{name}" not in rules} == set()
