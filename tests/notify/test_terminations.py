"""What both parties are told of a termination, and when the one that must answer is reminded."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.access import Actor
from app.models import Termination
from app.workflows import termination
from tests import factories, filed
from tests.factories import World, ask_to_end, sign
from tests.notify.helpers import Post


def step(world: World, actor: Actor, which: uuid.UUID, action: str) -> None:
    with world.services.db.transaction() as connection:
        seen = connection.scalar(select(Termination.version).where(Termination.id == which))
        assert seen is not None
        getattr(termination, action)(connection, actor, which, seen=seen)


def asked(world: World, post: Post, by: str) -> tuple[uuid.UUID, Actor, str]:
    """A termination somebody asked for and everybody heard of; the graduate and the openid."""
    graduate, openid = post.follower(world)
    sign(world, graduate)
    post.go_round()
    made = ask_to_end(world, graduate if by == "graduate" else world.employer, graduate)
    post.go_round()
    return made, graduate, openid


def test_the_graduate_hears_of_it_at_once_with_the_reason(world: World, post: Post) -> None:
    made, graduate, openid = asked(world, post, "employer")
    row = post.row(subject=made, kind="termination.asked_graduate")
    assert (row.recipient, row.mark, row.state, row.fallback) == (graduate.id, "mine", "sent", "sms")
    assert "升学：已被录取" in row.body
    card = post.cards(openid)[-1]
    assert (card["template"], card["phrase2"], card["thing3"]) == ("review_result", "单位要解约", "升学：已被录取")
    assert row.href == f"/s/invitations/{factories.claim_of(world, graduate).invitation_id}"


@pytest.mark.parametrize("by", ["graduate", "employer"])
def test_who_must_answer_is_reminded_after_3_7_and_15_days_and_the_starter_told_of_help(
    world: World, post: Post, by: str
) -> None:
    made, graduate, _ = asked(world, post, by)
    other = world.employer if by == "graduate" else graduate
    starter = graduate if by == "graduate" else world.employer
    rows = post.rows(subject=made, reminder=True)
    with world.services.db.reading() as connection:
        at = connection.scalar(text("SELECT at FROM event WHERE subject = :id"), {"id": made})
    assert at is not None
    whom = {(row.recipient, row.due_at - at) for row in rows}
    assert whom == {
        *((other.id, timedelta(days=days)) for days in (3, 7, 15)),
        (starter.id, timedelta(days=15)),
    }


def test_a_reminder_is_pushed_at_its_time_and_only_while_there_is_no_answer(world: World, post: Post) -> None:
    made, _, openid = asked(world, post, "employer")
    third, seventh, *_ = post.rows(subject=made, reminder=True, template="review_result")
    before = len(post.cards(openid))
    post.send()
    assert len(post.cards(openid)) == before, "nothing is sent before its time"
    post.let_due(third.id)
    post.send()
    assert post.cards(openid)[-1]["phrase2"] == "待答复解约"
    post.execute("UPDATE termination SET state = 'refused' WHERE id = :id", id=made)
    post.let_due(seventh.id)
    post.send()
    assert post.row(id=seventh.id).state == "cancelled"


@pytest.mark.parametrize("answer", ["accept", "refuse", "cancel"])
def test_an_answer_takes_the_reminders_with_it_and_is_told(world: World, post: Post, answer: str) -> None:
    made, graduate, _ = asked(world, post, "graduate")
    step(world, graduate if answer == "cancel" else world.employer, made, answer)
    post.go_round()
    assert {row.state for row in post.rows(subject=made, reminder=True)} <= {"cancelled"}
    past = {"accept": "accepted", "refuse": "refused", "cancel": "cancelled"}[answer]
    told = "employer" if answer == "cancel" else "graduate"
    assert post.row(kind=f"termination.{past}_{told}").subject == made
    assert post.row(kind="termination.asked_employer").mark != "mine"


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_both_are_told_what_the_offices_decide_in_words_about_the_termination(
    world: World, post: Post, verdict: str
) -> None:
    made, graduate, _ = asked(world, post, "graduate")
    step(world, world.employer, made, "accept")
    paper = factories.filing_of(world, graduate).id
    post.go_round()
    if verdict == "approve":
        filed.approve(world, paper)
    else:
        from app.models import Verdict

        filed.decide(world, world.college_office, paper, Verdict.REJECT, reason="违约责任还有争议")
    post.go_round()
    ends = [row for row in post.rows(subject=paper) if row.topic == "result"]
    past = {"approve": "approved", "reject": "rejected"}[verdict]
    assert {row.kind for row in ends} == {f"termination.{past}_graduate", f"termination.{past}_employer"}
    assert all("解约" in row.title for row in ends)
