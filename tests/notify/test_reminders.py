"""When a graduate is reminded of an open invitation, and when not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.models import Verdict
from app.notify import reminders
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post

moments = st.integers(1_767_225_600, 1_830_297_600).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(said=moments, days=st.integers(1, 30), used=st.integers(0, 2))
def test_reminders_lie_where_they_should_for_any_sending_time(said: datetime, days: int, used: int) -> None:
    last_day = clock.beijing(said).date() + timedelta(days=days)
    respond_by = clock.end_of_day(last_day)
    plan = reminders.plan(respond_by, said, used)
    assert len(plan) <= reminders.AT_MOST - used
    assert all(said < moment < respond_by for moment in plan.values())
    evening = plan.get(reminders.EVENING_BEFORE)
    if evening is not None:
        assert clock.beijing(evening).strftime("%H:%M") == "20:00"
        assert clock.beijing(evening).date() == last_day - timedelta(days=1)
    if used < 2:
        assert plan[reminders.THREE_HOURS] == respond_by - timedelta(hours=3)
    if used == 0:
        sent_before_that_evening = said < reminders.evening_before(respond_by)
        assert (evening is not None) is sent_before_that_evening


@given(
    said=moments,
    days=st.integers(1, 30),
    extensions=st.lists(st.tuples(st.integers(1, 20), st.floats(0, 1)), max_size=6),
)
def test_at_most_two_reminders_go_out_in_a_whole_life(
    said: datetime, days: int, extensions: list[tuple[int, float]]
) -> None:
    """Every deadline is said at some moment before the one that held so far; what was due in between was pushed."""
    said_at, last = said, clock.beijing(said).date() + timedelta(days=days)
    story: list[tuple[datetime, date]] = [(said_at, last)]
    for further, share in extensions:
        said_at += (clock.end_of_day(last) - said_at) * share
        last += timedelta(days=further)
        story.append((said_at, last))
    story.append((datetime(2100, 1, 1, tzinfo=UTC), last))
    pushed: list[datetime] = []
    for (at, day), (following, _) in pairwise(story):
        plan = reminders.plan(clock.end_of_day(day), at, len(pushed))
        pushed += [moment for moment in plan.values() if moment <= following]
    assert len(pushed) <= 2
    assert len(pushed) == len(set(pushed))


def test_an_invitation_plans_two_reminders_and_pushes_each_at_its_time(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    sent = factories.send(world, graduate)
    post.go_round()
    respond_by = factories.row(world, sent).respond_by
    evening, last = post.rows(reminder=True)
    assert evening.due_at == reminders.evening_before(respond_by)
    assert last.due_at == respond_by - timedelta(hours=3)
    assert len(post.cards(openid)) == 1, "nothing is sent before its time"
    for reminder in (evening, last):
        post.let_due(reminder.id)
        post.send()
    cards = post.cards(openid)[1:]
    assert [card["template"] for card in cards] == ["invitation_expiring"] * 2
    assert [card["thing3"] for card in cards] == ["还剩 1 天 4 小时", "还剩 3 小时"]


@pytest.mark.parametrize("end", ["refuse", "withdraw", "expire", "accept"])
def test_an_invitation_that_ends_takes_its_reminders_with_it(world: World, post: Post, end: str) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)
    post.go_round()
    match end:
        case "refuse":
            factories.refuse(world, graduate, sent)
        case "withdraw":
            factories.withdraw(world, world.employer, sent)
        case "expire":
            factories.move_deadline(world, sent, -1)
            factories.expire(world, sent)
        case "accept":
            factories.accept(world, graduate, sent)
    post.tell()
    assert {row.state for row in post.rows(reminder=True)} == {"cancelled"}


@pytest.mark.parametrize("end", ["refuse", "withdraw", "accept"])
def test_an_answer_not_yet_told_stops_a_reminder_that_is_due(world: World, post: Post, end: str) -> None:
    graduate, openid = post.follower(world)
    sent = factories.send(world, graduate)
    post.go_round()
    if end == "refuse":
        factories.refuse(world, graduate, sent)
    elif end == "withdraw":
        factories.withdraw(world, world.employer, sent)
    else:
        factories.accept(world, graduate, sent)
    for row in post.rows(reminder=True):
        post.let_due(row.id)
    post.send()
    assert {row.state for row in post.rows(reminder=True)} == {"cancelled"}
    assert len(post.cards(openid)) == 1


def test_an_extension_moves_the_reminders(world: World, post: Post) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate, days=3)
    post.go_round()
    factories.extend(world, world.employer, sent, 10)
    post.tell()
    respond_by = factories.row(world, sent).respond_by
    living = post.rows(reminder=True, state="queued")
    assert [row.due_at for row in living] == [
        reminders.evening_before(respond_by),
        reminders.three_hours_before(respond_by),
    ]
    assert len(post.rows(reminder=True, state="cancelled")) == 2


def test_the_cap_of_two_counts_reminders_pushed_before_an_extension(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    sent = factories.send(world, graduate, days=2)
    post.go_round()
    days = 5
    for expected in (1, 0, 0):
        living = post.rows(reminder=True, state="queued")
        post.let_due(living[-1].id) if living else None
        post.send()
        factories.extend(world, world.employer, sent, days)
        post.tell()
        days += 5
        assert len(post.rows(reminder=True, state="queued")) == expected
    assert sum(card["template"] == "invitation_expiring" for card in post.cards(openid)) == 2


def test_a_reminder_left_over_from_an_earlier_deadline_is_not_sent(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    sent = factories.send(world, graduate, days=2)
    post.go_round()
    factories.extend(world, world.employer, sent, 10)
    for row in post.rows(reminder=True):
        post.let_due(row.id)
    post.send()
    assert len(post.cards(openid)) == 1
    assert {row.state for row in post.rows(reminder=True)} == {"cancelled"}


def test_who_has_just_looked_is_not_reminded(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    sent = factories.send(world, graduate)
    post.go_round()
    evening, last = post.rows(reminder=True)
    post.execute("UPDATE invitation SET seen_at = now() - interval '59 minutes' WHERE id = :id", id=sent)
    post.let_due(evening.id)
    post.send()
    assert post.row(id=evening.id).state == "inbox"
    post.execute("UPDATE invitation SET seen_at = now() - interval '61 minutes' WHERE id = :id", id=sent)
    post.let_due(last.id)
    post.send()
    assert post.row(id=last.id).state == "sent"
    assert len(post.cards(openid)) == 2


def test_nobody_is_reminded_of_an_invitation_they_cannot_answer_now(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    chosen = factories.send(world, graduate)
    factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    factories.accept(world, graduate, chosen)
    post.go_round()
    before = len(post.cards(openid))
    for row in post.rows(reminder=True, state="queued"):
        post.let_due(row.id)
    post.send()
    assert len(post.cards(openid)) == before


def test_an_acceptance_taken_back_brings_the_reminders_back(world: World, post: Post) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)
    factories.accept(world, graduate, sent)
    post.go_round()
    assert post.rows(reminder=True, state="queued") == []
    factories.take_back(world, graduate, sent)
    post.go_round()
    assert [row.kind for row in post.rows(reminder=True, state="queued")] == [
        reminders.EVENING_BEFORE,
        reminders.THREE_HOURS,
    ]
    assert post.row(kind="invitation.open_again").mark == "mine"


def test_reviews_have_no_reminders(world: World, post: Post) -> None:
    graduate, _ = post.follower(world)
    factories.accept(world, graduate, factories.send(world, graduate))
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    post.go_round()
    assert post.rows(reminder=True, state="queued") == []


def test_a_late_telling_still_plans_what_was_ahead_when_the_deadline_was_said(world: World, post: Post) -> None:
    """The sweeper was away: the evening passed meanwhile, its reminder is late but wanted."""
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate, days=2)
    post.execute("ALTER TABLE event DISABLE TRIGGER event_append_only")
    try:
        post.execute("UPDATE event SET at = at - interval '47 hours'")
        post.execute(
            "UPDATE invitation SET respond_by = respond_by - interval '1 day', sent_at = sent_at - interval '2 days'"
        )
    finally:
        post.execute("ALTER TABLE event ENABLE TRIGGER event_append_only")
    post.go_round()
    respond_by = factories.row(world, sent).respond_by
    assert [row.due_at for row in post.rows(reminder=True)] == [
        reminders.evening_before(respond_by),
        reminders.three_hours_before(respond_by),
    ]
