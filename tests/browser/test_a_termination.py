"""A signing is ended by real clicks: the graduate asks, waits, turns to the school; the employer agrees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, text

from app.access import Actor
from app.models import Account, Termination
from tests import factories, filed
from tests.browser.conftest import Running
from tests.browser.people import NAME, Story, gather
from tests.browser.someone import Someone, enter, sign_in, type_pin

expect.set_options(timeout=20_000)
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


def entered(story: Story) -> Actor:
    """The graduate with the account that the first log-in made."""
    with story.services.db.reading() as connection:
        account = connection.scalar(select(Account.id).where(Account.graduate_id == story.graduate.graduate_id))
    return replace(story.graduate, id=account)


def both_lights(person: Someone, name: str) -> None:
    person.fits()
    person.shot(name)
    person.page.emulate_media(color_scheme="dark")
    person.shot(f"{name}-dark")
    person.page.emulate_media(color_scheme="light")


def test_a_signing_is_ended_by_both_parties(chromium: Browser, system: Running, story: Story) -> None:
    student, employer = Someone(chromium, system.url), Someone(chromium, system.url)
    enter(student, system, story)
    graduate = entered(story)
    invitation = factories.sign(story.world, graduate)

    page = student.page
    page.goto(f"/s/invitations/{invitation}")
    page.get_by_role("button", name="申请解约").click()
    type_pin(page)
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("请选择解约原因。")).to_be_visible()
    page.get_by_label("解约原因").select_option(label="升学")
    page.get_by_label("解约说明").fill("已被江州大学研究生院录取")
    both_lights(student, "student-end-ask")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("你申请了解约，等单位答复").first).to_be_visible()
    both_lights(student, "student-end-waiting")

    with story.services.db.transaction() as connection:
        connection.execute(text("UPDATE termination SET created_at = created_at - interval '16 days'"))
    page.reload()
    page.get_by_role("button", name="请学校协助").click()
    page.get_by_role("dialog").get_by_role("button", name="请学校协助").click()
    expect(page.get_by_text("你请学校协助解约").first).to_be_visible()
    both_lights(student, "student-end-helped")

    sign_in(employer, "/e/", story.logins["employer"])
    desk = employer.page
    desk.goto(f"/e/invitations/{invitation}")
    expect(desk.get_by_text("毕业生申请解约，等你答复").first).to_be_visible()
    both_lights(employer, "employer-end-answer")
    desk.get_by_role("button", name="同意解约").click()
    both_lights(employer, "employer-end-agree")
    desk.get_by_role("dialog").get_by_role("button", name="同意解约").click()
    expect(desk.get_by_text("学院审核解约中").first).to_be_visible()

    with story.services.db.reading() as connection:
        paper = connection.scalar(select(Termination.filing_id))
    assert paper is not None
    filed.approve(story.world, paper)
    page.reload()
    expect(page.get_by_text("学校审核通过，解约生效").first).to_be_visible()
    both_lights(student, "student-end-over")
    desk.reload()
    expect(desk.get_by_role("button", name=f"再次邀请 {NAME}")).to_be_visible()
    both_lights(employer, "employer-end-over")
    assert student.faults == [] and employer.faults == []


def test_the_graduate_answers_the_employer_with_the_pin(chromium: Browser, system: Running, story: Story) -> None:
    student, employer = Someone(chromium, system.url), Someone(chromium, system.url)
    enter(student, system, story)
    invitation = factories.sign(story.world, entered(story))
    sign_in(employer, "/e/", story.logins["employer"])
    desk = employer.page
    desk.goto(f"/e/invitations/{invitation}")
    desk.get_by_role("button", name="申请解约").click()
    desk.get_by_label("解约原因").select_option(label="单位经营或招聘计划变化")
    both_lights(employer, "employer-end-ask")
    desk.get_by_role("button", name="提交申请").click()
    expect(desk.get_by_text("你申请了解约，等毕业生答复").first).to_be_visible()

    page = student.page
    page.goto("/s/")
    both_lights(student, "student-end-home")
    page.get_by_role("link", name="看解约申请并答复").click()
    page.get_by_role("button", name="拒绝解约").click()
    expect(page.get_by_text("原因（选填，对方看得到）")).to_be_visible()
    both_lights(student, "student-end-refuse")
    page.go_back()
    page.get_by_role("button", name="同意解约").click()
    type_pin(page)
    both_lights(student, "student-end-agree")
    page.get_by_role("button", name="确认同意").click()
    expect(page.get_by_text("学院审核解约中").first).to_be_visible()
    assert student.faults == [] and employer.faults == []
