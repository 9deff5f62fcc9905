"""The list of guards fits the source, and the page that shows them the list."""

from __future__ import annotations

import re

import pytest

from tests.guards import GUARDS, Guard
from tests.mutations import PAGE, ROOT


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_where_the_list_says(guard: Guard) -> None:
    source = (ROOT / guard.file).read_text(encoding="utf-8")
    assert guard.delete_from(source) != source
    for test in guard.tests:
        assert (ROOT / test).exists(), test


def test_the_page_shows_every_guard_and_a_red_test_for_each() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")][1:]
    assert [name for name in rows if name != "---"] == [guard.name for guard in GUARDS], "run tests.mutations --write"
    assert "NONE" not in page
    for file, test in re.findall(r"`([\w/]+\.py)::(\w+)`", page):
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), (file, test)
