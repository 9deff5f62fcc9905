"""Fills in any form on the phone as a person does: field by field by its control, step by step, photos where asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from app.access import Actor
from app.codes import regions
from tests import filled
from tests.factories import World

TO_REVIEW = "核对后提交"


def is_saved(page: Page) -> None:
    """All that was typed is with the server."""
    expect(page.get_by_text("正在保存")).to_have_count(0)
    expect(page.get_by_text("已保存")).to_be_visible()


def fill_in(page: Page, world: World, actor: Actor, filing_id: uuid.UUID, photo: Path) -> None:
    """From the first step to the last look, until the server finds nothing wrong; fields that an answer brings out are
    filled in on another round, as who reads 「还有 2 处要改」 does."""
    for _ in range(4):
        editor = filled.editor_of(world, actor, filing_id)
        _through(page, editor, photo)
        if not filled.editor_of(world, actor, filing_id)["problems"]:
            return
        page.goto(page.url.partition("?")[0])
    raise AssertionError(filled.editor_of(world, actor, filing_id)["problems"])


def _through(page: Page, editor: filled.Editor, photo: Path) -> None:
    answers, before = dict(_flat(filled.answers(editor))), dict(_flat(editor["values"]))
    sections = {section["title"]: section for section in editor["sections"]}
    items = {item["title"]: item for item in editor["items"]}
    for _ in range(len(sections) + len(items)):
        step = page.locator("[aria-current=step]").get_attribute("aria-label") or ""
        title = step.split("，")[1]
        for key, field in _fields(sections[title]["fields"]) if title in sections else ():
            if answers.get(key) != before.get(key):
                _put(page, key, field, answers[key])
        if (item := items.get(title)) is not None and title not in sections:
            for _ in range(item["least"] - len(editor["files"].get(item["key"], ()))):
                _photograph(page, photo)
        page.get_by_role("button", name="下一步", exact=True).click()
        expect(page.locator("[aria-current=step]")).not_to_have_attribute("aria-label", step)
    expect(page.get_by_role("heading", name=TO_REVIEW)).to_be_visible()
    is_saved(page)


def _photograph(page: Page, photo: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(photo)
    expect(page.get_by_text("老师会看到这样一张图")).to_be_visible(timeout=60_000)
    if (enough := page.get_by_role("button", name="就用这张")).is_visible():
        enough.click()


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """``group/name`` → value, as the form on the phone names its fields."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}/{inner}", each) for inner, each in value.items())
        else:
            yield name, value


def _fields(fields: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in fields:
        if field["widget"] == "group":
            yield from ((f"{field['name']}/{inner['name']}", inner) for inner in field["fields"])
        else:
            yield field["name"], field


def _put(page: Page, key: str, field: Mapping[str, Any], value: Any) -> None:
    control = page.locator(f"[id='f-{key}']")
    if control.count() == 0:
        return  # asked for once the answers before it are with the server
    kind = control.evaluate("element => element.getAttribute('aria-haspopup') ?? element.role ?? element.tagName")
    if kind == "dialog":
        control.click()
        _pick(page.get_by_role("dialog"), field, value)
    elif kind == "group":
        control.get_by_role("button", name=_shown(field, value), exact=True).click()
    elif kind != "P":
        control.fill(_shown(field, value))
        control.blur()


def _pick(sheet: Locator, field: Mapping[str, Any], value: Any) -> None:
    """From the sheet that a field opens: a line of a table, a place, a day."""
    if field["widget"] == "region":
        for name in regions.parts(value):
            sheet.get_by_role("menuitemradio", name=name, exact=True).click()
    elif field["widget"] == "date":
        sheet.locator("input[type=date]").fill(value)
        sheet.get_by_role("button", name="选 ").click()
    else:
        sheet.get_by_role("option", name=_shown(field, value), exact=True).click()
    expect(sheet).to_be_hidden()


def _shown(field: Mapping[str, Any], value: Any) -> str:
    if field["options"]:
        return next(str(option["name"]) for option in field["options"] if option["code"] == value)
    if field["widget"] == "money":
        return f"{value / 100:g}"
    if field["widget"] == "switch":
        return "是" if value else "否"
    return str(value)
