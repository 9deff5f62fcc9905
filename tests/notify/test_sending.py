"""Each answer of WeChat, and each silence, leads to exactly one behaviour; nothing is lost and nothing sent twice."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from app.models import Verdict
from app.notify import deliver
from app.notify.errcodes import TABLE, Behaviour, behaviour
from app.notify.wechat import Client, WeChatError
from app.services import Services, open_redis
from sandbox.errors import MESSAGES
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post, fault, invited
from tests.sandbox.running import Sandbox


def test_every_code_the_stand_in_knows_of_sending_has_its_row() -> None:
    of_other_calls = {40016, 40017, 40018, 40020, 40029, 40030, 40053, 40066, 40097, 40099, 40163, 41002, 41004, 41008}
    of_other_calls |= {43001, 43002, 44004, 45002, 45008, 45015, 45029, 45047, 46003, 48006, 76021}
    assert set(MESSAGES) - of_other_calls - set(TABLE) == set()
    assert behaviour(None) is Behaviour.UNANSWERED
    assert behaviour(99999) is Behaviour.GIVE_UP


@pytest.mark.parametrize(
    ("errcode", "state"),
    [
        (43004, "not_following"),
        (40003, "not_following"),
        (43019, "blocked"),
        (50002, "blocked"),
        (43101, "refused"),
        (45168, "failed"),
        (47003, "failed"),
        (47001, "failed"),
        (99999, "failed"),
    ],
)
def test_a_final_answer_is_kept_in_wechats_words_and_never_repeated(
    world: World, post: Post, sandbox: Sandbox, errcode: int, state: str
) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, errcode=errcode, times=1)
    post.send()
    row = post.row(id=message.id)
    assert (row.state, row.errcode, row.attempts) == (state, errcode, 1)
    assert row.errmsg and row.rid, "WeChat's support asks for the rid"
    assert row.rid not in row.errmsg
    post.again_now()
    post.send()
    assert post.cards(openid) == []


@pytest.mark.parametrize(("errcode", "state"), [(-1, "queued"), (45011, "rate_limited"), (43117, "rate_limited")])
def test_a_refusal_for_now_is_tried_again_later(
    world: World, post: Post, sandbox: Sandbox, errcode: int, state: str
) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, errcode=errcode, times=1)
    post.send()
    row = post.row(id=message.id)
    assert (row.state, row.errcode, row.first_tried_at) == (state, errcode, None)
    assert row.next_try_at > datetime.now(UTC)
    assert post.cards(openid) == []
    post.again_now()
    post.send()
    assert post.row(id=message.id).state == "sent"
    assert len(post.cards(openid)) == 1


def test_busy_waits_longer_each_time_and_never_gives_up_before_the_message_ends(
    world: World, post: Post, sandbox: Sandbox
) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, errcode=-1, times=8)
    waits = []
    for _ in range(8):
        post.send()
        row = post.row(id=message.id)
        waits.append((row.next_try_at - datetime.now(UTC)).total_seconds())
        post.again_now()
    # Up to half of each wait is chance, so that only the next but one is longer for certain.
    assert all(1.4 * earlier <= later or later > 50 for earlier, later in zip(waits[:-2], waits[2:], strict=True))
    assert max(waits) < 460
    post.send()
    assert len(post.cards(openid)) == 1


def test_too_much_to_one_person_spares_that_person_only(world: World, post: Post, sandbox: Sandbox) -> None:
    graduate, openid, _ = invited(world, post)
    factories.send(world, graduate, employer=factories.make_employer(world))
    other, other_openid = post.follower(world)
    factories.send(world, other)
    fault(sandbox, errcode=43117, openid=openid, times=1)
    post.go_round()
    post.send()
    assert post.cards(openid) == []
    assert len(post.cards(other_openid)) == 1
    assert post.scalar(
        "SELECT min(next_try_at) > now() + interval '55 minutes' FROM message"
        " WHERE recipient = :who AND state IN ('queued', 'rate_limited') AND NOT reminder",
        who=graduate.id,
    )


def test_the_daily_quota_stops_the_account_until_midnight(world: World, post: Post, sandbox: Sandbox) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, errcode=45009, times=1)
    post.send()
    until = post.scalar("SELECT until AT TIME ZONE 'Asia/Shanghai' FROM sending_pause WHERE template = ''")
    assert until.strftime("%H:%M") == "00:00"
    post.again_now()
    post.send()
    assert post.cards(openid) == []
    post.execute("UPDATE sending_pause SET until = now()")
    post.send()
    assert len(post.cards(openid)) == 1
    assert post.row(id=message.id).state == "sent"


@pytest.mark.parametrize("errcode", [40013, 40125, 40164, 40243, 48001])
def test_wrong_credentials_stop_the_account_and_keep_the_queue(
    world: World, post: Post, sandbox: Sandbox, errcode: int
) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, errcode=errcode, times=1)
    post.send()
    assert post.row(id=message.id).state == "rate_limited"
    assert post.scalar("SELECT errcode FROM sending_pause WHERE until > now()") == errcode
    post.again_now()
    post.send()
    assert post.cards(openid) == []


def test_a_template_that_is_gone_stops_itself_only(world: World, post: Post, sandbox: Sandbox) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, errcode=40037, template_id="tpl-invitation_received", times=1)
    post.send()
    other, other_openid = post.follower(world)
    sent = factories.send(world, other)
    factories.accept(world, other, sent)
    factories.decide(world, world.college_office, other, Verdict.APPROVE)
    post.again_now()
    post.go_round()
    assert [card["template"] for card in post.cards(other_openid)] == ["review_result"]
    assert post.cards(openid) == []
    assert post.row(id=message.id).state == "rate_limited"


def test_a_message_held_for_review_is_never_sent_again_by_us(world: World, post: Post, sandbox: Sandbox) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, errcode=40252, times=1)
    post.send()
    post.again_now()
    post.send()
    assert post.row(id=message.id).state == "in_review"
    assert post.cards(openid) == []


def test_the_same_words_within_a_minute_wait_it_out(world: World, post: Post, sandbox: Sandbox) -> None:
    graduate, _, first = invited(world, post)
    post.send()
    factories.withdraw(world, world.employer, first.subject)
    again = factories.send(world, graduate)
    post.execute("UPDATE message SET href = :href WHERE subject = :again", href=first.href, again=again)
    post.tell()
    post.execute("UPDATE message SET href = :href WHERE subject = :again", href=first.href, again=again)
    post.send()
    second = post.row(kind="invitation.received", subject=again)
    assert (second.state, second.errcode) == ("queued", 40241)
    sandbox.control("POST", "/clock/advance", {"seconds": 61})
    post.again_now()
    post.send()
    assert post.row(id=second.id).state == "sent"


def test_a_lost_answer_is_asked_for_again_with_the_same_id_and_arrives_once(
    world: World, post: Post, sandbox: Sandbox
) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, http_status=502, after=True, times=1)
    post.send()
    row = post.row(id=message.id)
    assert (row.state, row.errcode) == ("queued", None)
    assert row.first_tried_at is not None, "WeChat may have it"
    post.again_now()
    post.send()
    row = post.row(id=message.id)
    assert row.state == "sent"
    assert row.wechat_msgid == sandbox.messages(openid)[0]["msgid"]
    assert len(post.cards(openid)) == 1


def test_a_call_that_never_ends_is_cut_off(world: World, post: Post, sandbox: Sandbox) -> None:
    _, _, message = invited(world, post)
    fault(sandbox, delay=8.0, after=True, times=1)
    post.send()
    assert post.row(id=message.id).state == "queued"
    assert "TimeoutError" in post.row(id=message.id).errmsg


def test_what_wechat_no_longer_remembers_is_unsure_and_never_sent_blindly(
    world: World, post: Post, sandbox: Sandbox
) -> None:
    _, openid, message = invited(world, post)
    fault(sandbox, http_status=500, after=True, times=1)
    post.send()
    post.change(message.id, first_tried_at=text("now() - interval '10 minutes'"))
    sandbox.control("POST", "/clock/advance", {"seconds": 700})
    post.again_now()
    post.send()
    assert post.row(id=message.id).state == "unsure"
    assert len(post.cards(openid)) == 1


def test_a_platform_that_is_away_leaves_nothing_unsure(world: World, post: Post, services: Services) -> None:
    """Nothing listens there: the calls were never made, however long that lasts."""
    _, openid, message = invited(world, post)
    away = replace(services.settings, wechat=replace(services.settings.wechat, api_url="http://127.0.0.1:9"))
    deliver.deliver_due(replace(services, settings=away), seconds=5)
    row = post.row(id=message.id)
    assert (row.state, row.first_tried_at) == ("queued", None)
    post.again_now()
    post.send()
    assert len(post.cards(openid)) == 1


def test_an_old_token_is_replaced_once_and_the_call_repeated_once(world: World, post: Post, sandbox: Sandbox) -> None:
    phones = [invited(world, post)[1] for _ in range(6)]
    post.send()
    issued = sandbox.control("GET", "/state")["tokens_issued"]["stable_token"]
    phones += [invited(world, post)[1] for _ in range(4)]
    sandbox.control("POST", "/tokens/expire")
    post.send()
    assert all(len(post.cards(openid)) == 1 for openid in phones)
    assert sandbox.control("GET", "/state")["tokens_issued"]["stable_token"] == issued + 1


def test_a_token_refused_although_young_is_forced_to_change_once(world: World, post: Post, sandbox: Sandbox) -> None:
    _, _, message = invited(world, post)
    sandbox.control("POST", "/clock/advance", {"seconds": 31})
    fault(sandbox, errcode=40001, times=1)
    post.send()
    assert post.row(id=message.id).state == "sent"
    assert post.row(id=message.id).attempts == 1


def test_a_token_refused_twice_stops_the_account(world: World, post: Post, sandbox: Sandbox) -> None:
    _, openid, _ = invited(world, post)
    fault(sandbox, errcode=40001)
    calls = sandbox.control("GET", "/state")["tokens_issued"]
    post.send()
    assert post.scalar("SELECT errcode FROM sending_pause WHERE template = '' AND until > now()") == 40001
    after = sandbox.control("GET", "/state")["tokens_issued"]
    assert after["stable_token"] - calls["stable_token"] <= 2
    assert post.cards(openid) == []


def test_many_cold_starts_fetch_one_token(services: Services, sandbox: Sandbox) -> None:
    before = sandbox.control("GET", "/state")["tokens_issued"]["stable_token"]
    sandbox.control("POST", "/faults", {"path": "/cgi-bin/stable_token", "delay": 0.3})
    clients = [Client(services.settings.wechat, services.redis) for _ in range(8)]
    tokens: list[str] = []
    threads = [threading.Thread(target=lambda c=client: tokens.append(c._tokens.get())) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    assert len(tokens) == 8
    assert len(set(tokens)) == 1
    faults = sandbox.control("GET", "/faults")["faults"]
    assert faults[0]["hits"] == 1
    assert sandbox.control("GET", "/state")["tokens_issued"]["stable_token"] <= before + 1


def test_sending_goes_on_while_redis_is_away(world: World, post: Post, services: Services, tmp_path: Any) -> None:
    _, openid, message = invited(world, post)
    nowhere = open_redis(f"unix://{tmp_path}/nowhere.sock")
    deliver.deliver_due(replace(services, redis=nowhere), seconds=10)
    assert post.row(id=message.id).state == "sent"
    assert len(post.cards(openid)) == 1
    nowhere.close()


def test_an_error_of_the_library_never_carries_the_token(services: Services) -> None:
    client = Client(replace(services.settings.wechat, api_url="http://127.0.0.1:9"), services.redis)
    with pytest.raises(WeChatError) as caught:
        client.call("message/template/send", {})
    assert "access_token" not in str(caught.value)
    assert caught.value.reached is False
    client.close()


def test_nobody_has_two_messages_under_way_at_once(
    world: World, post: Post, services: Services, sandbox: Sandbox
) -> None:
    graduate, openid, _ = invited(world, post)
    for _ in range(4):
        factories.send(world, graduate, employer=factories.make_employer(world))
    post.tell()
    sandbox.set(answer_delay=0.15)
    most, stop = [0], threading.Event()

    def watch() -> None:
        while not stop.is_set():
            under_way = post.scalar(
                "SELECT count(*) FROM message WHERE state = 'sending' AND recipient = :who", who=graduate.id
            )
            most[0] = max(most[0], under_way)

    watcher = threading.Thread(target=watch)
    watcher.start()
    senders = [threading.Thread(target=lambda: deliver.deliver_due(services, seconds=6)) for _ in range(2)]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    post.send()
    stop.set()
    watcher.join()
    assert len(post.cards(openid)) == 5
    assert most[0] == 1


def test_the_account_sends_no_faster_than_it_is_told(world: World, post: Post, services: Services) -> None:
    phones = [invited(world, post)[1] for _ in range(30)]
    slow = replace(services.settings, wechat=replace(services.settings.wechat, send_rate=5))
    begun = time.monotonic()
    deliver.deliver_due(replace(services, settings=slow), seconds=20)
    took = time.monotonic() - begun
    assert all(len(post.cards(openid)) == 1 for openid in phones)
    assert took > (30 - 2 * 5) / 5 * 0.9, "a burst of two seconds, then five a second"
