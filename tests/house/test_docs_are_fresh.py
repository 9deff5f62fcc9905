"""What is drawn from the code says what the code says."""

from __future__ import annotations

from app.cli import documents


def test_the_machines_page_is_fresh() -> None:
    assert (documents.DOCS / "machines.md").read_text(encoding="utf-8") == documents.machines_page(), "run make docs"


def test_the_description_of_the_api_is_fresh() -> None:
    assert (documents.DOCS / "openapi.json").read_bytes() == documents.openapi_document(), "run make docs"
