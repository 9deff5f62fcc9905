"""消息中心 over HTTP: what each role sees, in which order, and what reading changes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app import clock, create_app
from app.access import Actor
from app.db import count_statements
from app.identity import tokens
from app.models import Account, MessageState, Verdict
from app.queries import messages as read
from app.schemas.messages import MessageOut
from app.services import Services
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services.settings, services).test_client() as made:
        yield made


@pytest.fixture
def ask(client: FlaskClient, services: Services) -> Any:
    """Calls as an actor; the JSON of a success."""

    def call(actor: Actor, path: str, method: str = "GET", status: int | None = None) -> Any:
        with services.db.reading() as connection:
            account = connection.execute(select(Account).where(Account.id == actor.id)).one()
        token, _ = tokens.issue(services.settings, account)
        answer = client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == (status or (204 if method == "POST" else 200)), answer.text
        return answer.json if answer.data else None

    return call


def test_messages_come_newest_first_and_link_into_the_readers_own_client(world: World, post: Post, ask: Any) -> None:
    graduate, _ = post.follower(world)
    first = factories.send(world, graduate)
    post.go_round()
    second = factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    items = ask(graduate, "/messages")["items"]
    assert [item["href"] for item in items] == [f"/invitations/{second}", f"/invitations/{first}"]
    assert {item["turn_mark"] for item in items} == {"mine"}
    assert all(re.fullmatch(r"\d+月\d+日 23:59 截止", item["note"]) for item in items)
    assert MessageOut().validate(items[0]) == {}
    factories.accept(world, graduate, first)
    post.go_round()
    assert ask(world.college_office, "/messages")["items"] == [], "offices are told twice a day, not of each filing"
    (answer,) = ask(world.employer, "/messages")["items"]
    assert answer["href"] == f"/invitations/{first}"


def test_a_deadline_of_today_or_tomorrow_says_so(world: World, post: Post, ask: Any) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)
    post.go_round()
    for days, word in ((0, "今天 23:59 截止"), (1, "明天 23:59 截止")):
        end = clock.end_of_day(factories.days_from_now(days))
        post.execute("UPDATE message SET expires_at = :end WHERE subject = :s", end=end, s=sent)
        (item,) = ask(graduate, "/messages")["items"]
        assert item["note"] == word


def test_what_is_not_due_or_no_longer_true_is_not_shown(world: World, post: Post, ask: Any) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)
    post.go_round()
    assert len(post.rows(recipient=graduate.id)) == 3, "two reminders lie ahead"
    assert len(ask(graduate, "/messages")["items"]) == 1
    reminder = post.rows(reminder=True)[0]
    post.let_due(reminder.id)
    post.send()
    assert len(ask(graduate, "/messages")["items"]) == 2
    factories.refuse(world, graduate, sent)
    post.go_round()
    post.execute("UPDATE message SET due_at = now() - interval '1 minute' WHERE state = 'cancelled'")
    assert [item["turn_mark"] for item in ask(graduate, "/messages")["items"]] == ["done", "done"]


def test_pages_follow_each_other_without_gap_or_repeat(world: World, post: Post, ask: Any) -> None:
    graduate, _ = post.follower(world)
    for _ in range(7):
        factories.send(world, graduate, employer=factories.make_employer(world))
    post.tell()
    seen, after = [], ""
    while True:
        page = ask(graduate, f"/messages?limit=3{after}")
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 7
    assert seen == [item["id"] for item in ask(graduate, "/messages?limit=100")["items"]]
    ask(graduate, "/messages?after=nonsense", status=400)
    ask(graduate, "/messages?filter=else", status=422)


def test_reading_one_or_all_is_remembered_and_counted(world: World, post: Post, ask: Any) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)
    factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    assert ask(graduate, "/messages/counts") == {"unread": 2, "mine": 2, "results": 0}
    first = ask(graduate, "/messages")["items"][0]
    for _ in range(2):
        ask(graduate, f"/messages/{first['id']}/read", "POST")
    assert ask(graduate, "/messages/counts")["unread"] == 1
    assert [item["read"] for item in ask(graduate, "/messages")["items"]] == [True, False]
    factories.accept(world, graduate, sent)
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    post.go_round()
    assert ask(graduate, "/messages/counts") == {"unread": 2, "mine": 0, "results": 1}
    assert [item["title"][:6] for item in ask(graduate, "/messages?filter=results")["items"]] == ["学院审核通过"]
    assert ask(graduate, "/messages?filter=mine")["items"] == []
    ask(graduate, "/messages/read-all", "POST")
    assert ask(graduate, "/messages/counts") == {"unread": 0, "mine": 0, "results": 0}


def test_an_invitation_that_became_view_only_is_nobodys_turn_until_it_can_be_answered_again(
    world: World, post: Post, ask: Any
) -> None:
    graduate, _ = post.follower(world)
    chosen = factories.send(world, graduate)
    factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    factories.accept(world, graduate, chosen)
    post.go_round()
    assert ask(graduate, "/messages/counts")["mine"] == 0
    factories.decide(world, world.college_office, graduate, Verdict.REJECT, "材料不全")
    post.go_round()
    assert ask(graduate, "/messages/counts")["mine"] == 1


def test_messages_of_others_look_like_none(world: World, post: Post, ask: Any) -> None:
    graduate, _ = post.follower(world)
    factories.send(world, graduate)
    post.go_round()
    message = post.row(kind="invitation.received")
    for stranger in (world.employer, world.college_office, factories.make_graduate(world)):
        ask(stranger, f"/messages/{message.id}/read", "POST", 404)
        assert ask(stranger, "/messages")["items"] == []
    ask(graduate, f"/messages/{uuid.uuid4()}/read", "POST", 404)
    ask(graduate, f"/messages/{post.rows(reminder=True)[0].id}/read", "POST", 404)


def test_each_route_needs_one_statement_beside_the_actor(
    world: World, post: Post, ask: Any, services: Services
) -> None:
    graduate, _ = post.follower(world)
    factories.send(world, graduate)
    post.go_round()
    for path in ("/messages", "/messages/counts"):
        sent: list[str] = []
        stop = count_statements(services.db.engine, sent)
        ask(graduate, path)
        stop()
        assert len(sent) == 3, "the test's own look at the account, the actor, the answer"


def test_the_receiver_reads_how_the_push_fared(world: World, post: Post, ask: Any) -> None:
    graduate, _ = post.follower(world)
    factories.send(world, graduate)
    post.go_round()
    message = post.row(kind="invitation.received")
    told = {
        "sent": None,
        "not_following": "微信没送到：未关注公众号",
        "failed": "微信没送到",
    }
    for state, words in told.items():
        post.change(message.id, state=state)
        assert ask(graduate, "/messages")["items"][0]["delivery"] == (words and {"text": words})
    post.change(
        message.id,
        state="delivered",
        delivered_at=text(
            "date_trunc('day', now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai' + interval '1 minute'"
        ),
    )
    assert ask(graduate, "/messages")["items"][0]["delivery"] == {"text": "已送达微信 00:01"}


def test_the_sender_reads_how_the_notice_fared(world: World, post: Post, services: Services) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)

    def fate() -> dict[str, str]:
        with services.db.reading() as connection:
            return read.delivery_of(connection, [sent])[sent]

    assert fate() == {"state": "queued", "text": "正在发送微信通知", "tone": "wait"}, "just sent, not told yet"
    post.go_round()
    message = post.row(kind="invitation.received")
    assert fate() == {"state": "sent", "text": "微信已接收，等待送达", "tone": "wait"}
    post.change(message.id, state="delivered", delivered_at=text("TIMESTAMPTZ '2026-03-16 10:13:00+08'"))
    assert fate() == {"state": "delivered", "text": "已送达微信 3月16日 10:13", "tone": "ok"}
    for state in MessageState:
        post.change(message.id, state=state)
        found = fate()
        assert found["state"] == state
        assert "{" not in found["text"]
        assert found["tone"] in ("ok", "look", "wait")
    post.change(message.id, state="not_following")
    assert "请打电话" in fate()["text"]
    assert fate()["tone"] == "look"
    post.execute("UPDATE invitation SET opened_at = TIMESTAMPTZ '2026-03-16 10:20:00+08' WHERE id = :id", id=sent)
    assert fate() == {"state": "not_following", "text": "毕业生已看过 3月16日 10:20", "tone": "ok"}


def test_a_graduate_who_never_entered_is_said_to_need_a_call(world: World, post: Post, services: Services) -> None:
    graduate = factories.make_graduate(world)
    post.execute("DELETE FROM account WHERE id = :id", id=graduate.id)
    sent = factories.send(world, graduate)
    post.go_round()
    with services.db.reading() as connection:
        found = read.delivery_of(connection, [str(sent)])  # type: ignore[list-item]
    assert "还没有进入系统" in found[str(sent)]["text"]  # type: ignore[index]
