"""The pages as a person sees them, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from stack.browser import chromium, launch_arguments
from tests.sandbox.running import SEND, Product, Sandbox, invitation

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium()), args=launch_arguments())
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True)  # type: ignore[arg-type]
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    assert faults == []


@pytest.fixture
def h5(sandbox: Sandbox) -> str:
    """A page of «the product» that cards and menu may open: the sandbox's own list of phones will do."""
    sandbox.set(h5_url=f"{sandbox.url}/?opened=h5")
    return f"{sandbox.url}/?opened=card"


def expect_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_a_new_card_appears_without_reload(sandbox: Sandbox, page: Page) -> None:
    openid = sandbox.follower()
    page.goto(f"{sandbox.url}/phone/{openid}")
    page.evaluate("window.stayed = true")
    expect(page.get_by_text("有新消息会出现在这里")).to_be_visible()
    sandbox.send(openid)
    card = page.get_by_role("article", name="签约邀请通知")
    expect(card).to_be_in_viewport()
    rows = card.locator("dl > div").all_inner_texts()
    assert [re.sub(r"\s+", " ", row) for row in rows] == [
        "单位名称 杭州远岸数据科技有限公司",
        "岗位名称 后端开发工程师",
        "截止时间 2026年3月20日 23:59",
        "当前状态 待应约",
    ]
    for number in range(3):
        sandbox.call(SEND, invitation(openid, f"单位{number}"))
    expect(page.get_by_text("单位2", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("article")).to_have_count(4)
    assert page.evaluate("window.stayed") is True


def test_a_card_opens_its_page_as_the_follower_and_back_returns_to_the_chat(
    sandbox: Sandbox, page: Page, context: BrowserContext, h5: str
) -> None:
    openid = sandbox.follower()
    sandbox.call(SEND, invitation(openid) | {"url": h5})
    page.goto(f"{sandbox.url}/phone/{openid}")
    context.clear_cookies()
    page.get_by_role("link", name="详情").click()
    page.wait_for_url("**/?opened=card")
    assert {cookie["name"]: cookie["value"] for cookie in context.cookies()} == {"sbx_as": openid}
    page.go_back()
    expect(page.get_by_role("article", name="签约邀请通知")).to_be_visible()


def test_pages_can_be_opened_in_a_new_tab(sandbox: Sandbox, page: Page, context: BrowserContext, h5: str) -> None:
    openid = sandbox.follower()
    sandbox.call(SEND, invitation(openid) | {"url": h5})
    page.goto(f"{sandbox.url}/phone/{openid}")
    page.get_by_role("button", name="这部手机的设置").click()
    page.get_by_role("switch", name="网页在新标签页打开").click()
    page.get_by_role("button", name="完成").click()
    with context.expect_page() as opened:
        page.get_by_role("link", name="详情").click()
    opened.value.wait_for_url("**/?opened=card")
    expect(page.get_by_role("article")).to_be_visible()


def test_the_menu_is_the_products_and_its_entries_open_or_report(
    sandbox: Sandbox, product: Product, page: Page, h5: str
) -> None:
    openid = sandbox.follower()
    page.goto(f"{sandbox.url}/phone/{openid}")
    expect(page.get_by_role("link", name="去向登记")).to_be_visible()
    buttons = [
        {"type": "view", "name": "去向登记", "url": h5},
        {
            "name": "我的签约",
            "sub_button": [
                {"type": "click", "name": "我的邀请", "key": "invitations"},
                {"type": "view", "name": "协议", "url": h5},
            ],
        },
    ]
    sandbox.call("/cgi-bin/menu/create", {"button": buttons})
    menu = page.get_by_role("navigation", name="公众号菜单")
    menu.get_by_text("我的签约").click()
    menu.get_by_role("button", name="我的邀请").click()
    (clicked,) = product.wait("CLICK")
    assert clicked.message.key == "invitations"
    assert clicked.message.source == openid
    menu.get_by_role("link", name="去向登记").click()
    page.wait_for_url("**/?opened=card")
    (viewed,) = product.wait("VIEW")
    assert viewed.message.url == h5
    sandbox.get("/cgi-bin/menu/delete", access_token=sandbox.access_token())


def test_a_text_is_typed_and_appears_at_once(sandbox: Sandbox, product: Product, page: Page) -> None:
    openid = sandbox.follower()
    page.goto(f"{sandbox.url}/phone/{openid}")
    page.get_by_role("button", name="切换到键盘").click()
    page.get_by_role("textbox", name="发消息").fill("进度")
    page.keyboard.press("Enter")
    expect(page.locator(".said.mine")).to_contain_text("进度")
    (wrote,) = product.wait("text")
    assert wrote.message.content == "进度"
    page.get_by_role("button", name="切换到菜单").click()
    expect(page.get_by_role("link", name="去向登记")).to_be_visible()


def test_a_text_with_markup_stays_text(sandbox: Sandbox, page: Page) -> None:
    openid, text = sandbox.follower("<b>甲</b>"), "<img src=x onerror=document.title='x'>"
    page.goto(f"{sandbox.url}/phone/{openid}")
    sandbox.control("POST", f"/followers/{openid}/text", {"text": text})
    sandbox.call(SEND, invitation(openid, "<i>某某公司</i>"))
    expect(page.locator(".said.mine")).to_contain_text(text)
    expect(page.get_by_text("<i>某某公司</i>")).to_be_visible()
    page.goto(sandbox.url)
    expect(page.get_by_text("<b>甲</b>")).to_be_visible()


def test_leaving_and_following_again_are_done_on_the_phone(sandbox: Sandbox, page: Page) -> None:
    openid = sandbox.follower()
    page.goto(f"{sandbox.url}/phone/{openid}")
    page.get_by_role("button", name="这部手机的设置").click()
    expect(page.get_by_role("switch", name="关注公众号")).to_be_checked()
    page.get_by_role("switch", name="关注公众号").click()
    expect(page.get_by_text("还没有关注这个公众号")).to_be_visible()
    assert sandbox.send(openid)["errcode"] == 43004
    page.get_by_role("button", name="关注公众号").click()
    expect(page.get_by_role("navigation", name="公众号菜单")).to_be_visible()
    assert sandbox.send(openid)["errcode"] == 0


def test_time_is_skipped_from_the_strip_without_leaving_the_chat(sandbox: Sandbox, page: Page) -> None:
    openid = sandbox.follower()
    page.goto(f"{sandbox.url}/phone/{openid}")
    expect(page.get_by_text("不会发到真微信")).to_be_visible()
    before = sandbox.control("GET", "/state")["skipped"]
    shown = page.locator(".strip time").inner_text()
    page.get_by_role("button", name="快进 1 小时").click()
    expect(page.locator(".strip time")).not_to_have_text(shown)
    assert sandbox.control("GET", "/state")["skipped"] == before + 3600


def test_a_phone_is_added_found_and_put_beside_another(sandbox: Sandbox, context: BrowserContext, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(sandbox.url)
    page.get_by_role("textbox", name="微信昵称").fill("欧阳娜娜")
    page.get_by_role("button", name="添加").click()
    page.wait_for_url("**/phone/*")
    other = sandbox.follower("周明")
    sandbox.send(other, url="http://127.0.0.1:8000/s/")
    page.goto(sandbox.url)
    row = page.get_by_role("listitem").filter(has_text="周明").first
    expect(row).to_contain_text("[签约邀请通知]")
    expect(row).to_contain_text("1 条未读")
    row.get_by_role("checkbox", name="并排").check()
    page.get_by_role("listitem").filter(has_text="欧阳娜娜").first.get_by_role("checkbox", name="并排").check()
    page.get_by_role("button", name="并排打开选中的手机").click()
    expect(page.locator("iframe")).to_have_count(2)
    framed = page.frame_locator("iframe[title='周明的手机']")
    expect(framed.get_by_role("link", name="详情")).to_have_attribute("target", "_blank")


def test_a_fault_is_set_on_the_desk_and_happens(sandbox: Sandbox, page: Page) -> None:
    openid = sandbox.follower("吴桐")
    page.goto(f"{sandbox.url}/_sandbox")
    page.get_by_label("发生什么").select_option(label="回 43101 用户拒收")
    page.get_by_label("对谁").select_option(label="吴桐")
    page.get_by_label("几次").fill("1")
    page.get_by_role("button", name="加上").click()
    expect(page.get_by_role("cell", name="回 43101 用户拒收")).to_be_visible()
    assert [sandbox.send(openid)["errcode"] for _ in range(2)] == [43101, 0]
    page.reload()
    expect(page.get_by_text("没有故障，一切照常。")).to_be_visible()


def test_chsi_is_entered_with_a_listed_account(sandbox: Sandbox, page: Page) -> None:
    names = ["林晓", "周明", "王一", "李思敏", "赵子轩", "钱多多", "孙悦", "㙍𠮷"]
    people = [
        {"username": f"stu{n}", "password": f"pass-{n}", "name": name, "id_number": f"33010220040101{n:04d}"}
        for n, name in enumerate(names)
    ]
    sandbox.control("POST", "/chsi/people", {"people": people})
    service = f"{sandbox.url}/?returned=1"
    sandbox.set(cas_services=[sandbox.url.removeprefix("http://")])
    page.goto(f"{sandbox.url}/cas/login?service={service}")
    page.get_by_role("searchbox", name="按姓名找示例账号").fill("𠮷")
    page.get_by_role("button", name=re.compile("㙍𠮷")).click()
    expect(page.get_by_label("密码")).to_have_value("pass-7")
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/?returned=1&ticket=ST-*")
    page.goto(f"{sandbox.url}/cas/login")
    expect(page.get_by_text("㙍𠮷")).to_be_visible()
    page.get_by_role("link", name="退出登录").click()
    expect(page.get_by_role("heading", name="已退出登录")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390])
def test_every_page_fits_a_narrow_screen_in_light_and_dark(
    sandbox: Sandbox, browser: Browser, width: int, scheme: Any
) -> None:
    openid = sandbox.follower("Alexander Hamilton-Smith")
    longest = invitation(openid, "中华人民共和国某某省某某市某某区有限公司")
    sandbox.call(SEND, longest)
    sandbox.control("POST", f"/followers/{openid}/text", {"text": "x" * 200})
    sandbox.control("POST", "/faults", {"receipt": "late"})
    context = browser.new_context(viewport={"width": width, "height": 640}, color_scheme=scheme)
    page = context.new_page()
    for path in (f"/phone/{openid}", "/", "/_sandbox", "/wall", "/cas/login", "/sms", "/mail"):
        page.goto(sandbox.url + path)
        expect_no_sideways_scroll(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 15)"
    assert dark is (scheme == "dark")
    context.close()


def test_the_chat_works_without_a_mouse(sandbox: Sandbox, page: Page, h5: str) -> None:
    openid = sandbox.follower()
    sandbox.call(SEND, invitation(openid) | {"url": h5})
    page.goto(f"{sandbox.url}/phone/{openid}")
    page.get_by_role("link", name="详情").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/?opened=card")
    page.goto(f"{sandbox.url}/phone/{openid}")
    page.get_by_role("button", name="这部手机的设置").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
