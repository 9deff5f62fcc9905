"""An employer without account opens the one-time link on a phone, downloads, photographs and hands in."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, text

from app.models import Account, ModuleName, Verdict
from app.workflows import return_link
from tests import factories, filed
from tests.browser.conftest import Running
from tests.browser.people import Story, gather
from tests.browser.someone import Someone, enter
from tests.uploads import papers

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


def test_the_stamped_agreement_comes_back_through_the_link(chromium: Browser, system: Running, story: Story) -> None:
    world = story.world
    filed.open_modules(world)
    graduate = factories.make_graduate(world, name="沈一诺")
    claim = filed.generated(world, graduate)
    with story.services.db.transaction() as connection:
        token = return_link.issue(connection, graduate, claim, story.services.sealer).token
    employer = Someone(chromium, system.url)
    page = employer.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/v/return#{token}")
    expect(page.get_by_text("请盖章后传回来")).to_be_visible()
    expect(page.get_by_text("沈**")).to_be_visible()
    employer.fits()
    employer.shot("return-begin")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载就业协议书").click()
    assert download.value.path().read_bytes()[:5] == b"%PDF-"
    photo = io.BytesIO()
    papers.photo(papers.page(3), size=(1500, 2000)).save(photo, "JPEG", quality=80)
    page.locator("input[type=file]").set_input_files(
        {"name": "盖章.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    )
    expect(page.get_by_role("img", name="第 1 张")).to_be_visible(timeout=20_000)
    employer.fits()
    employer.shot("return-photo")
    page.get_by_role("button", name="提交 1 个文件").click()
    expect(page.get_by_text("已提交，等学校审核")).to_be_visible()
    employer.shot("return-done")
    page.reload()
    expect(page.get_by_text("这个链接不能用了")).to_be_visible()
    employer.shot("return-dead")
    assert [url for url in asked if token in url.partition("#")[0]] == []
    assert employer.faults == []


def test_the_graduate_has_the_link_sent_and_sees_what_became_of_it(
    chromium: Browser, system: Running, story: Story
) -> None:
    world = story.world
    filed.open_modules(world, ModuleName.DESTINATION)
    student = Someone(chromium, system.url)
    page = student.page
    enter(student, system, story)
    with story.services.db.reading() as connection:
        account = connection.scalar(select(Account.id).where(Account.graduate_id == story.graduate.graduate_id))
    graduate = replace(story.graduate, id=account)
    _offered_to_sign_online(student, filed.draft(world, graduate, "offline_agreement"))
    claim = filed.generated(world, graduate, contact_email="hr@jianghai.example.com")
    [application] = filed.filings_of(world, graduate)
    page.goto(f"/s/filings/{application}")
    page.get_by_role("heading", name="请单位传回").scroll_into_view_if_needed()
    student.fits()
    student.shot("link-none")
    page.get_by_role("button", name="由平台发给单位").click()
    expect(page.get_by_text("收件人：短信 138****6027，邮件 h***@jianghai.example.com。")).to_be_visible()
    student.shot("link-asked")
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.get_by_role("img", name="协助回传链接的二维码")).to_be_visible()
    address = page.locator(".url").inner_text()
    # This school has neither SMS nor mail set up: so much is said.
    expect(page.get_by_text("短信 138****6027：未送达")).to_be_visible(timeout=40_000)
    expect(page.get_by_text("请复制链接自己转发")).to_be_visible()
    student.fits()
    student.shot("link-fresh")
    with story.services.db.transaction() as connection:
        connection.execute(text("UPDATE fallback SET state = 'delivered', delivered_at = now() WHERE channel = 'sms'"))

    employer = Someone(chromium, system.url)
    employer.page.goto(address)
    expect(employer.page.get_by_text("不认识这名毕业生？")).to_be_visible()
    page.reload()
    expect(page.get_by_text("单位已打开链接")).to_be_visible()
    expect(page.get_by_text("短信 138****6027：已送达")).to_be_visible()
    student.shot("link-opened")

    photo = io.BytesIO()
    papers.photo(papers.page(4), size=(1500, 2000)).save(photo, "JPEG", quality=80)
    picture = {"name": "盖章.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    employer.page.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type]
    employer.page.get_by_role("button", name="提交 1 个文件").click(timeout=20_000)
    expect(employer.page.get_by_text("已提交，等学校审核")).to_be_visible()
    stamped = next(made for made in filed.filings_of(world, graduate) if made != application)
    filed.decide(world, world.college_office, stamped, Verdict.RETURN, reason="公章不清楚，请重新拍照。")
    page.goto(f"/s/filings/{stamped}")
    expect(page.get_by_text("公章不清楚，请重新拍照。").first).to_be_visible()
    page.get_by_role("heading", name="请单位传回").scroll_into_view_if_needed()
    expect(page.get_by_text("还没有打开")).to_be_visible()
    student.fits()
    student.shot("link-returned")

    with story.services.db.transaction() as connection:
        issued = return_link.issue(connection, graduate, claim, story.services.sealer)
    employer.page.goto("about:blank")
    employer.page.goto(f"/v/return#{issued.token}")
    expect(employer.page.get_by_text("上次传的被学校退回")).to_be_visible()
    expect(employer.page.get_by_text("公章不清楚，请重新拍照。")).to_be_visible()
    employer.fits()
    employer.shot("return-again")
    assert student.faults == []
    assert employer.faults == []


def _offered_to_sign_online(student: Someone, draft: uuid.UUID) -> None:
    """The form knows an employer that signs online by the beginning of its name."""
    page = student.page
    page.goto(f"/s/filings/{draft}")
    name, code = page.get_by_label("单位名称"), page.get_by_label("统一社会信用代码")
    name.fill("杭州远岸")
    page.get_by_role("button", name="杭州远岸数据科技有限公司").click()
    expect(name).to_have_value("杭州远岸数据科技有限公司")
    expect(code).not_to_have_value("")
    expect(page.get_by_text("该单位可线上签约")).to_be_visible()
    student.fits()
    student.shot("employer-known")
    page.reload()
    expect(page.get_by_text("该单位可线上签约")).to_be_visible()
    code.fill("")
    expect(page.get_by_text("该单位可线上签约")).to_have_count(0)
    page.wait_for_timeout(1500)  # it saves itself
