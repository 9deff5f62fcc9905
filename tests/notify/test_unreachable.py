"""联系不上的人: who stands on the list, why, for whom, and what takes them off it; and what the sender is told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, text

from app import clock
from app.access import Actor, Role
from app.db import count_statements
from app.models import Account, MessageState, Verdict
from app.notify import fallback
from app.queries import messages, unreachable
from app.queries.cursors import Page, window
from app.schemas.unreachable import UnreachableCounts, UnreachablePage
from tests import factories
from tests.factories import World, make_staff, make_world
from tests.notify.second_post import SecondPost


def listed(second: SecondPost, actor: Actor, page: Page | None = None) -> list[Any]:
    """The list and its counts, each one statement and as the schemas say."""
    sent: list[str] = []
    with second.services.db.reading() as connection:
        stop = count_statements(second.services.db.engine, sent)
        found = unreachable.listed(connection, actor, page or Page(100))
        counted = unreachable.counts(connection, actor)
        stop()
    assert len(sent) == 2
    assert UnreachablePage().validate(found) == UnreachableCounts().validate(counted) == {}
    if page is None:
        assert counted["invitations"] + counted["results"] == len(found["items"])
    items: list[Any] = found["items"]
    return items


def unreached(world: World, second: SecondPost) -> Any:
    """A message that ended on all channels."""
    message = second.missed(world, phone=None, email=False, class_name="软件 2301")
    second.go_round()
    second.go_round()
    return message


def test_whom_nothing_reached_is_listed_with_all_that_was_tried(world: World, second: SecondPost) -> None:
    message = unreached(world, second)
    (item,) = listed(second, world.college_office)
    assert item["id"] == message.subject
    assert (item["about"], item["title"]) == ("invitation", message.title)
    assert item["graduate"]["name"] == "林知夏"
    assert item["graduate"]["class_name"] == "软件 2301"
    assert item["deadline"] is not None
    assert item["reasons"] == [
        {"channel": "微信", "text": "没有关注公众号"},
        {"channel": "短信", "text": "没有手机号"},
        {"channel": "邮件", "text": "没有邮箱"},
    ]


def test_the_scope_of_others_shows_nothing(world: World, second: SecondPost) -> None:
    unreached(world, second)
    elsewhere = make_world(second.services, code="18888")
    own = [world.college_office, world.school_office]
    own.append(make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]))
    others = [elsewhere.college_office, elsewhere.school_office]
    others += [
        make_staff(world, role, "邻院", college_id=world.colleges[1]) for role in (Role.COLLEGE, Role.COUNSELLOR)
    ]
    assert [len(listed(second, actor)) for actor in own] == [1, 1, 1]
    assert [listed(second, actor) for actor in others] == [[], [], [], []]


@pytest.mark.parametrize("how", ["message", "invitation", "refuse", "withdraw", "accept another", "deadline"])
def test_who_has_read_or_answered_is_off_the_list(world: World, second: SecondPost, how: str) -> None:
    message = unreached(world, second)
    graduate = Actor(Role.GRADUATE, message.recipient, graduate_id=factories.row(world, message.subject).graduate_id)
    assert len(listed(second, world.school_office)) == 1
    match how:
        case "message":
            with second.services.db.transaction() as connection:
                messages.mark_read(connection, graduate, message.id)
        case "invitation":
            second.post.execute("UPDATE invitation SET opened_at = now(), seen_at = now()")
        case "refuse":
            factories.refuse(world, graduate, message.subject)
        case "withdraw":
            factories.withdraw(world, world.employer, message.subject)
        case "accept another":
            other = factories.send(world, graduate, employer=factories.make_employer(world))
            factories.accept(world, graduate, other)
        case "deadline":
            factories.let_deadline_pass(world, message.subject)
    assert listed(second, world.school_office) == []


def test_who_never_entered_the_system_is_listed(world: World, second: SecondPost) -> None:
    graduate = factories.make_graduate(world)
    with second.services.db.transaction() as connection:
        connection.execute(delete(Account).where(Account.graduate_id == graduate.graduate_id))
    factories.send(world, graduate)
    second.post.tell()
    (item,) = listed(second, world.school_office)
    assert item["reasons"] == [{"channel": "微信", "text": "还没有进入系统"}]
    assert item["title"].endswith("发来签约邀请")


def test_while_a_channel_may_still_bring_it_nobody_is_listed(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    assert listed(second, world.school_office) == []
    fallback.open_due(second.services)
    assert listed(second, world.school_office) == []
    second.post.execute("UPDATE fallback SET created_at = now() - interval '2 hours', attempts = 3")
    (item,) = listed(second, world.school_office)
    assert item["reasons"][1] == {"channel": "短信", "text": "一小时还没发出"}
    second.post.execute("UPDATE fallback SET attempts = 0, next_try_at = now() + interval '5 hours'")
    assert listed(second, world.school_office) == []
    second.again_now()
    second.go_round()
    assert second.states(message) == {"sms": "sent"}
    assert listed(second, world.school_office) == []


def test_a_reminder_that_arrives_takes_off_and_one_that_does_not_puts_on(world: World, second: SecondPost) -> None:
    message = unreached(world, second)
    reminder = second.post.row(kind="reminder.evening_before", subject=message.subject)
    second.post.let_due(reminder.id)
    second.post.change(reminder.id, state="sent")
    assert listed(second, world.school_office) == []
    second.post.change(reminder.id, state="blocked", fallback=None)
    (item,) = listed(second, world.school_office)
    assert item["reasons"] == [{"channel": "微信", "text": "关闭了公众号消息"}]


def test_a_message_told_by_another_fared_as_that_one(world: World, second: SecondPost) -> None:
    message = unreached(world, second)
    graduate = Actor(Role.GRADUATE, message.recipient, graduate_id=factories.row(world, message.subject).graduate_id)
    factories.send(world, graduate, employer=factories.make_employer(world))
    second.post.tell()
    (other,) = [row for row in second.post.rows(kind="invitation.received") if row.id != message.id]
    second.post.change(other.id, state="merged", merged_into=message.id)
    items = listed(second, world.school_office)
    assert {str(item["id"]) for item in items} == {str(message.subject), str(other.subject)}
    assert {len(item["reasons"]) for item in items} == {3}


def test_a_result_nobody_read_is_listed_and_only_the_newest(world: World, second: SecondPost) -> None:
    graduate = factories.make_graduate(world, phone=None)
    invitation = factories.send(world, graduate)
    factories.accept(world, graduate, invitation)
    for office in (world.college_office, world.school_office):
        factories.decide(world, office, graduate, Verdict.APPROVE)
        second.post.tell()
    for kind in ("result.passed", "result.effective"):
        second.post.change(second.post.row(kind=kind, recipient=graduate.id).id, state="failed")
    (item,) = listed(second, world.school_office)
    assert (item["about"], item["deadline"]) == ("result", None)
    assert item["title"].startswith("签约成功")
    second.post.execute("UPDATE invitation SET seen_at = now()")
    assert listed(second, world.school_office) == []


def test_results_are_found_by_what_was_missed_not_by_looking_at_every_graduate(
    world: World, second: SecondPost
) -> None:
    message = unreached(world, second)
    with second.services.db.transaction() as connection:
        arrived = text("""
            INSERT INTO message SELECT (jsonb_populate_record(m, jsonb_build_object(
                'id', gen_random_uuid(), 'state', 'delivered', 'kind', 'arrived' || n))).*
            FROM message m, generate_series(1, 4000) n WHERE m.id = :id
        """)
        connection.execute(arrived, {"id": message.id})
        connection.execute(text("ANALYZE message"))
        asked = {"school": world.school_id, "college": None}
        plan = "\n".join(connection.execute(text("EXPLAIN " + unreachable._COUNTS.text), asked).scalars())
        connection.execute(text("DELETE FROM message WHERE kind LIKE 'arrived%'"))
    assert "using message_result_missed" in plan, plan


def test_pages_follow_each_other_by_the_end_of_what_waits(world: World, second: SecondPost) -> None:
    expected = []
    for days in (5, 3, 4, 3, 2):
        graduate = factories.make_graduate(world, phone=None)
        invitation = factories.send(world, graduate, days=days)
        second.post.tell()
        second.miss(second.post.row(kind="invitation.received", recipient=graduate.id), fallback=None)
        expected.append((days, str(invitation)))
    seen: list[str] = []
    after = None
    while True:
        with second.services.db.reading() as connection:
            found = unreachable.listed(connection, world.school_office, window(2, after))
        seen += [str(item["id"]) for item in found["items"]]
        after = found["next"]
        if after is None:
            break
    assert seen == [invitation for _, invitation in sorted(expected)]


# What the sender is told


def told(second: SecondPost, message: Any) -> tuple[str, str]:
    sent: list[str] = []
    with second.services.db.reading() as connection:
        stop = count_statements(second.services.db.engine, sent)
        found = messages.delivery_of(connection, [message.subject])[message.subject]
        stop()
    assert len(sent) == 1
    return found["text"], found["tone"]


def clocked(text: str, *moments: Any) -> str:
    return text.format(*(f"{clock.beijing(moment):%H:%M}" for moment in moments))


def test_the_sender_is_told_how_far_it_came(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    assert told(second, message) == ("微信没送到：对方未关注公众号，请打电话告诉对方", "look")
    fallback.open_due(second.services)
    assert told(second, message) == ("未关注，正在发短信", "wait")
    second.send()
    row = second.rows(message)["sms"]
    assert told(second, message) == (clocked("未关注，已发短信 {}", row.sent_at), "wait")
    second.set(row.id, "state = 'delivered', delivered_at = sent_at")
    assert told(second, message) == (clocked("短信已送达 {}", row.sent_at), "ok")


@pytest.mark.parametrize(
    ("values", "text", "tone"),
    [
        ("attempts = 0, next_try_at = now() + interval '3 hours'", "未关注，早上 8 点后发短信", "wait"),
        ("attempts = 2, next_try_at = now() + interval '1 hour'", "未关注，正在发短信", "wait"),
        ("state = 'failed', code = 'X'", "都没送到，请打电话", "look"),
        ("state = 'no_address'", "都没送到，请打电话", "look"),
        ("state = 'unsure', code = 'none'", "不确定短信是否送到，急的话请打电话告诉对方", "look"),
        ("state = 'failed', code = 'off'", "微信没送到：对方未关注公众号，请打电话告诉对方", "look"),
        ("state = 'expired', code = 'expired'", "微信没送到：对方未关注公众号，请打电话告诉对方", "look"),
    ],
)
def test_each_fate_of_an_sms_has_its_sentence(
    world: World, second: SecondPost, values: str, text: str, tone: str
) -> None:
    message = second.missed(world)
    fallback.open_due(second.services)
    second.set(second.rows(message)["sms"].id, values)
    assert told(second, message) == (text, tone)


def test_mail_is_told_of_where_sms_failed(world: World, second: SecondPost) -> None:
    message = second.missed(world, phone=None)
    second.go_round()
    second.go_round()
    assert told(second, message) == (clocked("未关注，已发邮件 {}", second.rows(message)["email"].sent_at), "wait")


def test_every_state_of_a_message_has_words_for_its_sender() -> None:
    assert set(messages.FATES) == set(MessageState)
