"""A form on a phone whose network comes and goes, and which is open in two places: nothing that was typed is lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.access import Actor
from app.workflows import filing
from app.workflows.kinds import KINDS
from tests import factories, filed
from tests.browser.conftest import Running
from tests.browser.filling import is_saved
from tests.browser.people import NAME, Story, gather
from tests.browser.someone import Someone, arrive

expect.set_options(timeout=20_000)
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


def _elsewhere(story: Story, graduate: Actor, made: uuid.UUID, **changes: str) -> None:
    """The same form, saved on another phone."""
    kept = filed.row(story.world, made)
    with story.services.db.transaction() as connection:
        filing.save(
            connection, graduate, made, seen=kept.version, variant=kept.variant, form={**kept.form, **changes}, files={}
        )


def test_what_is_typed_is_kept_without_a_network_and_beside_another_s_changes(
    chromium: Browser, system: Running, story: Story
) -> None:
    world = story.world
    filed.open_modules(world)
    graduate = factories.make_graduate(world, name=NAME)
    assert graduate.graduate_id is not None
    with story.services.db.transaction() as connection:
        kind = KINDS["other_destination"]
        made = filing.draft(connection, graduate, graduate.graduate_id, kind, variant="labor_contract")
    student = Someone(chromium, system.url)
    arrive(student, story, graduate)
    page = student.page
    page.goto(f"/s/filings/{made}")
    name, address = page.get_by_role("textbox", name="单位名称"), page.get_by_role("textbox", name="单位地址")
    name.fill("杭州云海科技")
    is_saved(page)

    student.context.set_offline(True)
    name.fill("杭州云海科技有限公司")
    expect(page.get_by_text("先存在这部手机上")).to_be_visible()
    for _ in range(5):
        page.get_by_role("button", name="下一步", exact=True).click()
    expect(page.get_by_text("下面是上次存上的内容")).to_be_visible()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("还没有存上，连上网络后再提交。")).to_be_visible()
    student.fits()
    student.shot("filing-offline")
    student.context.set_offline(False)
    is_saved(page)
    expect(page.get_by_text("还没有存上")).to_have_count(0)
    expect(page.get_by_text("杭州云海科技有限公司").first).to_be_visible()

    page.goto(f"/s/filings/{made}")
    expect(name).to_have_value("杭州云海科技有限公司")
    _elsewhere(story, graduate, made, address="江南大道 9 号", contact_name="王经理")
    page.get_by_role("textbox", name="单位联系人").fill("李经理")
    expect(page.get_by_text("已换成最新的：单位地址")).to_be_visible()
    expect(address).to_have_value("江南大道 9 号")
    student.fits()
    student.shot("filing-changed-elsewhere")
    is_saved(page)
    kept = filed.row(world, made).form
    assert (kept["address"], kept["contact_name"]) == ("江南大道 9 号", "李经理")

    student.context.set_offline(True)
    address.fill("江南大道 10 号")
    expect(page.get_by_text("先存在这部手机上")).to_be_visible()
    student.context.set_offline(False)
    page.reload()  # as after a phone that went off
    expect(address).to_have_value("江南大道 10 号")
    is_saved(page)
    assert filed.row(world, made).form["address"] == "江南大道 10 号"

    page.goto("/s/destination")
    page.get_by_placeholder("直接搜").fill("留学")
    page.get_by_role("button", name="出国、出境读书").first.click()
    page.get_by_role("button", name="就选这个，开始填").click()
    student.shot("filing-other-type")
    page.get_by_role("button", name="改成这一种").click()
    expect(page.get_by_role("heading", name="留学院校", exact=True)).to_be_visible()
    assert filed.row(world, made).variant == "study_abroad", "the same draft, of another type"
    assert student.faults == []
