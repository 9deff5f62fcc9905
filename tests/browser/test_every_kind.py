"""Every kind of filing, walked once by all its users: begun, filled in and handed in on the phone, approved at the
desks, its effect and its message seen by its graduate. No kind is known by name but where one begins it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from app.access import Actor
from app.codes import destinations
from app.models import Lane, School
from app.problems import Problem
from app.queries import filing_pages
from app.workflows import filing_rows
from app.workflows.filing_machine import STAGE_OF
from app.workflows.kind import Kind
from tests import factories, filed, filled
from tests.browser.conftest import Running
from tests.browser.filling import fill_in, is_saved
from tests.browser.people import NAME, Story, gather
from tests.browser.someone import Someone, arrive, sign_in, type_pin
from tests.factories import World
from tests.support import assert_invariants
from tests.uploads import papers

expect.set_options(timeout=20_000)
pytestmark = [pytest.mark.timeout(480), pytest.mark.xdist_group("browser")]

BEGUN_AS = {
    "offline_agreement": "谈好了，还没有签纸质协议",
    "supplement": "纸质协议书已经签好",
    "stamped_agreement": "上传盖章页",
}
"""How a button is called that does not bear the kind's own title."""
TRIED = 3
"""How many types of a kind are tried as what another is about."""


@pytest.fixture
def story(system: Running) -> Iterator[Story]:
    made = gather(system)
    yield made
    made.services.close()


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("photos") / "证明.jpg"
    kept.write_bytes(papers.jpeg(papers.photo(papers.page(3), size=(1500, 2000)), 80))
    return kept


def test_every_kind_is_walked_by_all_its_users(chromium: Browser, system: Running, story: Story, photo: Path) -> None:
    world = story.world
    filed.open_modules(world)
    with story.services.db.transaction() as connection:
        connection.execute(update(School).values(void_review="always"))  # so that every void is a filing
    desks = {stage: Someone(chromium, system.url, phone=False) for stage in ("college", "school")}
    for desk, person in desks.items():
        sign_in(person, "/console/", story.logins[desk])
    for kind in filled.own_kinds():
        graduate, before = _one_who_may_begin(world, kind)
        student = Someone(chromium, system.url)
        arrive(student, story, graduate)
        made = _begin(student.page, world, kind, graduate, before)
        fill_in(student.page, world, graduate, made, photo)
        student.fits()
        student.shot(f"kind-{kind.name}-review")
        _hand_in(student.page, kind)
        student.shot(f"kind-{kind.name}-waiting")
        while (stage := STAGE_OF.get(filed.row(world, made).state)) is not None:
            _approve(desks[stage].page, world, made, kind)
        _sees_what_became_of_it(student, story, graduate, made, kind)
        assert student.faults == [], kind.name
        student.context.close()
    assert [person.faults for person in desks.values()] == [[], []]
    assert_invariants(story.services)


def _one_who_may_begin(world: World, kind: Kind) -> tuple[Actor, uuid.UUID | None]:
    """A graduate to whom the kind is offered, and the filing that it is about, if it needs one."""
    for first in (None, *filled.own_kinds()):
        for variant in filled.variants(first)[:TRIED] if first else [None]:
            graduate = factories.make_graduate(world, name=NAME, hukou_moved=True)
            before = None
            if first is not None:
                try:
                    before = filed.draft(world, graduate, first.name, variant=variant)
                    filled.fill_in(world, graduate, before)
                    filed.submit(world, graduate, before)
                    filed.approve(world, before, **({"note": "已核实。"} if first.note else {}))
                except Problem:
                    break  # needs something before it as well
            if _is_offered(world, graduate, kind):
                return graduate, before
    raise AssertionError(f"{kind.name} is offered to nobody")


def _is_offered(world: World, graduate: Actor, kind: Kind) -> bool:
    assert graduate.graduate_id is not None
    with world.services.db.reading() as connection:
        row = filing_rows.person(connection, graduate, graduate.graduate_id)
    return any(one["kind"] == kind.name and one["possible"] for one in filing_pages.offered(row, graduate))


def _begin(page: Page, world: World, kind: Kind, graduate: Actor, before: uuid.UUID | None) -> uuid.UUID:
    """Where a person finds it: at the destination it is about, at archive or hukou, or by where one goes next."""
    button = page.get_by_role("button", name=BEGUN_AS.get(kind.name, kind.title))
    if kind.about:
        page.goto(f"/s/filings/{before}")
        button.click()
    elif kind.lane is not Lane.DESTINATION:
        page.goto(f"/s/{kind.lane.value}")
        button.click()
    else:
        page.goto("/s/destination")
        expect(page.get_by_role("link", name="毕业去向分类及标准")).to_be_visible()
        if kind.name in BEGUN_AS:
            page.get_by_role("button", name="去单位工作").click()
            button.click()
        else:
            variant = filled.variants(kind)[0]
            plain = destinations.of(variant or "").plain
            page.get_by_placeholder("直接搜").fill(plain)
            page.get_by_role("button", name=plain).first.click()
            page.get_by_role("button", name="就选这个，开始填").click()
    expect(page.get_by_role("button", name="下一步", exact=True)).to_be_visible()
    is_saved(page)
    return filed.filings_of(world, graduate)[0]


def _hand_in(page: Page, kind: Kind) -> None:
    page.get_by_role("button", name="提交", exact=True).click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("审核通过才生效")).to_be_visible()
    if kind.pin:
        type_pin(page, factories.PIN)
    page.get_by_role("button", name="确认提交", exact=True).click()
    expect(sheet).to_be_hidden()
    expect(page.get_by_text("审核中").first).to_be_visible()


def _approve(page: Page, world: World, made: uuid.UUID, kind: Kind) -> None:
    """By the key; where the last desk must write down what it found out, the dialog asks."""
    before = filed.row(world, made)
    page.goto(f"/console/filings/{made}")
    expect(page.get_by_role("heading", name=NAME).or_(page.get_by_text(kind.title)).first).to_be_visible()
    button = page.get_by_role("main").get_by_role("button", name="通过").last
    expect(button).to_be_enabled()
    page.keyboard.press("a")
    if kind.note and STAGE_OF[before.state] == before.stages[-1]:
        dialog = page.get_by_role("dialog")
        dialog.locator("textarea").fill("已电话核实。")
        dialog.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text("已通过").first).to_be_visible()
    assert filed.row(world, made).state != before.state


def _sees_what_became_of_it(student: Someone, story: Story, graduate: Actor, made: uuid.UUID, kind: Kind) -> None:
    """The graduate's own page says how it stands now, and the message what holds."""
    page, services = student.page, story.services
    assert filed.row(story.world, made).state == "approved"
    with services.db.reading() as connection:
        row = filing_pages.read(connection, graduate, made)
    told = filing_pages.own(services.settings, row, graduate)["turn"]["text"]
    page.goto(f"/s/filings/{made}")
    expect(page.get_by_text(told).first).to_be_visible()
    student.fits()
    student.shot(f"kind-{kind.name}-approved")
    page.goto("/s/messages")
    expect(page.get_by_text(kind.words.approved[:12]).first).to_be_visible()
