"""送达情况 over HTTP: which pushes an office sees, in which words, and which of them count as problems."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import insert, text

from app.access import Actor, Role
from app.models import Fallback, Verdict
from app.notify import outbox
from app.queries import deliveries
from app.services import Services
from tests import factories
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.factories import World, make_employer, make_graduate, make_staff, make_world, send


def write(services: Services, statement: str, **values: Any) -> None:
    with services.db.transaction() as connection:
        connection.execute(text(statement), values)


def told(services: Services, subject: uuid.UUID, kind: str = "invitation.received") -> Any:
    with services.db.reading() as connection:
        query = text("SELECT * FROM message WHERE subject = :s AND kind = :k")
        return connection.execute(query, {"s": subject, "k": kind}).one()


def pushes(calling: Calling, office: Actor, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = calling(office).get(f"/deliveries{query}").get_json()["items"]
    return found


def fails(services: Services, message: uuid.UUID, state: str = "failed", code: int = 47003) -> None:
    write(
        services,
        "UPDATE message SET state = :state, errcode = :code, errmsg = 'argument invalid', rid = 'r-1', attempts = 2"
        " WHERE id = :id",
        state=state,
        code=code,
        id=message,
    )


def test_an_office_reads_what_became_of_a_push_with_wechat_s_code_and_number(
    world: World, calling: Calling, services: Services
) -> None:
    graduate = make_graduate(world, class_name="软件2201")
    sent = send(world, graduate)
    outbox.fan_out(services)
    fails(services, told(services, sent).id)
    (push,) = pushes(calling, world.college_office)
    assert push["graduate"] == {
        "name": graduate.name,
        "student_no": push["graduate"]["student_no"],
        "class_name": "软件2201",
        "college": push["graduate"]["college"],
    }
    assert (push["what"], push["receiver"]) == ("签约邀请通知", "毕业生")
    assert push["text"].startswith("微信没送到")
    assert (push["tone"], push["code"], push["said"], push["rid"], push["attempts"]) == (
        "look", 47003, "argument invalid", "r-1", 2,
    )  # fmt: skip
    assert push["filing_id"] is None, "offices read filings, not invitations"
    assert "远岸" not in str(push), "nor whom the invitation is from"


def test_what_wechat_said_is_shown_without_the_values_it_quotes(
    world: World, calling: Calling, services: Services
) -> None:
    sent = send(world, make_graduate(world))
    outbox.fan_out(services)
    message = told(services, sent).id
    fails(services, message)
    said = "argument invalid! data.thing1.value = '杭州远岸' of o6_bmasdasdsad6_2sgVt7hMZOPfL, 13912345678\nsecond line"
    write(services, "UPDATE message SET errmsg = :said WHERE id = :id", said=said, id=message)
    (push,) = pushes(calling, world.college_office)
    assert push["said"].startswith("argument invalid! data.thing1.value = …")
    assert not any(word in push["said"] for word in ("远岸", "13912345678", "second"))
    write(services, "UPDATE message SET errmsg = NULL WHERE id = :id", id=message)
    assert pushes(calling, world.college_office)[0]["said"] is None


def test_each_office_sees_its_own_graduates_only(world: World, calling: Calling, services: Services) -> None:
    elsewhere = make_world(services, code="18888")
    here, beside = make_graduate(world), make_graduate(world, college=1)
    for graduate in (here, beside):
        send(world, graduate)
    send(elsewhere, make_graduate(elsewhere))
    outbox.fan_out(services)

    def names(office: Actor) -> set[str]:
        return {push["graduate"]["name"] for push in pushes(calling, office)}

    college = world.colleges[0]
    assert names(world.school_office) == {here.name, beside.name}
    assert names(world.college_office) == {here.name}
    assert names(make_staff(world, Role.COUNSELLOR, "吴老师", college_id=college)) == {here.name}
    assert names(make_staff(world, Role.COLLEGE, "邻院", college_id=world.colleges[1])) == {beside.name}
    assert len(pushes(calling, elsewhere.school_office)) == 1


def test_what_an_employer_is_sent_is_seen_once_there_is_a_filing_about_it(
    world: World, calling: Calling, services: Services
) -> None:
    refusing, accepting = make_graduate(world), make_graduate(world)
    factories.refuse(world, refusing, send(world, refusing))
    factories.accept(world, accepting, send(world, accepting))
    outbox.fan_out(services)
    outbox.fan_out(services)
    write(services, "UPDATE message SET state = 'sent' WHERE template = 'answer_changed'")
    (push,) = [push for push in pushes(calling, world.college_office) if push["receiver"] == "用人单位"]
    assert push["graduate"]["name"] == accepting.name
    assert push["filing_id"] == str(factories.filing_of(world, accepting).id)


def test_a_problem_is_what_has_not_arrived_by_any_way_and_was_not_seen(
    world: World, calling: Calling, services: Services
) -> None:
    graduate = make_graduate(world)
    ways = ("lost", "read", "opened", "by_sms", "sms_failed", "delivered")
    sent = {way: send(world, graduate, employer=make_employer(world)) for way in ways}
    outbox.fan_out(services)
    ids = {way: told(services, subject).id for way, subject in sent.items()}
    for way in ways[:-1]:
        fails(services, ids[way], "not_following", 43004)
    fails(services, ids["delivered"], "delivered", 0)
    write(services, "UPDATE message SET read_at = now() WHERE id = :id", id=ids["read"])
    write(services, "UPDATE invitation SET opened_at = now() WHERE id = :id", id=sent["opened"])
    with services.db.transaction() as connection:
        for way, state in (("by_sms", "delivered"), ("sms_failed", "failed")):
            values = {"id": uuid.uuid4(), "message_id": ids[way], "channel": "sms", "state": state}
            connection.execute(insert(Fallback).values(**values))
    found = {push["id"]: push for push in pushes(calling, world.school_office, "?state=problem")}
    assert found.keys() == {str(ids["lost"]), str(ids["sms_failed"])}
    everything = {push["id"]: push for push in pushes(calling, world.school_office)}
    assert everything.keys() == {str(one) for one in ids.values()}
    assert [way["text"] for way in found[str(ids["sms_failed"])]["others"]] == ["短信也没送到"]
    assert [way["text"] for way in everything[str(ids["by_sms"])]["others"]] == ["短信已送达"]
    texts = {way: everything[str(ids[way])]["text"] for way in ways}
    assert texts["read"] == texts["opened"] == "微信没送到：对方未关注公众号，但本人已看过"
    assert texts["by_sms"] == "微信没送到：对方未关注公众号", "nobody needs to ring up"
    assert texts["lost"].endswith("请打电话告诉对方")
    tones = {way: everything[str(ids[way])]["tone"] for way in ways}
    assert tones == {
        "lost": "look", "read": "ok", "opened": "ok", "by_sms": "ok", "sms_failed": "look", "delivered": "ok",
    }  # fmt: skip


def test_opening_an_invitation_is_not_seeing_what_is_told_of_it_later(
    world: World, calling: Calling, services: Services
) -> None:
    sent = send(world, make_graduate(world))
    write(services, "UPDATE invitation SET opened_at = now() - interval '1 minute' WHERE id = :id", id=sent)
    outbox.fan_out(services)
    fails(services, told(services, sent).id)
    (push,) = pushes(calling, world.school_office, "?state=problem")
    assert push["read_at"] is None


def test_a_graduate_s_look_is_not_the_employer_s(world: World, calling: Calling, services: Services) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    factories.accept(world, graduate, sent)
    for _ in range(2):
        outbox.fan_out(services)
    answer = told(services, sent, "answer.accepted")
    fails(services, answer.id)
    write(services, "UPDATE invitation SET opened_at = now() WHERE id = :id", id=sent)
    (push,) = [one for one in pushes(calling, world.school_office, "?state=problem") if one["id"] == str(answer.id)]
    assert (push["receiver"], push["read_at"], push["tone"]) == ("用人单位", None, "look")


def test_the_newest_comes_first_and_pages_follow_without_gap_or_repeat(
    world: World, calling: Calling, services: Services
) -> None:
    graduate = make_graduate(world)
    for _ in range(7):
        send(world, graduate, employer=make_employer(world))
    outbox.fan_out(services)
    office, seen, after = calling(world.school_office), [], ""
    while True:
        page = office.get(f"/deliveries?limit=3{after}").get_json()
        seen += [(push["at"], push["id"]) for push in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len({one for _, one in seen}) == len(seen) == 7
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)


def test_reminders_to_come_messages_without_a_push_and_colleagues_are_not_listed(
    world: World, calling: Calling, services: Services
) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    factories.accept(world, graduate, sent)
    for _ in range(2):
        outbox.fan_out(services)
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    outbox.fan_out(services)
    found = pushes(calling, world.school_office)
    assert {push["what"] for push in found if push["receiver"] == "毕业生"} == {"签约邀请通知", "审核结果通知"}
    assert {push["receiver"] for push in found} <= {"毕业生", "用人单位"}


@pytest.mark.parametrize(("wanted", "index"), [("all", "message_pushed"), ("problem", "message_problem")])
def test_a_page_is_read_off_an_index_and_never_sorted_out_of_all_there_is(
    world: World, services: Services, wanted: str, index: str
) -> None:
    asked = {"school": world.school_id, "college": None, "after_at": None, "after_id": None, "limit": 31}
    with services.db.transaction() as connection:
        for method in ("seqscan", "bitmapscan", "sort"):
            connection.execute(text(f"SET LOCAL enable_{method} = off"))
        explained = connection.execute(text("EXPLAIN " + deliveries._PAGES[wanted].text), asked).scalars()
        plan = "\n".join(explained)
    assert f"Index Scan Backward using {index}" in plan, plan


@pytest.mark.parametrize("query", ["?state=else", "?limit=0", "?limit=101"])
def test_a_wrong_question_is_refused(world: World, calling: Calling, query: str) -> None:
    problem(calling(world.school_office).get(f"/deliveries{query}"), 422, "invalid")


def test_a_cursor_that_is_not_ours_is_refused(world: World, calling: Calling) -> None:
    problem(calling(world.school_office).get("/deliveries?after=nonsense"), 400, "bad_request")
