"""Who comes first is decided by the database, and the others are told so (real commits, one connection each)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from app import clock
from app.access import Actor, Role
from app.models import Verdict
from app.services import Services
from app.workflows import decision, invitation
from app.workflows.deadlines import expire_due
from tests import factories
from tests.factories import (
    World,
    accept,
    claim_of,
    days_from_now,
    decide,
    filing_of,
    make_employer,
    make_graduate,
    make_staff,
    make_world,
    row,
    send,
)
from tests.races.rivals import at_once, counted, outcome, rounds
from tests.support import assert_invariants, events

RIVALS = 50


def accepting(world: World, graduate: Actor, sent: uuid.UUID) -> Callable[[], str]:
    """An acceptance of what was read before the race began."""
    seen = row(world, sent)

    def act(connection: Connection) -> None:
        invitation.accept(connection, graduate, sent, seen=seen.version, terms_hash=seen.terms_hash, factor="pin")

    return partial(outcome, world.services, act)


def test_of_fifty_invitations_accepted_at_once_exactly_one_is(crowded: Services) -> None:
    world = make_world(crowded)
    employers = [make_employer(world) for _ in range(RIVALS)]
    for _ in range(rounds(3)):
        graduate = make_graduate(world)
        sent = [send(world, graduate, employer=employer) for employer in employers]
        outcomes = at_once([accepting(world, graduate, one) for one in sent])
        assert counted(outcomes) == {"ok": 1, "lane_held": RIVALS - 1}
        winner = sent[outcomes.index("ok")]
        assert claim_of(world, graduate).invitation_id == winner
        assert [row(world, one).state for one in sent].count("accepted") == 1
        assert row(world, winner).state == "accepted"
    assert_invariants(crowded)


def test_accept_withdraw_extend_and_the_clock_leave_one_outcome(crowded: Services) -> None:
    world = make_world(crowded)
    seen_winners = set()
    for number in range(rounds(20)):
        graduate = make_graduate(world)
        sent = send(world, graduate)
        factories.move_deadline(world, sent, random.choice((-0.002, 0.01, 0.02, 60)))  # before, amid or after
        acts: list[Callable[[], str]] = [
            accepting(world, graduate, sent),
            partial(outcome, crowded, partial(_refuse, graduate, sent)),
            partial(outcome, crowded, partial(_withdraw, world.employer, sent)),
            partial(outcome, crowded, partial(_extend, world.employer, sent)),
            partial(_clock, crowded),
            partial(_clock, crowded),
        ]
        random.Random(number).shuffle(acts)
        outcomes = at_once(acts)
        assert set(outcomes) <= {"ok", "not_now", "too_late", "stale", "clock"}, outcomes
        ends = [step for step in events(crowded, sent) if step[2] != "pending"]
        assert len(ends) <= 1, ends
        seen_winners.add(ends[0][0] if ends else "extend")
        # Who won is what was answered with success.
        assert outcomes.count("ok") == len(events(crowded, sent)) - 1 - sum(end[0] == "expire" for end in ends)
        factories.let_deadline_pass(world, sent)
        expire_due(crowded.db)
    assert len(seen_winners) > 1, "the race must be open, or it proves nothing"
    with crowded.db.reading() as connection:
        late = connection.exec_driver_sql(
            "SELECT 1 FROM claim WHERE evidence->>'accepted_at' > evidence->>'respond_by'"
        ).all()
    assert late == []


def _refuse(actor: Actor, sent: uuid.UUID, connection: Connection) -> None:
    invitation.refuse(connection, actor, sent, seen=1, reason=None)


def _withdraw(actor: Actor, sent: uuid.UUID, connection: Connection) -> None:
    invitation.withdraw(connection, actor, sent, seen=1, reason=None)


def _extend(actor: Actor, sent: uuid.UUID, connection: Connection, days: int = 9) -> None:
    invitation.extend(connection, actor, sent, seen=1, respond_on=days_from_now(days))


def _clock(services: Services) -> str:
    expire_due(services.db)
    return "clock"


def _deciding(world: World, office: Actor, graduate: Actor, verdict: Verdict) -> Callable[[], str]:
    paper = filing_of(world, graduate)

    def act(connection: Connection) -> None:
        decision.decide(connection, office, paper.id, verdict, seen=paper.version, reason="不符")

    return partial(outcome, world.services, act)


def _taking_back(world: World, graduate: Actor, sent: uuid.UUID) -> Callable[[], str]:
    seen = row(world, sent).version

    def act(connection: Connection) -> None:
        invitation.take_back(connection, graduate, sent, seen=seen)

    return partial(outcome, world.services, act)


def test_two_verdicts_and_a_taking_back_leave_one_of_the_three(crowded: Services) -> None:
    world = make_world(crowded)
    colleague = make_staff(world, Role.COLLEGE, "李老师", college_id=world.colleges[0])
    winners = set()
    for number in range(rounds(15)):
        graduate = make_graduate(world)
        sent = send(world, graduate)
        accept(world, graduate, sent)
        acts = [
            _deciding(world, world.college_office, graduate, Verdict.APPROVE),
            _deciding(world, colleague, graduate, Verdict.REJECT),
            _taking_back(world, graduate, sent),
        ]
        random.Random(number).shuffle(acts)
        outcomes = at_once(acts)
        assert outcomes.count("ok") == 1, outcomes
        assert set(outcomes) <= {"ok", "not_now", "stale", "decided_by_other"}, outcomes
        (end,) = events(crowded, filing_of(world, graduate).id)[1:]
        winners.add(end[0])
    assert len(winners) > 1, "the race must be open, or it proves nothing"
    assert_invariants(crowded)


def test_the_last_approval_of_two_makes_one_agreement_and_one_document(crowded: Services) -> None:
    world = make_world(crowded)
    colleague = make_staff(world, Role.SCHOOL, "李老师")
    for _ in range(rounds(8)):
        graduate = make_graduate(world)
        accept(world, graduate, send(world, graduate))
        decide(world, world.college_office, graduate, Verdict.APPROVE)
        outcomes = at_once(
            [_deciding(world, office, graduate, Verdict.APPROVE) for office in (world.school_office, colleague)] * 4
        )
        # A repeat of the winner's is a success once it can see the first; nobody else's is.
        assert outcomes.count("ok") >= 1, outcomes
        assert set(outcomes) <= {"ok", "decided_by_other", "not_now", "stale"}, outcomes
        assert claim_of(world, graduate).state == "effective"
        with crowded.db.reading() as connection:
            made = connection.exec_driver_sql(
                "SELECT count(*) FROM document WHERE subject = %s", (claim_of(world, graduate).id,)
            ).scalar()
        assert made == 1
    assert_invariants(crowded)


def test_of_several_extensions_at_once_one_stands_and_none_shortens_it(crowded: Services) -> None:
    world = make_world(crowded)
    for _ in range(rounds(6)):
        sent = send(world, make_graduate(world))
        days = (20, 10, 25, 15)
        outcomes = at_once(
            [partial(outcome, crowded, partial(_extend, world.employer, sent, days=day)) for day in days]
        )
        assert counted(outcomes) == {"ok": 1, "stale": 3}
        assert clock.beijing(row(world, sent).respond_by).date() == days_from_now(days[outcomes.index("ok")])


def test_an_employer_who_sends_twice_at_once_has_sent_once(crowded: Services) -> None:
    world = make_world(crowded)
    for _ in range(rounds(8)):
        graduate = make_graduate(world)
        outcomes = at_once([partial(_sending, world, graduate)] * 6)
        assert counted(outcomes) == {"ok": 1, "already_invited": 5}, outcomes
    assert_invariants(crowded)


def _sending(world: World, graduate: Actor) -> str:
    return outcome(world.services, lambda _: send(world, graduate))


def test_eight_sweepers_end_every_overdue_invitation_once(crowded: Services) -> None:
    world = make_world(crowded)
    many = rounds(150)
    graduates = [make_graduate(world) for _ in range(15)]
    employers = [make_employer(world) for _ in range(max(1, many // 15))]
    sent = [send(world, graduate, employer=employer) for graduate in graduates for employer in employers]
    with crowded.db.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE invitation SET respond_by = clock_timestamp(), sent_at = now() - interval '5 days'"
        )
    moved = at_once([partial(expire_due, crowded.db)] * 8)
    assert sum(moved) == len(sent)
    with crowded.db.reading() as connection:
        told = connection.exec_driver_sql("SELECT count(*) FROM event WHERE action = 'expire'").scalar()
    assert told == len(sent)
    assert_invariants(crowded)


def test_accepting_while_the_lane_is_being_set_free_has_one_outcome(crowded: Services) -> None:
    """Taking back one acceptance and giving another, or an office failing the first, at the same moment."""
    world = make_world(crowded)
    other = make_employer(world)
    for number in range(rounds(10)):
        graduate = make_graduate(world)
        first, second = send(world, graduate), send(world, graduate, employer=other)
        accept(world, graduate, first)
        release = (
            _taking_back(world, graduate, first)
            if number % 2
            else _deciding(world, world.college_office, graduate, Verdict.REJECT)
        )
        freed, *taken = at_once([release, *[accepting(world, graduate, second)] * 3])
        assert freed == "ok"
        assert set(taken) <= {"ok", "lane_held"}, taken
        assert (row(world, second).state == "accepted") == ("ok" in taken)
    assert_invariants(crowded)
