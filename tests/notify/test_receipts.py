"""Receipts and subscriptions: early, late, doubled, missing, without an id, out of order."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import text

from app.models import Verdict
from app.notify import receipts
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post
from tests.sandbox.running import SEND, Sandbox, eventually


def sent(world: World, post: Post) -> tuple[str, Any]:
    """A phone and the message of an invitation that WeChat has accepted."""
    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    post.go_round()
    return openid, post.row(kind="invitation.received", recipient=graduate.id)


def rule(sandbox: Sandbox, **values: Any) -> None:
    sandbox.control("POST", "/faults", {"path": SEND} | values)


def test_a_receipt_makes_a_message_delivered(world: World, post: Post, callback_url: str) -> None:
    _, message = sent(world, post)
    assert message.state == "sent"
    post.callbacks()
    post.receive()
    row = post.row(id=message.id)
    assert row.state == "delivered"
    assert abs((row.delivered_at - row.sent_at).total_seconds()) < 3


@pytest.mark.parametrize(("status", "state"), [("failed:user block", "blocked"), ("failed: system failed", "queued")])
def test_a_receipt_of_failure_is_told_as_what_it_is(
    world: World, post: Post, sandbox: Sandbox, callback_url: str, status: str, state: str
) -> None:
    rule(sandbox, status=status, times=1)
    _, message = sent(world, post)
    post.callbacks()
    post.receive()
    row = post.row(id=message.id)
    assert (row.state, row.errmsg) == (state, status)


def test_a_failure_of_wechats_own_is_sent_once_more_under_a_new_id(
    world: World, post: Post, sandbox: Sandbox, callback_url: str
) -> None:
    rule(sandbox, status="failed: system failed", times=2)
    openid, message = sent(world, post)
    post.callbacks()
    post.receive()
    row = post.row(id=message.id)
    assert row.client_msg_id != message.id
    assert post.scalar("SELECT next_try_at > now() + interval '10 minutes' FROM message WHERE id = :id", id=message.id)
    sandbox.control("POST", "/clock/advance", {"seconds": 660})
    post.again_now()
    post.send()
    assert len(post.cards(openid)) == 2
    post.callbacks(2)
    post.receive()
    assert post.row(id=message.id).state == "failed"
    post.again_now()
    post.send()
    assert len(post.cards(openid)) == 2


def test_a_receipt_that_overtakes_its_answer_finds_its_message(
    world: World, post: Post, sandbox: Sandbox, callback_url: str
) -> None:
    """The receipt is stored before the sender has written down the message's id."""
    rule(sandbox, receipt="early", times=1)
    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    post.tell()
    message = post.row(kind="invitation.received")
    lost = {"state": "sending", "wechat_msgid": None, "first_tried_at": text("now()"), "openid": openid}
    post.send()
    (stored,) = post.callbacks()
    post.change(message.id, **lost)
    receipts.work_off(post.services)
    assert post.row(id=message.id).state == "sending", "its answer may still come"
    post.change(message.id, state="sent", wechat_msgid=int(stored.content["MsgID"]))
    post.receive()
    assert post.row(id=message.id).state == "delivered"


def test_a_receipt_settles_a_message_whose_answer_was_lost_for_good(
    world: World, post: Post, sandbox: Sandbox, callback_url: str
) -> None:
    rule(sandbox, http_status=502, after=True, times=1)
    openid, message = sent(world, post)
    assert message.state == "queued"
    post.change(message.id, state="unsure")
    post.callbacks()
    post.receive()
    assert post.row(id=message.id).state == "unsure", "first the answer is waited for"
    post.execute("UPDATE wechat_callback SET received_at = received_at - interval '16 seconds'")
    post.execute("UPDATE message SET first_tried_at = first_tried_at - interval '17 seconds'")
    post.receive()
    row = post.row(id=message.id)
    assert row.state == "delivered"
    assert row.wechat_msgid == post.sandbox.messages(openid)[0]["msgid"]


def test_a_receipt_without_an_id_is_matched_by_person_and_time(
    world: World, post: Post, sandbox: Sandbox, callback_url: str
) -> None:
    rule(sandbox, msgid_zero=True, times=1)
    _, message = sent(world, post)
    _, stranger = sent(world, post)
    post.callbacks(2)
    post.execute("UPDATE wechat_callback SET received_at = received_at - interval '16 seconds'")
    post.execute("UPDATE message SET first_tried_at = first_tried_at - interval '17 seconds'")
    post.receive()
    assert post.row(id=message.id).state == "delivered"
    assert post.row(id=stranger.id).state == "delivered"


def test_a_doubled_receipt_changes_nothing_more(world: World, post: Post, sandbox: Sandbox, callback_url: str) -> None:
    rule(sandbox, receipt="double", times=1)
    _, message = sent(world, post)
    eventually(lambda: sandbox.control("GET", "/callbacks")["idle"])
    post.receive()
    first = post.row(id=message.id)
    post.execute("UPDATE wechat_callback SET handled_at = NULL")
    post.receive()
    assert post.row(id=message.id) == first
    assert first.state == "delivered"


def test_a_missing_receipt_leaves_it_at_accepted(world: World, post: Post, sandbox: Sandbox, callback_url: str) -> None:
    rule(sandbox, receipt="missing", times=1)
    openid, message = sent(world, post)
    post.receive()
    post.again_now()
    post.send()
    assert post.row(id=message.id).state == "sent"
    assert len(post.cards(openid)) == 1


def test_a_receipt_of_nobody_is_set_aside_after_ten_minutes(world: World, post: Post) -> None:
    content = {
        "FromUserName": "o" + "x" * 27,
        "CreateTime": "1800000000",
        "MsgType": "event",
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": "99999999999999999999",
        "Status": "success",
    }
    insert = "INSERT INTO wechat_callback (key, content) VALUES ('k', CAST(:content AS jsonb))"
    post.execute(insert, content=orjson.dumps(content).decode())
    post.receive()
    assert post.scalar("SELECT handled_at FROM wechat_callback") is None
    post.execute("UPDATE wechat_callback SET received_at = now() - interval '11 minutes'")
    post.receive()
    assert post.scalar("SELECT fault FROM wechat_callback WHERE handled_at IS NOT NULL") == "no message of ours"


def test_following_and_leaving_are_noted_and_bring_what_waited(
    world: World, post: Post, sandbox: Sandbox, callback_url: str
) -> None:
    graduate, openid = post.follower(world)
    sandbox.control("PATCH", f"/followers/{openid}", {"following": False})
    post.callbacks(1)
    post.receive()
    assert post.scalar("SELECT following FROM wechat_follower WHERE openid = :o", o=openid) is False
    factories.send(world, graduate)
    post.go_round()
    assert post.row(kind="invitation.received").state == "not_following"
    sandbox.control("PATCH", f"/followers/{openid}", {"following": True})
    post.callbacks(2)
    post.receive()
    post.catch_up()
    post.send()
    assert len(post.cards(openid)) == 1


def test_old_news_of_a_follower_do_not_undo_newer_ones(world: World, post: Post) -> None:
    _, openid = post.follower(world)
    insert = (
        "INSERT INTO wechat_callback (key, content) VALUES (:k, jsonb_build_object('FromUserName', CAST(:o AS text),"
        " 'CreateTime', CAST(:t AS text), 'MsgType', 'event', 'Event', CAST(:e AS text)))"
    )
    post.execute(insert, k="new", o=openid, t="1800000010", e="unsubscribe")
    post.receive()
    post.execute(insert, k="old", o=openid, t="1800000005", e="subscribe")
    post.receive()
    assert post.scalar("SELECT following FROM wechat_follower WHERE openid = :o", o=openid) is False


def test_a_poisoned_push_is_put_off_and_the_others_go_on(world: World, post: Post, callback_url: str) -> None:
    _, message = sent(world, post)
    post.callbacks()
    post.execute(
        "INSERT INTO wechat_callback (key, content, due_at) VALUES ('bad', jsonb_build_object('FromUserName', 'o',"
        " 'CreateTime', 'not a time', 'MsgType', 'event', 'Event', 'subscribe'), now() - interval '1 hour')"
    )
    receipts.work_off(post.services)
    assert post.row(id=message.id).state == "delivered"
    assert post.scalar("SELECT fault FROM wechat_callback WHERE key = 'bad' AND due_at > now()") == "ValueError"


def test_other_events_are_stored_and_need_nothing(
    world: World, post: Post, sandbox: Sandbox, callback_url: str
) -> None:
    _, openid = post.follower(world)
    sandbox.control("POST", f"/followers/{openid}/text", {"text": "你好 ]]> <b>"})
    (stored,) = post.callbacks()
    assert stored.content["Content"] == "你好 ]]> <b>"
    post.receive()
    assert post.scalar("SELECT count(*) FROM wechat_callback WHERE handled_at IS NULL") == 0


def test_a_story_with_receipts_ends_with_everything_delivered(world: World, post: Post, callback_url: str) -> None:
    graduate, _ = post.follower(world)
    invitation = factories.send(world, graduate)
    post.go_round()
    factories.accept(world, graduate, invitation)
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    post.go_round()
    factories.decide(world, world.school_office, graduate, Verdict.APPROVE)
    post.go_round()
    post.callbacks(3)
    post.receive()
    pushed = [row.state for row in post.rows(recipient=graduate.id) if not row.reminder]
    assert pushed == ["delivered"] * 3
