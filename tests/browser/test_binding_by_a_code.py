"""A graduate at a computer shows a code, scans it with a phone, and confirms there what is bound."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.notify import menu
from tests.browser.conftest import Running
from tests.browser.people import PASSWORD, Story, gather
from tests.browser.someone import Someone, type_pin

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


def test_a_code_is_shown_scanned_and_confirmed(chromium: Browser, system: Running, story: Story) -> None:
    menu.create(story.services.wechat, system.url)
    computer, phone = Someone(chromium, system.url), Someone(chromium, system.url)
    _enter_without_wechat(computer)
    page = computer.page
    page.goto("/s/me")
    expect(page.get_by_text("未绑定")).to_be_visible()
    computer.shot("binding-me")
    page.get_by_role("link", name="绑定微信").click()
    computer.shot("binding-before")
    with page.expect_response("**/me/wechat-binding") as made:
        page.get_by_role("button", name="显示二维码").click()
    expect(page.get_by_role("img", name="绑定微信的二维码")).to_be_visible()
    computer.fits()
    computer.shot("binding-code")

    at = phone.page
    at.goto(made.value.json()["url"])
    at.get_by_role("button", name="林知夏").click()
    expect(at.get_by_text("林*夏，江州大学")).to_be_visible()
    phone.shot("binding-chat")
    expect(page.get_by_text("已扫码，请在手机上点「确认绑定」")).to_be_visible()
    computer.shot("binding-scanned")
    at.get_by_role("link", name="去确认绑定").click()
    expect(at.get_by_text("把这个微信绑定给你？")).to_be_visible()
    phone.fits()
    phone.shot("binding-confirm")
    at.get_by_role("button", name="确认绑定").click()
    expect(at.get_by_text("绑定好了")).to_be_visible()
    phone.shot("binding-done")
    expect(page.get_by_text("已绑定微信")).to_be_visible()
    computer.fits()
    computer.shot("binding-bound")
    at.get_by_role("link", name="进入去向").click()
    expect(at.get_by_text("你还没有登记去向")).to_be_visible()
    at.goto(made.value.json()["url"])  # the same code once more
    at.get_by_role("button", name="林知夏").click()
    expect(at.get_by_text("这个绑定码已失效")).to_be_visible()
    phone.shot("binding-gone-chat")
    at.get_by_role("button", name="帮助").click()
    expect(at.get_by_text("回复「进度」：到哪一步了")).to_be_visible()
    phone.shot("binding-help-chat")
    assert computer.faults == phone.faults == []


def _enter_without_wechat(student: Someone) -> None:
    page = student.page
    page.goto("/s/")
    page.get_by_role("link", name="用学信网账号登录").click()
    page.locator("input[name=username]").fill("linzhixia")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("button", name="信息确认无误，进入系统").click()
    type_pin(page)
    page.get_by_role("button", name="下一步").click()
    type_pin(page)
    page.get_by_role("button", name="设好了，进入系统").click()
    expect(page.get_by_text("你还没有登记去向")).to_be_visible()
