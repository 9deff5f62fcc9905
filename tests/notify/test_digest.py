"""待审核汇总: what waits at a desk is told twice a working day (docs/rules.md, 消息)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.clock import BEIJING
from app.notify import digest
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23 08:59", None),
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 09:59", "2026-11-23 09:00"),
        ("2026-11-23 10:00", None),
        ("2026-11-23 15:29", "2026-11-23 14:30"),
        ("2026-11-23 15:30", None),
        ("2026-11-22 10:00", None),  # Sunday
        ("2026-10-01 10:00", None),  # National Day
    ],
)
def test_digests_come_when_offices_work(at: str, expected: str | None) -> None:
    found = digest.slot(datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING))
    assert (found and f"{found:%Y-%m-%d %H:%M}") == expected


def filings(world: World, count: int, waited: timedelta = timedelta()) -> None:
    """So many acceptances, at the college's desk for that long on Monday morning."""
    for _ in range(count):
        graduate = factories.make_graduate(world)
        factories.accept(world, graduate, factories.send(world, graduate))
    with world.services.db.transaction() as connection:
        since = {"since": MONDAY - waited}
        connection.execute(
            text("UPDATE filing SET stage_since = :since WHERE stage_since > now() - interval '5 s'"), since
        )


def test_a_reviewer_reads_how_many_wait_how_many_are_new_and_since_when(world: World, post: Post) -> None:
    filings(world, 2, timedelta(days=4))
    filings(world, 3)
    post.execute("UPDATE filing SET due_on = '2026-11-20' WHERE stage_since < '2026-11-20'")
    assert digest.sum_up(post.services, MONDAY) == 1, "the school's desk has nothing yet"
    row = post.row(recipient=world.college_office.id)
    assert row.title == "学院审核台有 5 件等你们审核"
    assert row.body == "其中 3 件是新到的。最久的一件等了 4 天。有 2 件已过审核时限，其中 2 件刚刚超过，请先审。"
    assert (row.kind, row.mark, row.href, row.event_id) == ("desk.digest", "mine", "/console/", None)


def test_what_was_overdue_before_is_not_told_as_new_again(world: World, post: Post) -> None:
    filings(world, 1, timedelta(days=4))
    post.execute("UPDATE filing SET due_on = '2026-11-20'")
    digest.sum_up(post.services, MONDAY.replace(hour=15))
    assert post.row(recipient=world.college_office.id).body == "最久的一件等了 4 天。有 1 件已过审核时限。"


def test_the_next_level_reads_how_many_it_may_take_up(world: World, post: Post) -> None:
    filings(world, 2, timedelta(days=9))
    post.execute("UPDATE filing SET due_on = '2026-11-19'")  # Friday was the day of grace
    assert digest.sum_up(post.services, MONDAY) == 2
    row = post.row(recipient=world.school_office.id)
    assert row.title == "学校审核台有 2 件等你们审核"
    assert row.body == "最久的一件等了 9 天。下一级有 2 件拖过时限，你们可以接办。"


def test_within_the_days_of_grace_the_next_level_is_not_told(world: World, post: Post) -> None:
    filings(world, 1, timedelta(days=4))
    post.execute("UPDATE filing SET due_on = '2026-11-20'")
    assert digest.sum_up(post.services, MONDAY) == 1


def test_an_hour_is_summed_up_once_and_the_next_one_replaces_what_was_not_read(world: World, post: Post) -> None:
    filings(world, 1)
    assert [digest.sum_up(post.services, MONDAY) for _ in range(3)] == [1, 0, 0]
    afternoon = MONDAY.replace(hour=15)
    post.execute("UPDATE message SET state = 'queued' WHERE slot IS NOT NULL")
    assert digest.sum_up(post.services, afternoon) == 1
    states = {row.slot: row.state for row in post.rows(recipient=world.college_office.id)}
    assert states == {"2026-11-23 09:00": "cancelled", "2026-11-23 14:30": "inbox"}


def test_a_digest_that_was_sent_is_no_longer_new_when_the_next_one_is_there(world: World, post: Post) -> None:
    filings(world, 1)
    digest.sum_up(post.services, MONDAY)
    post.execute("UPDATE message SET state = 'delivered' WHERE slot IS NOT NULL")
    post.execute("UPDATE filing SET state = 'withdrawn'")
    assert digest.sum_up(post.services, MONDAY.replace(hour=15)) == 0, "nothing waits any more"
    row = post.row(slot="2026-11-23 09:00")
    assert (row.state, row.mark, row.read_at is None) == ("delivered", "others", False)


def test_nobody_is_told_that_nothing_waits(world: World, post: Post) -> None:
    assert digest.sum_up(post.services, MONDAY) == 0
    assert post.rows() == []


def test_a_reviewer_who_follows_gets_it_as_a_card_unless_it_was_switched_off(world: World, post: Post) -> None:
    filings(world, 2)
    openid = post.sandbox.follower("陈老师")
    post.bind(world.college_office, openid)
    digest.sum_up(post.services, MONDAY)
    post.execute("UPDATE message SET expires_at = now() + interval '1 hour'")
    post.send()
    (card,) = post.cards(openid)
    assert (card["template"], card["number2"], card["thing1"]) == ("desk_digest", "2", "学院审核台")
    post.execute(
        "INSERT INTO preference (account_id, choice, pushed) VALUES (:who, 'digest', false)",
        who=world.college_office.id,
    )
    digest.sum_up(post.services, MONDAY.replace(hour=15))
    assert post.row(slot="2026-11-23 14:30").state == "switched_off"
