"""One signing, lived by four people with real clicks on phone-sized screens and a console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, expect

from app.documents import numbers
from tests.browser.conftest import Running
from tests.browser.people import NAME, Story, gather
from tests.browser.someone import Someone, enter, sign_in, type_pin
from tests.documents.tools import codes_in, pictures_of

# Two cores carry eleven processes here; a slow machine is no wrong answer.
expect.set_options(timeout=20_000)
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


def test_an_invitation_becomes_a_signed_agreement(chromium: Browser, system: Running, story: Story) -> None:
    student = Someone(chromium, system.url)
    employer = Someone(chromium, system.url)
    college = Someone(chromium, system.url, phone=False)
    school = Someone(chromium, system.url, phone=False)

    enter(student, system, story)
    _the_employer_invites(employer, story)
    _the_card_leads_to_the_invitation(student, system, story)
    _the_graduate_accepts(student)
    _the_office_approves(college, story.logins["college"], "console-desk")
    _the_office_approves(school, story.logins["school"], None)
    paper, number = _the_graduate_holds_the_agreement(student)
    _the_employer_sees_it(employer, number)
    _a_stranger_checks_the_code(chromium, system, paper, number)
    _everyone_was_told(student, system, story)
    for person in (student, employer, college, school):
        assert person.faults == []


def _the_employer_invites(employer: Someone, story: Story) -> None:
    page = employer.page
    sign_in(employer, "/e/", story.logins["employer"])
    page.get_by_role("link", name="发起签约").or_(page.get_by_role("button", name="发起签约")).first.click()
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("身份证号").fill(story.id_number)
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("软件工程").first).to_be_visible()
    page.get_by_role("button", name="填条款").click()
    page.get_by_label("岗位名称").fill("后端开发工程师")
    page.locator("#f-position_category").click()
    page.get_by_text("工程技术人员", exact=True).click()
    page.get_by_label("转正工资").fill("13000")
    page.locator("#f-probation_months-row").get_by_text("3", exact=True).click()
    page.get_by_label("试用工资").fill("10400")
    page.get_by_label("违约金").fill("5000")
    page.locator("#f-archive_transfer-row").get_by_text("转回生源地").click()
    page.locator("#f-hukou_transfer-row").get_by_text("暂不确定").click()
    employer.fits()
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("对方会看到这样一份邀请")).to_be_visible()
    employer.fits()
    employer.shot("employer-preview")
    page.get_by_role("button", name="发出邀请").click()
    expect(page.get_by_text("等毕业生答复").first).to_be_visible()
    employer.fits()


def _the_card_leads_to_the_invitation(student: Someone, system: Running, story: Story) -> None:
    page = student.page
    page.goto(f"{system.sandbox.url}/phone/{story.openid}")
    card = page.get_by_role("article", name="签约邀请通知")
    expect(card).to_be_visible(timeout=15_000)
    expect(card.get_by_text("后端开发工程师")).to_be_visible()
    student.shot("sandbox-chat")
    card.get_by_role("link", name="详情").click()
    expect(page.get_by_text("协议全文").first).to_be_visible()
    expect(page.get_by_text(re.compile("剩 [45] 天")).first).to_be_visible()
    student.fits()
    student.shot("student-invitation")
    page.goto("/s/")
    expect(page.get_by_text("等你答复").first).to_be_visible()
    student.fits()
    student.shot("student-home")
    page.get_by_role("link", name="看条款并答复").click()
    expect(page.get_by_text("协议全文").first).to_be_visible()


def _the_graduate_accepts(student: Someone) -> None:
    page = student.page
    page.get_by_role("button", name="接受", exact=True).click()
    expect(page.get_by_text("你只和这一家签约")).to_be_visible()
    type_pin(page, "000000")
    page.get_by_role("button", name="确认接受").click()
    expect(page.get_by_text("操作码不正确")).to_be_visible()
    type_pin(page)
    student.shot("student-accept")
    page.get_by_role("button", name="确认接受").click()
    expect(page.get_by_text("学院审核中").first).to_be_visible()
    student.fits()


def _the_office_approves(office: Someone, login: str, shot: str | None) -> None:
    page = office.page
    sign_in(office, "/console/", login)
    expect(page.get_by_text(NAME).first).to_be_visible()
    expect(page.get_by_text("统一社会信用代码").first).to_be_visible()
    if shot:
        office.shot(shot)
    expect(page.get_by_role("button", name=re.compile("^通过"))).to_be_enabled()
    page.keyboard.press("a")
    expect(page.get_by_text(re.compile("没有.*(审核|材料)|都审完")).first).to_be_visible()


def _the_graduate_holds_the_agreement(student: Someone) -> tuple[bytes, str]:
    page = student.page
    page.goto("/s/")
    expect(page.get_by_text("签约成功").first).to_be_visible()
    student.shot("student-home-signed")
    page.get_by_role("link", name=re.compile("远岸")).first.click()
    expect(page.get_by_text("签约成功").first).to_be_visible()
    student.shot("student-progress")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("下载")).or_(
            page.get_by_role("link", name=re.compile("下载"))
        ).first.click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/ETSI.CAdES.detached" in content
    number = re.sub(r"\D", "", page.get_by_text(re.compile(r"2\d{3} 1 19999 \d{9}")).first.inner_text())[-19:]
    assert numbers.is_valid(number)
    return content, number


def _the_employer_sees_it(employer: Someone, number: str) -> None:
    page = employer.page
    page.goto("/e/")
    page.get_by_text("已签约").first.click()
    expect(page.get_by_text("签约成功").first).to_be_visible()
    employer.shot("employer-list")
    page.get_by_text(NAME).first.click()
    expect(page.get_by_text(numbers.grouped(number)).first).to_be_visible()


def _a_stranger_checks_the_code(chromium: Browser, system: Running, paper: bytes, number: str) -> None:
    """With the QR code as a camera reads it off the printed page."""
    with TemporaryDirectory() as folder:
        codes = [code for picture in pictures_of(paper, Path(folder)) for code in codes_in(picture)]
    assert len(codes) == 1
    stranger = Someone(chromium, system.url)
    stranger.page.goto(codes[0])
    expect(stranger.page.get_by_text("协议有效").first).to_be_visible()
    expect(stranger.page.get_by_text("林**").first).to_be_visible()
    expect(stranger.page.get_by_text(number[-9:]).first).to_be_visible()
    assert NAME not in stranger.page.content()
    stranger.fits()
    stranger.shot("public-check")
    stranger.page.goto("/v/not-a-code-of-ours-at-all")
    expect(stranger.page.get_by_text("没有查到相符的协议").first).to_be_visible()


def _everyone_was_told(student: Someone, system: Running, story: Story) -> None:
    titles = [message["template_id"] for message in system.sandbox.messages(story.openid)]
    assert titles.count("tpl-invitation_received") == 1
    assert titles.count("tpl-agreement_effective") == 1
    page = student.page
    page.goto("/s/messages")
    expect(page.get_by_text("签约成功").first).to_be_visible()
    student.fits()
