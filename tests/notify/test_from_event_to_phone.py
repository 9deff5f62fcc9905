"""The whole way of the story's messages: from the act through the outbox to the card on the phone."""

from __future__ import annotations

import uuid

from app.access import Actor
from app.models import Verdict
from app.notify import claims, inbox, story
from app.sealing import mask_name
from tests import factories, filed
from tests.factories import World
from tests.notify.helpers import Post
from tests.sandbox.running import APP_ID
from tests.schemas.samples import SOUND


def test_an_invitation_reaches_the_phone_as_a_card_that_opens_it(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    sent = factories.send(world, graduate)
    post.go_round()
    (card,) = post.cards(openid)
    row = factories.row(world, sent)
    assert card["template"] == "invitation_received"
    assert card["thing1"] == row.terms["employer_name"]
    assert card["thing2"] == "后端开发工程师"
    assert card["time3"].endswith("日 23:59")
    assert card["phrase4"] == "待应约"
    assert card["url"].endswith(f"/s/invitations/{sent}")
    message = post.row(kind="invitation.received")
    assert (message.state, message.mark, message.recipient) == ("sent", "mine", graduate.id)
    assert message.client_msg_id == message.id
    assert card["client"] == message.id.hex
    assert message.wechat_msgid > 2**53


def test_the_whole_story_is_told_to_everyone_it_concerns(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    post.go_round()
    invitation_id = post.row(kind="invitation.received").subject
    factories.accept(world, graduate, invitation_id)
    post.go_round()
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    post.go_round()
    factories.decide(world, world.school_office, graduate, Verdict.APPROVE)
    post.go_round()
    told = {
        who: [(row.kind, row.mark) for row in post.rows(recipient=actor.id) if not row.reminder]
        for who, actor in {
            "graduate": graduate,
            "employer": world.employer,
            "college": world.college_office,
            "school": world.school_office,
        }.items()
    }
    assert told == {
        "graduate": [("invitation.received", "done"), ("result.passed", "others"), ("result.effective", "done")],
        "employer": [
            ("answer.accepted", "others"),
            ("result.passed_employer", "others"),
            ("result.effective_employer", "done"),
        ],
        "college": [],
        "school": [],
    }
    assert [card["template"] for card in post.cards(openid)] == [
        "invitation_received",
        "review_result",
        "agreement_effective",
    ]
    number = factories.claim_of(world, graduate).agreement_number
    assert post.cards(openid)[-1]["character_string2"] == number
    assert number in post.row(kind="result.effective").body


def test_a_rejection_tells_both_sides_why(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    sent = factories.send(world, graduate)
    factories.accept(world, graduate, sent)
    factories.decide(world, world.college_office, graduate, Verdict.REJECT, "单位信息与登记不符")
    post.go_round()
    card = post.cards(openid)[-1]
    assert (card["template"], card["phrase2"], card["thing3"]) == ("review_result", "未通过", "单位信息与登记不符")
    for kind in ("result.rejected", "result.rejected_employer"):
        assert "单位信息与登记不符" in post.row(kind=kind).body
    assert post.rows(kind="result.failed") == []


def test_an_employer_hears_of_every_answer_in_the_message_centre(world: World, post: Post) -> None:
    first, second, third = (factories.make_graduate(world) for _ in range(3))
    factories.refuse(world, first, factories.send(world, first), "已接受其他单位")
    taken_back = factories.send(world, second)
    factories.accept(world, second, taken_back)
    factories.take_back(world, second, taken_back)
    expired = factories.send(world, third)
    factories.move_deadline(world, expired, -1)
    factories.expire(world, expired)
    post.go_round()
    told = {row.kind: row for row in post.rows(recipient=world.employer.id)}
    assert set(told) == {"answer.refused", "answer.accepted", "answer.taken_back", "answer.expired"}
    assert "已接受其他单位" in told["answer.refused"].body
    assert {row.state for row in told.values()} == {"inbox"}
    assert told["answer.expired"].href == f"/e/invitations/{expired}"


def test_the_end_of_an_invitation_is_pushed_to_the_graduate(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    withdrawn = factories.send(world, graduate)
    factories.withdraw(world, world.employer, withdrawn, "岗位取消")
    post.go_round()
    expired = factories.send(world, graduate)
    factories.move_deadline(world, expired, -1)
    factories.expire(world, expired)
    post.go_round()
    closed = [card for card in post.cards(openid) if card["template"] == "invitation_closed"]
    assert [card["phrase2"] for card in closed] == ["已撤回", "已失效"]
    assert "岗位取消" in post.row(kind="invitation.withdrawn").body


def test_other_invitations_that_become_view_only_are_not_told_by_push(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    chosen = factories.send(world, graduate)
    factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    before = len(post.cards(openid))
    factories.accept(world, graduate, chosen)
    post.go_round()
    assert len(post.cards(openid)) == before


def test_an_invitation_that_arrives_while_another_is_accepted_says_that_it_is_view_only(
    world: World, post: Post
) -> None:
    graduate, openid = post.follower(world)
    factories.accept(world, graduate, factories.send(world, graduate))
    factories.send(world, graduate, employer=factories.make_employer(world))
    post.go_round()
    assert post.cards(openid)[-1]["phrase4"] == "仅可查看"
    assert post.row(kind="invitation.received_view_only").mark == "others"


def test_a_push_names_nobody_but_the_employer(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    factories.sign(world, graduate)
    post.go_round()
    shown = " ".join(str(card) for card in post.cards(openid))
    assert graduate.name not in shown
    assert "13912345678" not in shown
    answer = post.row(kind="answer.accepted")
    assert answer.fields["thing1"] == mask_name(graduate.name)


def test_an_event_is_told_once_however_often_and_by_however_many(world: World, post: Post) -> None:
    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    for _ in range(3):
        post.go_round()
    post.execute("UPDATE event SET fanned_out_at = NULL")
    post.go_round()
    assert len(post.cards(openid)) == 1
    assert len(post.rows(kind="invitation.received")) == 1


def enters(post: Post, graduate: Actor) -> None:
    """The graduate's account is made, five seconds ago."""
    post.execute(
        "INSERT INTO account (id, role, name, graduate_id, created_at)"
        " VALUES (:id, 'graduate', :name, :graduate, now() - interval '5 seconds')",
        id=graduate.id,
        name=graduate.name,
        graduate=graduate.graduate_id,
    )


def test_a_graduate_who_enters_after_the_school_filed_for_them_is_told_so(world: World, post: Post) -> None:
    filed.open_modules(world)
    graduate = factories.make_graduate(world, confirmed=False)
    post.execute("DELETE FROM account WHERE id = :id", id=graduate.id)
    made = filed.draft(
        world,
        world.college_office,
        "other_destination",
        SOUND["study_domestic"],
        variant="study_domestic",
        graduate=graduate,
    )
    filed.submit(world, world.college_office, made)
    post.go_round()
    assert post.rows(recipient=graduate.id) == []
    enters(post, graduate)
    assert inbox.introduce(post.services) == 1
    post.go_round()
    (told,) = post.rows(recipient=graduate.id)
    assert told.kind == "filing.filed_for_you"
    assert world.college_office.name in told.body


def test_a_graduate_who_enters_after_being_invited_is_told_then(world: World, post: Post) -> None:
    graduate = factories.make_graduate(world)
    post.execute("DELETE FROM account WHERE id = :id", id=graduate.id)
    factories.send(world, graduate)
    post.go_round()
    assert post.rows() == []
    enters(post, graduate)
    assert inbox.introduce(post.services) == 1
    post.go_round()
    assert [row.kind for row in post.rows()] == [
        "invitation.received",
        "reminder.evening_before",
        "reminder.three_hours",
    ]
    assert inbox.introduce(post.services) == 0


def test_a_story_and_a_claimed_message_are_rows_of_their_statements(world: World, post: Post) -> None:
    factories.send(world, post.follower(world)[0])
    post.tell()
    claiming = {"urgent": True, "app": APP_ID, "paused": [], "lease": uuid.uuid4(), "many": 1, "window": 1}
    spans = {"span": claims.LEASE, "memory": claims.MEMORY}
    with post.services.db.transaction() as connection:
        assert tuple(connection.execute(story._STORIES, {"ids": []}).keys()) == story.Story._fields
        assert tuple(connection.execute(claims._CLAIM, claiming | spans).keys()) == claims.Claimed._fields
