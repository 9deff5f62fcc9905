"""夜间不打扰, 合并, 推送偏好: when and how a push reaches a person (docs/rules.md, 消息)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from app import clock
from app.clock import BEIJING
from app.notify import outbox, outcome, preferences, quiet
from app.settings import QuietHours
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post
from tests.sandbox.running import Sandbox

NIGHT = QuietHours(time(22), time(8))


def beijing(words: str) -> datetime:
    return datetime.strptime(words, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("at", "urgent", "deadline", "held"),
    [
        ("2026-03-10 21:59", False, None, None),
        ("2026-03-10 22:00", False, None, "2026-03-11 08:00"),
        ("2026-03-11 07:59", False, None, "2026-03-11 08:00"),
        ("2026-03-11 08:00", False, None, None),
        ("2026-03-10 23:00", True, "2026-03-10 23:59", None),  # lost by the morning
        ("2026-03-10 23:00", True, "2026-03-11 11:00", None),  # three hours would be too short
        ("2026-03-10 23:00", True, "2026-03-14 23:59", "2026-03-11 08:00"),  # can wait for the morning
        ("2026-03-10 23:00", False, "2026-03-10 23:59", "2026-03-11 08:00"),  # nothing to lose
    ],
)
def test_only_what_would_be_lost_by_the_morning_is_pushed_at_night(
    at: str, urgent: bool, deadline: str | None, held: str | None
) -> None:
    found = quiet.held_until(NIGHT, beijing(at), urgent=urgent, deadline=beijing(deadline) if deadline else None)
    assert found == (beijing(held) if held else None)


def test_hours_within_a_day_and_none_at_all() -> None:
    noon = QuietHours(time(12), time(14))
    assert quiet.held_until(noon, beijing("2026-03-10 13:00"), urgent=False, deadline=None) == beijing(
        "2026-03-10 14:00"
    )
    assert quiet.held_until(noon, beijing("2026-03-10 23:00"), urgent=False, deadline=None) is None
    assert quiet.held_until(None, beijing("2026-03-10 23:00"), urgent=False, deadline=None) is None


@pytest.fixture
def night(post: Post) -> Iterator[Post]:
    """It is night now, and will be for the next hours."""
    now = clock.beijing(clock.now())
    hours = QuietHours((now - timedelta(hours=1)).time(), (now + timedelta(hours=5)).time())
    before = post.services.settings
    object.__setattr__(post.services, "settings", replace(before, quiet_hours=hours))
    yield post
    object.__setattr__(post.services, "settings", before)


def morning(post: Post) -> None:
    """The night is over."""
    object.__setattr__(post.services, "settings", replace(post.services.settings, quiet_hours=None))
    post.again_now()


def test_what_happens_at_night_is_in_the_message_centre_at_once_and_pushed_in_the_morning(
    world: World, night: Post
) -> None:
    graduate, openid = night.follower(world)
    factories.send(world, graduate)
    night.go_round()
    row = night.row(kind="invitation.received")
    assert row.state == "queued"
    assert row.due_at <= clock.now() < row.next_try_at
    night.again_now()
    night.send()  # put into the night again by whatever: still held
    assert night.cards(openid) == []
    assert night.row(id=row.id).next_try_at > clock.now() + timedelta(hours=4)
    morning(night)
    night.send()
    assert [card["template"] for card in night.cards(openid)] == ["invitation_received"]


def test_an_invitation_that_ends_tonight_wakes_its_receiver(world: World, night: Post) -> None:
    graduate, openid = night.follower(world)
    sent = factories.send(world, graduate)
    factories.move_deadline(world, sent, 3600)
    night.go_round()
    assert [card["template"] for card in night.cards(openid)] == ["invitation_received"]


# Several changes, one push


def several_closed(world: World, post: Post, count: int) -> tuple[str, list[Any]]:
    """A graduate of whom so many invitations were withdrawn while nothing was sent."""
    graduate, openid = post.follower(world)
    for _ in range(count):
        employer = factories.make_employer(world)
        factories.withdraw(world, employer, factories.send(world, graduate, employer=employer), "计划取消")
    post.tell()
    return openid, [row for row in post.rows(recipient=graduate.id) if row.kind == "invitation.withdrawn"]


def test_changes_that_wait_together_become_one_push_that_counts_them(world: World, post: Post) -> None:
    openid, rows = several_closed(world, post, 3)
    post.send()
    (card,) = post.cards(openid)
    assert (card["template"], card["thing1"], card["number2"]) == ("changes", "邀请有变动", "3")
    assert card["url"].endswith("/auth/wechat/start?next=/s/messages")
    states = sorted(post.row(id=row.id).state for row in rows)
    assert states == ["merged", "merged", "sent"]
    leader = next(row for row in rows if post.row(id=row.id).state == "sent")
    assert {post.row(id=row.id).merged_into for row in rows} == {None, leader.id}


def test_one_change_is_pushed_as_itself(world: World, post: Post) -> None:
    openid, _ = several_closed(world, post, 1)
    post.send()
    assert [card["template"] for card in post.cards(openid)] == ["invitation_closed"]


def test_what_was_tried_already_is_not_merged(world: World, post: Post) -> None:
    openid, rows = several_closed(world, post, 2)
    post.change(rows[0].id, first_tried_at=rows[0].created_at)
    post.send()
    assert sorted(card["template"] for card in post.cards(openid)) == ["invitation_closed", "invitation_closed"]


def test_a_merged_push_that_does_not_arrive_takes_none_of_them_along(
    world: World, post: Post, sandbox: Sandbox
) -> None:
    openid, rows = several_closed(world, post, 3)
    sandbox.control("PATCH", f"/followers/{openid}", {"refused": ["tpl-changes"]})
    post.send()
    assert {post.row(id=row.id).state for row in rows} == {"refused"}


def test_a_merged_push_that_arrives_after_all_takes_all_of_them_along(world: World, post: Post) -> None:
    _, rows = several_closed(world, post, 3)
    post.send()
    (leader,) = (row for row in rows if post.row(id=row.id).state == "sent")
    others = {row.id for row in rows} - {leader.id}
    with post.services.db.transaction() as connection:
        post.execute("UPDATE message SET state = 'unsure' WHERE id = :id", id=leader.id)
        outcome.not_brought(connection, [leader.id])
    assert {post.row(id=other).state for other in others} == {"unsure"}
    with post.services.db.transaction() as connection:
        outcome.brought(connection, [leader.id])
    assert {post.row(id=other).state for other in others} == {"merged"}


def test_who_follows_again_is_told_the_right_number(world: World, post: Post, sandbox: Sandbox) -> None:
    openid, rows = several_closed(world, post, 3)
    sandbox.control("PATCH", f"/followers/{openid}", {"following": False})
    post.send()
    assert {post.row(id=row.id).state for row in rows} == {"not_following"}
    sandbox.control("PATCH", f"/followers/{openid}", {"following": True})
    post.execute("UPDATE wechat_follower SET following = true, caught_up_at = NULL")
    post.catch_up()
    post.send()
    (card,) = post.cards(openid)
    assert (card["template"], card["number2"]) == ("changes", "3")


def test_who_refuses_the_card_of_several_is_sent_each_by_itself(world: World, post: Post) -> None:
    openid, rows = several_closed(world, post, 2)
    refused = "INSERT INTO refusal (account_id, template, probe_at) VALUES (:who, 'changes', now() + interval '1 day')"
    post.execute(refused, who=rows[0].recipient)
    post.send()
    assert [card["template"] for card in post.cards(openid)] == ["invitation_closed"] * 2


# What a person chooses, and what WeChat says a person refuses


def test_a_group_that_was_switched_off_stays_in_the_message_centre(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    choose = "INSERT INTO preference (account_id, choice, pushed) VALUES (:who, 'closed', false)"
    post.execute(choose, who=graduate.id)
    factories.withdraw(world, world.employer, factories.send(world, graduate), "计划取消")
    post.go_round()
    assert post.row(kind="invitation.withdrawn").state == "switched_off"
    assert [card["template"] for card in post.cards(openid)] == []
    factories.send(world, graduate)
    post.go_round()
    assert [card["template"] for card in post.cards(openid)] == ["invitation_received"], "that is in no group"


def test_what_is_switched_off_while_it_waits_is_not_pushed(world: World, night: Post) -> None:
    graduate, openid = night.follower(world)
    factories.withdraw(world, world.employer, factories.send(world, graduate), "计划取消")
    night.tell()
    choose = "INSERT INTO preference (account_id, choice, pushed) VALUES (:who, 'closed', false)"
    night.execute(choose, who=graduate.id)
    morning(night)
    night.send()
    assert night.cards(openid) == []
    assert night.row(kind="invitation.withdrawn").state == "switched_off"


def test_a_template_that_was_refused_is_not_tried_again_before_its_time(
    world: World, post: Post, sandbox: Sandbox
) -> None:
    graduate, openid = post.follower(world)
    sandbox.control("PATCH", f"/followers/{openid}", {"refused": ["tpl-invitation_received"]})
    factories.send(world, graduate)
    post.go_round()
    first = post.row(kind="invitation.received")
    assert (first.state, first.errcode) == ("refused", 43101)
    other = factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    again = post.row(subject=other, kind="invitation.received")
    assert (again.state, again.errcode, again.attempts) == ("refused", None, 0), "WeChat was not asked"
    sandbox.control("PATCH", f"/followers/{openid}", {"refused": []})
    post.execute("UPDATE refusal SET probe_at = now()")
    factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    assert [card["template"] for card in post.cards(openid)] == ["invitation_received"]
    assert preferences.forget_refusals(post.services) == 1, "it is open again"


# The day's budget


def test_the_last_of_the_day_is_kept_for_what_is_urgent(world: World, post: Post) -> None:
    few = replace(post.services.settings.wechat, daily_limit=10, reserve=20)
    object.__setattr__(post.services, "settings", replace(post.services.settings, wechat=few))
    post.sender.kept_up_at = float("inf")  # the stand-in's own limit is larger
    for _ in range(8):
        factories.send(world, post.follower(world)[0])
    post.go_round()
    assert post.scalar("SELECT sum(calls) FROM sending_count WHERE channel = 'wechat' AND code = '0'") == 8
    ordinary, ordinary_openid = post.follower(world)
    factories.withdraw(world, world.employer, factories.send(world, ordinary), "计划取消")
    urgent, urgent_openid = post.follower(world)
    factories.send(world, urgent)
    post.go_round()
    assert [card["template"] for card in post.cards(urgent_openid)] == ["invitation_received"]
    assert post.cards(ordinary_openid) == []
    assert post.row(kind="invitation.withdrawn").state == "queued", "it waits, it is not lost"
    until = post.scalar("SELECT until FROM sending_pause WHERE template = '*'")
    assert clock.beijing(until).time() < time(0, 1)
    post.execute("UPDATE sending_pause SET until = now()")
    post.execute("UPDATE sending_count SET day = day - 1")
    post.send()
    assert [card["template"] for card in post.cards(ordinary_openid)] == ["invitation_closed"]


def test_wechats_own_count_of_the_day_is_read_and_kept(world: World, post: Post, sandbox: Sandbox) -> None:
    sandbox.set(daily_limits={"/cgi-bin/message/template/send": 5000})
    factories.send(world, post.follower(world)[0])
    post.go_round()
    assert post.scalar("SELECT daily_limit FROM sending_quota") == 5000


def test_a_digest_and_an_event_are_each_told_once(world: World, post: Post) -> None:
    graduate, _ = post.follower(world)
    factories.send(world, graduate)
    post.tell()
    post.execute("UPDATE event SET fanned_out_at = NULL")
    before = len(post.rows())
    outbox.fan_out(post.services)
    assert len(post.rows()) == before
