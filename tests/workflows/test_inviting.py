"""An employer invites (docs/rules.md, 线上签约)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from app import clock
from app.access import Actor
from app.db import table
from app.models import Event, Invitation, School, Verdict
from app.problems import AlreadyInvited, Invalid, NotNow, Stale, TooLate
from app.queries import people
from app.workflows import agreement, invitation
from tests import factories
from tests.factories import World, days_from_now, decide, extend, make_employer, make_graduate, row, send
from tests.support import events, refusal


def set_school(world: World, **settings: object) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(update(School).where(School.id == world.school_id).values(**settings))


# The deadline (应约截止) ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 5, 30])
def test_the_deadline_is_the_last_second_in_beijing_of_a_day_one_to_thirty_days_ahead(world: World, days: int) -> None:
    end = row(world, send(world, make_graduate(world), days=days)).respond_by
    assert clock.beijing(end).strftime("%H:%M:%S") == "23:59:59"
    assert clock.beijing(end).date() == clock.today() + timedelta(days=days)


@pytest.mark.parametrize("days", [-1, 0, 31, 400])
def test_a_deadline_today_or_beyond_thirty_days_is_refused_with_the_field(world: World, days: int) -> None:
    graduate = make_graduate(world)
    with pytest.raises(Invalid) as caught:
        send(world, graduate, days=days)
    assert caught.value.extra["errors"] == [{"pointer": "/respond_on", "detail": "应约截止日期须在明天起 30 天以内。"}]


def test_a_school_may_cap_the_deadline(world: World) -> None:
    set_school(world, invitation_days_max=7)
    graduate = make_graduate(world)
    with pytest.raises(Invalid, match="7 天以内"):
        send(world, graduate, days=8)
    send(world, graduate, days=7)


def test_extending_puts_the_deadline_off_and_is_remembered(world: World) -> None:
    sent = send(world, make_graduate(world), days=3)
    extend(world, world.employer, sent, 9)
    after = row(world, sent)
    assert after.respond_by == clock.end_of_day(days_from_now(9))
    assert (after.state, after.version) == ("pending", 2)
    assert events(world.services, sent)[-1] == ("extend", "pending", "pending")


@pytest.mark.parametrize("days", [1, 2, 3])
def test_a_deadline_is_never_brought_forward_nor_set_to_what_it_is(world: World, days: int) -> None:
    sent = send(world, make_graduate(world), days=3)
    with pytest.raises(Invalid, match="只能延长"):
        extend(world, world.employer, sent, days)
    assert row(world, sent).version == 1


def test_an_extension_keeps_to_the_same_limit_as_a_new_invitation(world: World) -> None:
    set_school(world, invitation_days_max=10)
    sent = send(world, make_graduate(world))
    with pytest.raises(Invalid, match="10 天以内"):
        extend(world, world.employer, sent, 11)


def test_after_the_deadline_there_is_nothing_to_extend(world: World) -> None:
    sent = send(world, make_graduate(world))
    factories.let_deadline_pass(world, sent)
    with pytest.raises(TooLate):
        extend(world, world.employer, sent, 9)


def test_whoever_extends_what_has_changed_is_told_to_look_again(world: World) -> None:
    sent = send(world, make_graduate(world), days=3)
    extend(world, world.employer, sent, 5)
    problem = refusal(
        world.services,
        lambda c: invitation.extend(c, world.employer, sent, seen=1, respond_on=days_from_now(9)),
    )
    assert isinstance(problem, Stale)


# Withdrawing and correcting -------------------------------------------------------------------------------------------


def test_a_withdrawn_invitation_keeps_the_reason(world: World) -> None:
    sent = send(world, make_graduate(world))
    factories.withdraw(world, world.employer, sent, "岗位已招满")
    after = row(world, sent)
    assert (after.state, after.reason) == ("withdrawn", "岗位已招满")


def replaced(world: World, graduate: Actor, sent: uuid.UUID, **changes: object) -> uuid.UUID:
    """撤回 and a new invitation linked to the old one, as one act."""
    with world.services.db.transaction() as connection:
        seen = row(world, sent).version
        invitation.make_way(connection, world.employer, sent, seen=seen)
        found = people.by_id(connection, graduate.graduate_id)  # type: ignore[arg-type]
        terms = factories.terms_of(connection, world.employer, **changes)
        composed = agreement.compose(terms, found, world.sealer)
        return invitation.send(
            connection,
            world.employer,
            graduate=found,
            terms=terms,
            party=composed.party,
            clauses=composed.clauses,
            terms_hash=composed.terms_hash,
            respond_on=days_from_now(5),
            replaces=sent,
        )


def test_an_edit_is_a_withdrawal_and_a_new_invitation_linked_to_it(world: World) -> None:
    graduate = make_graduate(world)
    old = send(world, graduate)
    new = row(world, replaced(world, graduate, old, regular_pay_cents=1_500_000))
    before = row(world, old)
    assert (before.state, new.state, new.replaces_id) == ("withdrawn", "pending", old)
    assert before.terms["regular_pay_cents"] == 1_300_000, "the terms of an invitation never change"
    assert new.terms_hash != before.terms_hash


def test_correcting_twice_sends_one_invitation_even_after_the_first_correction_has_ended(world: World) -> None:
    graduate = make_graduate(world)
    old = send(world, graduate)
    new = replaced(world, graduate, old)
    with pytest.raises(NotNow, match="单位已经撤回"):
        replaced(world, graduate, old)
    factories.refuse(world, graduate, new)
    with pytest.raises(NotNow, match="单位已经撤回"):
        replaced(world, graduate, old)


def test_an_answer_to_the_old_terms_does_not_reach_the_new_ones(world: World) -> None:
    graduate = make_graduate(world)
    old = send(world, graduate)
    seen = row(world, old)
    replaced(world, graduate, old, regular_pay_cents=1_100_000)
    problem = refusal(
        world.services,
        lambda c: invitation.accept(c, graduate, old, seen=seen.version, terms_hash=seen.terms_hash, factor="pin"),
    )
    assert isinstance(problem, NotNow) and problem.detail == "单位已经撤回这份邀请。"


# Inviting again -------------------------------------------------------------------------------------------------------


def test_an_employer_cannot_invite_again_while_its_invitation_is_open(world: World) -> None:
    graduate = make_graduate(world)
    send(world, graduate)
    with pytest.raises(AlreadyInvited):
        send(world, graduate)


def test_nor_while_the_graduate_s_acceptance_is_in_review_or_signed(world: World) -> None:
    graduate = make_graduate(world)
    first = send(world, graduate)
    factories.accept(world, graduate, first)
    with pytest.raises(NotNow, match="已接受贵单位的邀请"):
        send(world, graduate)
    factories.take_back(world, graduate, first)
    with pytest.raises(AlreadyInvited):
        send(world, graduate)
    factories.accept(world, graduate, first)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    decide(world, world.school_office, graduate, Verdict.APPROVE)
    with pytest.raises(NotNow, match="已签约"):
        send(world, graduate)


def test_another_employer_may_invite_the_same_graduate(world: World) -> None:
    graduate = make_graduate(world)
    send(world, graduate)
    send(world, graduate, employer=make_employer(world))


def test_an_employer_may_invite_again_after_withdrawing(world: World) -> None:
    graduate = make_graduate(world)
    factories.withdraw(world, world.employer, send(world, graduate))
    send(world, graduate)


def test_an_employer_may_invite_again_after_a_refusal(world: World) -> None:
    graduate = make_graduate(world)
    factories.refuse(world, graduate, send(world, graduate))
    send(world, graduate)


def test_an_employer_may_invite_again_once_the_invitation_has_expired(world: World) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    factories.let_deadline_pass(world, sent)
    factories.expire(world, sent)
    send(world, graduate)


def test_an_employer_may_invite_again_after_a_failed_review(world: World) -> None:
    graduate = make_graduate(world)
    factories.accept(world, graduate, send(world, graduate))
    decide(world, world.college_office, graduate, Verdict.REJECT, "单位信息不符")
    send(world, graduate)


def test_a_signed_graduate_can_still_be_invited(world: World) -> None:
    graduate = make_graduate(world)
    factories.sign(world, graduate)
    assert row(world, send(world, graduate, employer=make_employer(world))).state == "pending"


# The pause after two refusals -----------------------------------------------------------------------------------------


def refuse_twice(world: World, graduate: Actor) -> None:
    for _ in range(2):
        factories.refuse(world, graduate, send(world, graduate))


def shift(world: World, graduate: Actor, days: int) -> None:
    """Let everything between the employer and the graduate have happened ``days`` earlier."""
    back = timedelta(days=days)
    with world.services.db.transaction() as connection:
        moved = table(Invitation).c
        connection.execute(
            update(Invitation)
            .where(Invitation.graduate_id == graduate.graduate_id)
            .values(sent_at=moved.sent_at - back, respond_by=moved.respond_by - back)
        )
        # History does not change; to a test it may have happened earlier.
        connection.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER event_append_only")
        connection.execute(update(Event).where(Event.graduate_id == graduate.graduate_id).values(at=Event.at - back))
        connection.exec_driver_sql("ALTER TABLE event ENABLE TRIGGER event_append_only")


def test_after_two_refusals_the_employer_pauses_thirty_days(world: World) -> None:
    graduate = make_graduate(world)
    refuse_twice(world, graduate)
    with pytest.raises(NotNow, match="已两次拒绝贵单位的邀请，30 天内不能再次发起"):
        send(world, graduate)
    shift(world, graduate, 29)
    with pytest.raises(NotNow, match="30 天内"):
        send(world, graduate)
    shift(world, graduate, 2)
    send(world, graduate)


def test_the_pause_is_counted_from_the_second_refusal_not_from_the_first_invitation(world: World) -> None:
    graduate = make_graduate(world)
    factories.refuse(world, graduate, send(world, graduate))
    shift(world, graduate, 28)
    factories.refuse(world, graduate, send(world, graduate))
    shift(world, graduate, 5)
    with pytest.raises(NotNow, match="30 天内"):
        send(world, graduate)


def test_the_length_of_the_pause_is_the_school_s_setting(world: World) -> None:
    set_school(world, refusal_pause_days=3)
    graduate = make_graduate(world)
    refuse_twice(world, graduate)
    with pytest.raises(NotNow, match="3 天内"):
        send(world, graduate)
    shift(world, graduate, 4)
    send(world, graduate)


def test_refusals_of_one_employer_do_not_pause_another_nor_towards_another_graduate(world: World) -> None:
    graduate = make_graduate(world)
    refuse_twice(world, graduate)
    send(world, graduate, employer=make_employer(world))
    send(world, make_graduate(world))


def test_the_obstacle_is_told_before_the_form_is_filled(world: World) -> None:
    graduate = make_graduate(world)

    def obstacle() -> str | None:
        with world.services.db.reading() as connection:
            found = people.by_id(connection, graduate.graduate_id)  # type: ignore[arg-type]
            return invitation.obstacle(connection, world.employer, found)

    assert obstacle() is None
    sent = send(world, graduate)
    assert obstacle() == AlreadyInvited.sentence
    factories.refuse(world, graduate, sent)
    factories.refuse(world, graduate, send(world, graduate))
    assert "两次拒绝" in (obstacle() or "")


# Who can be invited ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("training_mode", ["2", "4"])
def test_commissioned_graduates_cannot_be_invited(world: World, training_mode: str) -> None:
    graduate = make_graduate(world, training_mode=training_mode)
    with pytest.raises(NotNow, match="定向或委培"):
        send(world, graduate)


def test_a_graduate_who_has_not_confirmed_can_be_invited_but_not_yet_answer(world: World) -> None:
    assert row(world, send(world, make_graduate(world, confirmed=False))).state == "pending"


@pytest.mark.parametrize("field", ["employer_name", "credit_code"])
def test_an_employer_signs_in_its_own_name_only(world: World, field: str) -> None:
    with world.services.db.reading() as connection:
        own = people.employer(connection, world.employer)
        terms = factories.terms_of(connection, world.employer)
        invitation.check_own_name(own, terms)
        with pytest.raises(Invalid) as caught:
            invitation.check_own_name(own, terms | {field: "91330100MA2AXYK63J"})
    assert [error["pointer"] for error in caught.value.extra["errors"]] == [f"/terms/{field}"]
