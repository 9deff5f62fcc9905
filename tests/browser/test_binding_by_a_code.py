"""A graduate shows a code at a computer, scans it with a phone, confirms there, and types the number it shows."""

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
    expect(page.get_by_text("一部手机扫了这个码")).to_be_visible()
    computer.fits()
    computer.shot("binding-scanned")
    at.get_by_role("link", name="去确认绑定").click()
    expect(at.get_by_text("把这个微信绑定给你？")).to_be_visible()
    phone.fits()
    phone.shot("binding-confirm")
    at.get_by_role("button", name="确认绑定").click()
    number = at.locator(".digits").inner_text()
    phone.fits()
    phone.shot("binding-number")
    expect(page.get_by_text("你的手机上现在显示的数字")).to_be_visible()
    page.get_by_label("你的手机上现在显示的数字").fill("10" if number != "10" else "11")
    page.get_by_role("button", name="是我，绑定").click()
    expect(page.get_by_text("还可以试 2 次")).to_be_visible()
    computer.fits()
    computer.shot("binding-wrong-number")
    page.get_by_label("你的手机上现在显示的数字").fill(number)
    computer.shot("binding-agree")
    page.get_by_role("button", name="是我，绑定").click()
    expect(at.get_by_text("绑定好了")).to_be_visible(timeout=15_000)
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


def test_a_stranger_who_scanned_first_is_sent_away(chromium: Browser, system: Running, story: Story) -> None:
    computer, phone = Someone(chromium, system.url), Someone(chromium, system.url)
    _enter_without_wechat(computer)
    page, at = computer.page, phone.page
    page.goto("/s/me/wechat")
    with page.expect_response("**/me/wechat-binding") as made:
        page.get_by_role("button", name="显示二维码").click()
    at.goto(made.value.json()["url"])
    at.get_by_role("button", name="林知夏").click()
    at.get_by_role("link", name="去确认绑定").click()
    at.get_by_role("button", name="确认绑定").click()
    expect(at.get_by_text("还差一步")).to_be_visible()
    page.get_by_role("button", name="不是我").click()
    expect(page.get_by_text("没有绑定，那部手机什么也没有得到")).to_be_visible()
    computer.fits()
    computer.shot("binding-disowned")
    expect(at.get_by_text("这个绑定码不能用了")).to_be_visible(timeout=15_000)
    phone.shot("binding-gone")
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
