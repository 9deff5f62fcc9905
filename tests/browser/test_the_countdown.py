"""A deadline passes while people look at it, on a phone and a computer whose clocks are both wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests import factories
from tests.browser.conftest import Running
from tests.browser.people import NAME, Story, gather
from tests.browser.someone import Someone, enter, sign_in

SEVEN_MINUTES = 7 * 60_000
LEFT = 40.0
"""Seconds to the deadline when people begin to look."""

# Two cores carry eleven processes here; a slow machine is no wrong answer.
expect.set_options(timeout=20_000)
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


def test_a_deadline_ends_by_the_server_s_clock_and_turns_the_page_by_itself(
    chromium: Browser, system: Running, story: Story
) -> None:
    """By its own clock the phone would think there are minutes left, and the computer that it is over already."""
    student = Someone(chromium, system.url, clock_off=-SEVEN_MINUTES)
    employer = Someone(chromium, system.url, phone=False, clock_off=SEVEN_MINUTES)
    enter(student, system, story)
    sign_in(employer, "/e/", story.logins["employer"])
    invitation = factories.send(story.world, story.graduate)
    factories.move_deadline(story.world, invitation, LEFT)

    seconds = re.compile(r"剩 \d+ 秒")
    employer.page.goto("/e/")
    student.page.goto(f"/s/invitations/{invitation}")
    for person in (employer, student):
        expect(person.page.get_by_text(seconds).first).to_be_visible()
        person.page.evaluate("window.sameDocument = true")
    expect(student.page.get_by_role("button", name="接受", exact=True)).to_be_visible()
    expect(employer.page.get_by_text(NAME).first).to_be_visible()

    expect(student.page.get_by_text(seconds)).to_have_count(0, timeout=60_000)
    expect(student.page.get_by_role("button", name="接受", exact=True)).to_have_count(0)
    expect(student.page.get_by_text(re.compile("过期|失效")).first).to_be_visible()
    expect(employer.page.get_by_text(seconds)).to_have_count(0)
    expect(employer.page.get_by_text("没有等答复的邀请").first).to_be_visible(timeout=30_000)
    for person in (employer, student):
        assert person.page.evaluate("window.sameDocument") is True, "nobody reloaded the page"
        assert person.faults == []
    assert factories.row(story.world, invitation).state == "expired"
