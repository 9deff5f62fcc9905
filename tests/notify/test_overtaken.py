"""Pushes that something else has overtaken, or whose receiver came and went (docs/rules.md, 消息)."""

from __future__ import annotations

import threading
import time

from sqlalchemy import text

from app import clock
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post, fault, invited
from tests.sandbox.running import Sandbox


def test_a_withdrawal_between_claim_and_call_stops_the_card(world: World, post: Post, sandbox: Sandbox) -> None:
    """Twenty slow calls go before it through sixteen threads: when its turn comes it is asked about once more."""
    for _ in range(post.services.settings.wechat.connections):
        invited(world, post)
    time.sleep(0.05)
    _, late_openid, late = invited(world, post)
    sandbox.set(answer_delay=1.0)
    sending = threading.Thread(target=post.send)
    sending.start()
    time.sleep(0.5)
    assert post.row(id=late.id).state == "sending"
    factories.withdraw(world, world.employer, late.subject)
    sending.join()
    assert post.row(id=late.id).state == "expired"
    assert post.cards(late_openid) == []


def test_a_push_is_not_sent_after_its_validity(world: World, post: Post) -> None:
    _, openid, message = invited(world, post)
    post.change(message.id, expires_at=text("now() - interval '1 second'"))
    post.send()
    assert post.row(id=message.id).state == "expired"
    assert post.cards(openid) == []


def test_an_invitation_extended_before_it_was_pushed_shows_the_deadline_that_holds(world: World, post: Post) -> None:
    _, openid, message = invited(world, post)
    factories.extend(world, world.employer, message.subject, 9)
    post.send()
    assert post.cards(openid) == [], "first the extension is told"
    post.tell()
    post.again_now()
    post.send()
    (card,) = post.cards(openid)
    last = factories.days_from_now(9)
    assert card["time3"] == f"{last.year}年{last.month}月{last.day}日 23:59"


def test_someone_who_does_not_follow_is_told_once_they_do(world: World, post: Post) -> None:
    graduate = factories.make_graduate(world)
    factories.send(world, graduate)
    post.go_round()
    message = post.row(kind="invitation.received")
    assert (message.state, message.attempts) == ("not_following", 0)
    openid = post.sandbox.follower()
    post.bind(graduate, openid)
    assert post.catch_up() == 1
    post.send()
    assert len(post.cards(openid)) == 1
    assert post.catch_up() == 0


def test_binding_late_does_not_bring_what_is_no_longer_true(world: World, post: Post) -> None:
    graduate = factories.make_graduate(world)
    sent = factories.send(world, graduate)
    post.go_round()
    factories.withdraw(world, world.employer, sent)
    post.tell()
    openid = post.sandbox.follower()
    post.bind(graduate, openid)
    post.catch_up()
    post.send()
    assert [card["template"] for card in post.cards(openid)] == ["invitation_closed"]


def test_a_reminder_for_someone_who_follows_no_more_says_so(world: World, post: Post, sandbox: Sandbox) -> None:
    invited(world, post)
    post.send()
    post.execute("UPDATE wechat_follower SET following = false")
    evening = post.rows(reminder=True)[0]
    post.let_due(evening.id)
    post.send()
    assert post.row(id=evening.id).state == "not_following"


def test_unfollowing_unheard_of_is_learnt_from_the_answer(world: World, post: Post, sandbox: Sandbox) -> None:
    _, openid, message = invited(world, post)
    sandbox.control("PATCH", f"/followers/{openid}", {"following": False})
    post.send()
    assert post.row(id=message.id).state == "not_following"
    assert post.scalar("SELECT following FROM wechat_follower WHERE openid = :o", o=openid) is False


def test_somebody_who_got_too_much_is_spared_what_comes_later_too(world: World, post: Post, sandbox: Sandbox) -> None:
    graduate, openid, message = invited(world, post)
    fault(sandbox, errcode=43117, times=1)
    post.send()
    factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    assert post.cards(openid) == []
    post.change(message.id, next_try_at=text("now()"))
    post.send()
    assert len(post.cards(openid)) == 2


def test_a_deadline_that_moved_is_carried_to_what_another_channel_will_bring(world: World, post: Post) -> None:
    _, _, message = invited(world, post)
    post.change(message.id, state="blocked")
    factories.extend(world, world.employer, message.subject, 9)
    post.tell()
    row = post.row(id=message.id)
    assert row.expires_at == factories.row(world, message.subject).respond_by
    assert row.fields["time3"] == clock.in_words(row.expires_at)


def test_an_event_told_late_cancels_nothing_of_what_came_after_it(world: World, post: Post) -> None:
    _, _, message = invited(world, post)
    factories.extend(world, world.employer, message.subject, 7)
    post.execute(
        "UPDATE event SET put_off_until = now() + interval '1 hour' WHERE subject = :s AND version = 2",
        s=message.subject,
    )
    factories.extend(world, world.employer, message.subject, 9)
    post.tell()
    waiting = len(post.rows(subject=message.subject, reminder=True, state="queued"))
    assert waiting == 2
    post.execute("UPDATE event SET put_off_until = now() WHERE subject = :s AND version = 2", s=message.subject)
    post.tell()
    assert len(post.rows(subject=message.subject, reminder=True, state="queued")) == waiting
