"""A graduate answers where they go, fills the form in, photographs the proof, is sent back once, and is registered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.models import ModuleName, Verdict
from tests.browser.conftest import Running
from tests.browser.people import Story, gather
from tests.browser.someone import Someone, enter
from tests.filed import approve, decide, filings_of, open_modules
from tests.uploads import papers

expect.set_options(timeout=20_000)
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


def test_an_answer_becomes_a_registered_destination(
    chromium: Browser, system: Running, story: Story, tmp_path: Path
) -> None:
    open_modules(story.world, ModuleName.DESTINATION)
    photo = tmp_path / "录取通知书.jpg"
    photo.write_bytes(papers.proof())
    student = Someone(chromium, system.url)
    page = student.page

    enter(student, system, story)
    _choose(student)
    _fill_in(student)
    _photograph(student, photo)
    _hand_in(student)
    [filing_id] = filings_of(story.world, story.graduate)
    mark = {"field": "major", "label": "录取专业", "reason": "和通知书上的不一致"}
    decide(story.world, story.world.college_office, filing_id, Verdict.RETURN, reason=None, marks=[mark])
    page.reload()
    expect(page.get_by_text("和通知书上的不一致").first).to_be_visible()
    student.fits()
    student.shot("filing-returned")
    _correct(student)
    approve(story.world, filing_id)
    page.reload()
    expect(page.get_by_text("已登记").first).to_be_visible()
    student.fits()
    student.shot("filing-registered")
    page.goto("/s/destination")
    expect(page.get_by_role("link", name="浙江大学").first).to_be_visible()
    student.fits()
    student.shot("filing-chooser-after")
    assert student.faults == []


def _choose(student: Someone) -> None:
    page = student.page
    page.goto("/s/destination")
    expect(page.get_by_text("你毕业后去哪里？")).to_be_visible()
    student.fits()
    student.shot("filing-chooser")
    page.get_by_role("button", name="去单位工作").click()
    expect(page.get_by_text("纸质协议书已经签好")).to_be_visible()
    student.fits()
    student.shot("filing-chooser-work")
    page.get_by_placeholder("直接搜").fill("考研")
    page.get_by_role("button", name="读研究生、第二学士学位或专升本").first.click()
    expect(page.get_by_text("要准备的证明")).to_be_visible()
    student.fits()
    student.shot("filing-type")
    page.get_by_role("button", name="就选这个，开始填").click()


def _fill_in(student: Someone) -> None:
    page = student.page
    expect(page.get_by_role("heading", name="录取院校")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_text("必须填写。").first).to_be_visible()
    student.fits()
    student.shot("filing-missing")
    page.locator("[id='f-kind-row']").get_by_role("button").first.click()
    if page.get_by_role("option").count():
        page.get_by_role("option").first.click()
    page.get_by_role("textbox", name="录取院校").fill("浙江")
    page.get_by_role("button", name="浙江大学", exact=True).click()
    page.get_by_role("textbox", name="录取专业").fill("软件工程")
    _is_saved(page)
    page.reload()
    expect(page.get_by_role("textbox", name="录取专业")).to_have_value("软件工程")
    student.fits()
    student.shot("filing-step")


def _photograph(student: Someone, photo: Path) -> None:
    page = student.page
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("button", name="拍照或选图")).to_be_visible()
    student.fits()
    student.shot("filing-upload-empty")
    page.locator("input[type=file]").first.set_input_files(photo)
    expect(page.get_by_text("老师会看到这样一张图")).to_be_visible(timeout=60_000)
    expect(page.locator(".proof__picture img")).to_have_js_property("complete", True)
    assert page.locator(".proof__picture img").evaluate("image => image.naturalWidth") > 600
    student.fits()
    student.shot("filing-upload")
    page.get_by_role("button", name="放大看").click()
    expect(page.locator(".van-image-preview img").first).to_be_visible()
    student.shot("filing-upload-large")
    page.locator(".van-image-preview img").first.tap()
    expect(page.locator(".van-image-preview")).to_be_hidden()
    good_enough = page.get_by_role("button", name="就用这张")
    if good_enough.is_visible():
        good_enough.click()
    page.get_by_role("button", name="下一步").click()


def _hand_in(student: Someone) -> None:
    page = student.page
    expect(page.get_by_role("heading", name="核对后提交")).to_be_visible()
    expect(page.get_by_text("浙江大学").first).to_be_visible()
    student.fits()
    student.shot("filing-review")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("审核通过才生效")).to_be_visible()
    student.shot("filing-submit")
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_text("学院审核中").first).to_be_visible()
    expect(page.get_by_text("撤回修改").first).to_be_visible()
    student.fits()
    student.shot("filing-detail")


def _correct(student: Someone) -> None:
    page = student.page
    page.get_by_role("textbox", name="录取专业").fill("计算机科学与技术")
    _is_saved(page)
    page.get_by_role("button", name="核对提交").click()
    expect(page.get_by_text("计算机科学与技术").first).to_be_visible()
    page.get_by_role("button", name="提交", exact=True).click()
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_text("学院审核中").first).to_be_visible()


def _is_saved(page: Page) -> None:
    expect(page.get_by_text("正在保存")).to_have_count(0)
    expect(page.get_by_text("已保存")).to_be_visible()
