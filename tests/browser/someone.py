"""A person at a browser: the phone or the desk, the log-in, the PIN."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Response
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.access import Actor, Role
from app.blueprints import cookies
from app.identity import sessions
from tests.browser.conftest import Running
from tests.browser.people import PASSWORD, Story

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
PIN = "246813"
SHOTS = os.environ.get("QX_SHOTS")
"""A folder to leave screenshots in, for the README."""

WRONG_CLOCK = """
const off = %d, Right = Date;
globalThis.Date = class extends Right {
  constructor(...given) { given.length ? super(...given) : super(Right.now() + off); }
  static now() { return Right.now() + off; }
};
"""


class Someone:
    """A person with a browser of their own, whose clock may be off by some milliseconds."""

    def __init__(self, browser: Browser, base: str, *, phone: bool = True, clock_off: int = 0) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=base,
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            device_scale_factor=2 if phone and SHOTS else 1,
            has_touch=phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
        )
        if clock_off:
            self.context.add_init_script(WRONG_CLOCK % clock_off)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def shot(self, name: str) -> None:
        if SHOTS:
            self.page.wait_for_timeout(400)
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png")

    def fits(self) -> None:
        """No page scrolls sideways."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def sign_in(person: Someone, path: str, login: str) -> None:
    """As employer or office, with the password of all."""
    person.page.goto(path)
    person.page.locator("input").nth(0).fill(login)
    person.page.locator("input[type=password]").fill(PASSWORD)
    person.page.get_by_role("button", name="登录").click()
    expect(person.page.locator("input[type=password]")).to_have_count(0)  # who goes on before that is not signed in


def arrive(student: Someone, story: Story, graduate: Actor) -> None:
    """As after a log-in, with a session of one's own; the PIN is that of the factories' graduates."""
    assert graduate.id is not None
    held = story.services
    with held.db.transaction() as connection:
        token = sessions.begin(connection, graduate.id, Role.GRADUATE.value)
    response = Response()
    cookies.keep_refresh_token(held.settings, response, Role.GRADUATE.value, token)
    name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
    student.context.add_cookies([{"name": name, "value": value, "url": held.settings.public_url}])


def type_pin(page: Page, pin: str = PIN) -> None:
    """On the number pad."""
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).click()


def enter(student: Someone, system: Running, story: Story) -> None:
    """From the menu of the public account to one's own home: log-in, base data, a new PIN."""
    page = student.page
    page.goto(f"{system.sandbox.url}/phone/{story.openid}")
    page.get_by_role("link", name="去向登记").click()
    page.get_by_role("link", name="用学信网账号登录").click()
    page.locator("input[name=username]").fill("linzhixia")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("先核对你的基本信息")).to_be_visible()
    expect(page.get_by_text("江州大学").first).to_be_visible()
    student.fits()
    page.get_by_role("button", name="信息确认无误，进入系统").click()
    type_pin(page)
    page.get_by_role("button", name="下一步").click()
    type_pin(page)
    page.get_by_role("button", name="设好了，进入系统").click()
    expect(page.get_by_text("你还没有登记去向")).to_be_visible()
    student.fits()
