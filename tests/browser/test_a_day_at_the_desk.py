"""The school's side by real clicks: many at once, two at the same filing, 请学校协助, and on behalf of graduates."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, text, update

from app.access import Actor, Role
from app.identity import passwords
from app.models import Account, Verdict
from app.workflows import termination
from tests import factories, filed
from tests.browser.conftest import Running
from tests.browser.people import PASSWORD, Story, gather
from tests.browser.someone import Someone, sign_in
from tests.factories import World, make_graduate, make_staff
from tests.support import assert_invariants
from tests.workflows.test_own_filings import study

expect.set_options(timeout=20_000)
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    filed.open_modules(made.world)
    yield made
    made.services.close()


def handed_in(world: World, name: str, filer: Actor | None = None) -> uuid.UUID:
    graduate = make_graduate(world, name=name)
    made = filed.draft(
        world, filer or graduate, "other_destination", study(world), variant="study_domestic", graduate=graduate
    )
    filed.submit(world, filer or graduate, made)
    return made


def colleague(story: Story) -> str:
    """The log-in of a second person at the college's desk."""
    staff = make_staff(story.world, Role.COLLEGE, "王老师", college_id=story.world.colleges[0])
    with story.services.db.transaction() as connection:
        connection.execute(update(Account).where(Account.id == staff.id).values(password=passwords.hashed(PASSWORD)))
        return str(connection.scalar(select(Account.login).where(Account.id == staff.id)))


def asked_for_help(story: Story, name: str) -> uuid.UUID:
    """A graduate asked to end the signing sixteen days ago and has turned to the school."""
    graduate = make_graduate(story.world, name=name)
    factories.sign(story.world, graduate)
    made = factories.ask_to_end(story.world, graduate, graduate)
    with story.services.db.transaction() as connection:
        connection.execute(text("UPDATE termination SET created_at = created_at - interval '16 days'"))
    with story.services.db.transaction() as connection:
        termination.ask_help(connection, graduate, made, seen=1)
    return made


def open_at(page: Page, filing: uuid.UUID, name: str) -> None:
    page.goto(f"/console/filings/{filing}")
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_a_day_at_the_desk(chromium: Browser, system: Running, story: Story) -> None:
    world = story.world
    contested = handed_in(world, "高远")
    clean = [handed_in(world, name) for name in ("苏念", "邱泽宇")]
    doubtful = handed_in(world, "顾一鸣", filer=world.school_office)
    returned = handed_in(world, "魏子衿")
    filed.decide(world, world.college_office, returned, Verdict.RETURN, reason="院校名称请写全称")
    ending = asked_for_help(story, "白露")
    one, other, school = (Someone(chromium, system.url, phone=False) for _ in range(3))
    sign_in(one, "/console/", story.logins["college"])
    sign_in(other, "/console/", colleague(story))
    sign_in(school, "/console/", story.logins["school"])

    _two_at_the_same_filing(story, one.page, other.page, contested)
    assert filed.row(world, contested).state == "school_review"
    _many_at_once(one.page)
    one.shot("console-bulk-done")
    assert [filed.row(world, made).state for made in (*clean, doubtful)] == ["school_review"] * 2 + ["college_review"]
    _the_school_settles(school.page)
    school.shot("console-help-settled")
    with story.services.db.reading() as connection:
        settled = connection.execute(text("SELECT state FROM termination WHERE id = :id"), {"id": ending}).scalar_one()
    assert settled == "settled"
    _goes_on_with_what_was_returned(one.page)
    one.shot("console-on-behalf-done")
    assert filed.row(world, returned).state == "college_review"
    assert filed.row(world, returned).filed_by == world.college_office.id
    assert [person.faults for person in (one, other, school)] == [[], [], []]
    assert_invariants(story.services)


def _two_at_the_same_filing(story: Story, first: Page, second: Page, contested: uuid.UUID) -> None:
    """The mark keeps a colleague away for a while; who comes second all the same is told what was decided."""
    open_at(first, contested, "高远")
    expect(first.get_by_role("button", name="通过，看下一份")).to_be_enabled()
    open_at(second, contested, "高远")
    expect(second.get_by_text("在审，")).to_be_visible()
    with story.services.db.transaction() as connection:
        connection.execute(text("UPDATE filing SET held_until = now() - interval '1 second'"))
    second.reload()
    expect(second.get_by_role("button", name="通过，看下一份")).to_be_enabled()
    first.keyboard.press("a")
    expect(first.get_by_text("已通过").first).to_be_visible()
    second.keyboard.press("a")
    expect(second.get_by_text("已由其他老师处理")).to_be_visible()
    second.goto("/console/messages")
    with story.services.db.transaction() as connection:  # what was opened for the second is nobody's again
        connection.execute(text("UPDATE filing SET held_until = now() - interval '1 second'"))


def _many_at_once(page: Page) -> None:
    page.goto("/console/")
    page.get_by_role("button", name="批量通过").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("由学校代登记")).to_be_visible()
    dialog.get_by_role("button", name="通过这 2 份").click()
    expect(dialog.get_by_text("已通过 2 份")).to_be_visible()
    dialog.get_by_role("button", name="回到队列").click()
    expect(page.get_by_text("顾一鸣").first).to_be_visible()
    expect(page.get_by_role("region", name="队列").get_by_role("link")).to_have_count(1)


def _the_school_settles(page: Page) -> None:
    page.get_by_role("link", name="请学校协助").click()
    page.get_by_role("navigation", name="请学校协助的解约").get_by_role("link", name="白露").click()
    page.get_by_role("button", name="转入审核").click()
    expect(page.get_by_text("请写明联系了谁、双方怎么说。")).to_be_visible()
    page.get_by_label("与双方联系的情况").fill("11 月 25 日电话联系单位人事何老师，同意解约。")
    page.get_by_role("button", name="转入审核").click()
    expect(page.get_by_text("白露 的解约已转入审核")).to_be_visible()
    expect(page.get_by_text("没有要学校协助的解约")).to_be_visible()


def _goes_on_with_what_was_returned(page: Page) -> None:
    page.get_by_role("link", name="毕业生", exact=True).click()
    page.get_by_label("姓名、学号或身份证号").fill("魏子")
    page.get_by_role("link", name="魏子衿").click()
    page.get_by_role("button", name="代修改").click()
    page.get_by_role("button", name="开始代改").click()
    expect(page.get_by_text("请写明为什么代改，本人会看到。")).to_be_visible()
    page.get_by_label("为什么代改").fill("本人在外地，来电请学校代改")
    page.get_by_role("button", name="开始代改").click()
    expect(page.get_by_text("院校名称请写全称").first).to_be_visible()
    page.get_by_role("button", name="代为提交").click()
    dialog = page.get_by_role("dialog")
    if dialog.count():
        dialog.get_by_role("button", name="代为提交").click()
    expect(page.get_by_text("已经代为提交")).to_be_visible()
