"""An employer without account opens the one-time link on a phone, downloads, photographs and hands in."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.workflows import return_link
from tests import factories, filed
from tests.browser.conftest import Running
from tests.browser.people import Story, gather
from tests.browser.someone import Someone
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
