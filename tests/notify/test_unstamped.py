"""An agreement that was generated and never stamped: its graduate is reminded once, thirty days later."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.access import Actor
from app.models import Verdict
from tests import factories, filed
from tests.factories import World
from tests.notify.helpers import Post
from tests.notify.second_post import SecondPost


@pytest.fixture
def graduate(world: World, post: Post) -> tuple[Actor, str]:
    """Whose agreement waits to be stamped, and the openid."""
    filed.open_modules(world)
    made, openid = post.follower(world)
    filed.generated(world, made)
    post.go_round()
    return made, openid


def reminder(post: Post) -> Any:
    return post.row(kind="claim.reminder_stamp")


def test_the_reminder_is_due_thirty_days_after_and_leads_to_the_filing(
    world: World, post: Post, graduate: tuple[Actor, str]
) -> None:
    made, openid = graduate
    row = reminder(post)
    claim = factories.claim_of(world, made)
    with world.services.db.reading() as connection:
        at = connection.scalar(text("SELECT at FROM event WHERE name = 'claim.generated'"))
    assert (row.recipient, row.subject, row.due_at - at) == (made.id, claim.id, timedelta(days=30))
    assert row.href == f"/s/filings/{filed.filings_of(world, made)[0]}"
    assert "杭州江海制造有限公司" in row.body
    post.send()
    assert row.title not in [card.get("title") for card in post.cards(openid)]
    post.let_due(row.id)
    post.send()
    card = post.cards(openid)[-1]
    assert (card["template"], card["phrase2"]) == ("review_result", "待盖章传回")


def test_it_is_not_sent_while_the_school_looks_at_the_stamped_one(
    world: World, post: Post, graduate: tuple[Actor, str]
) -> None:
    filed.submit(world, graduate[0], filed.draft(world, graduate[0], "stamped_agreement", {}))
    post.let_due(reminder(post).id)
    post.send()
    assert reminder(post).state == "cancelled"


def test_it_is_sent_when_what_was_stamped_was_returned(world: World, post: Post, graduate: tuple[Actor, str]) -> None:
    made = filed.draft(world, graduate[0], "stamped_agreement", {})
    filed.submit(world, graduate[0], made)
    filed.decide(world, world.college_office, made, Verdict.RETURN)
    post.let_due(reminder(post).id)
    post.send()
    assert reminder(post).state == "sent"


@pytest.mark.parametrize("ending", ["effective", "failed"])
def test_it_goes_with_the_end_of_the_wait(world: World, post: Post, graduate: tuple[Actor, str], ending: str) -> None:
    kind = "stamped_agreement" if ending == "effective" else "agreement_void"
    made = filed.draft(world, graduate[0], kind, {} if ending == "effective" else {"reason": "单位取消录用"})
    filed.submit(world, graduate[0], made)
    filed.approve(world, made)
    assert factories.claim_of(world, graduate[0]).state != "agreement_generated"
    post.go_round()
    assert reminder(post).state == "cancelled"


@pytest.mark.parametrize("kind", ["termination.asked_graduate", "termination.reminder_3_graduate"])
def test_what_a_termination_asked_is_not_sent_by_sms_once_it_is_answered(
    world: World, second: SecondPost, kind: str
) -> None:
    made = factories.make_graduate(world)
    factories.sign(world, made)
    asked: uuid.UUID = factories.ask_to_end(world, world.employer, made)
    second.post.tell()
    message = second.miss(second.post.row(kind=kind, subject=asked), due_at=text("now()"))
    # Behind the back of what cancels: the sender itself must find out.
    second.post.execute("UPDATE termination SET state = 'refused', answered_at = now() WHERE id = :id", id=asked)
    second.go_round()
    assert second.sms.sent == []
    assert second.states(message) == {"sms": "expired"}
