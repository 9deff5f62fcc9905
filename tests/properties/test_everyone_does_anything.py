"""Graduates, employers, offices and the clock do anything in any order; what must hold is asked after every step.

A small model beside it, written from the rules and not from the code, says of every act whether it may succeed.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, update

from app.access import Role
from app.models import Graduate, Verdict
from app.problems import Problem
from app.services import Services
from app.workflows import decision, invitation
from app.workflows.deadlines import expire_due
from tests import factories
from tests.factories import World, days_from_now, make_employer, make_graduate, make_staff, make_world
from tests.support import broken

WALKS = int(os.environ.get("QX_WALKS", "0"))
"""How many walks at random; 0 takes the same twenty every time, so that a failure is the change's and not chance's."""
STEPS = 35
LEVELS: tuple[tuple[str, ...], ...] = (("college", "school"), ("school",), ("counsellor", "college", "school"))
GRADUATES, EMPLOYERS = 2, 3
_codes = itertools.count(10_000)


@dataclass
class Invited:
    """What the model knows of an invitation."""

    id: uuid.UUID
    graduate: int
    employer: int
    state: str = "pending"
    late: bool = False
    days: int = 5
    last: str = "send"
    stage: int | None = None
    """which desk has the filing of the live acceptance; None without one"""
    verdicts: list[tuple[int, Verdict]] = field(default_factory=list)
    """who decided what on the newest filing"""
    filed: uuid.UUID | None = None


class Everyone(RuleBasedStateMachine):
    """One school, two graduates, three employers, two people at every desk."""

    services: Services

    def __init__(self) -> None:
        super().__init__()
        self.world: World = make_world(self.services, code=f"{next(_codes)}")
        self.graduates = [make_graduate(self.world) for _ in range(GRADUATES)]
        self.employers = [self.world.employer, *(make_employer(self.world) for _ in range(EMPLOYERS - 1))]
        self.confirmed = [True] * GRADUATES
        self.commissioned = [False] * GRADUATES
        first = self.world.colleges[0]
        self.offices = {
            role.value: [
                make_staff(self.world, role, name, college_id=None if role is Role.SCHOOL else first) for name in "甲乙"
            ]
            for role in (Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL)
        }
        self.sent: list[Invited] = []

    # What the rules allow

    def holder(self, graduate: int) -> Invited | None:
        """What holds the graduate's lane: an acceptance in review or in effect."""
        held = (one for one in self.sent if one.graduate == graduate and one.stage is not None)
        return next(held, None)

    def answerable(self, one: Invited) -> bool:
        return (
            one.state == "pending"
            and not one.late
            and self.confirmed[one.graduate]
            and self.holder(one.graduate) is None
        )

    def refusals(self, graduate: int, employer: int) -> int:
        return sum(one.state == "refused" for one in self.sent if (one.graduate, one.employer) == (graduate, employer))

    def may_send(self, graduate: int, employer: int, *, besides: Invited | None = None) -> bool:
        open_or_alive = any(
            (one.state == "pending" or one.stage is not None) and one is not besides
            for one in self.sent
            if (one.graduate, one.employer) == (graduate, employer)
        )
        return not open_or_alive and not self.commissioned[graduate] and self.refusals(graduate, employer) < 2

    @contextmanager
    def expecting(self, allowed: bool, what: object) -> Iterator[None]:
        """The act succeeds exactly where the rules allow it."""
        refused: Problem | None = None
        try:
            yield
        except Problem as problem:
            refused = problem
        assert (refused is None) is allowed, f"{what}: {refused.code + refused.detail if refused else 'done'}"

    def act(self, allowed: bool, what: object, act: Callable[[Connection], object]) -> bool:
        with self.expecting(allowed, what), self.services.db.transaction() as connection:
            act(connection)
        return allowed

    def some(self, number: int) -> Invited:
        return self.sent[number % len(self.sent)]

    def seen(self, one: Invited) -> int:
        return int(factories.row(self.world, one.id).version)

    @initialize()
    def everyone_is_invited(self) -> None:
        for graduate in range(GRADUATES):
            for employer in range(EMPLOYERS):
                self.send(graduate=graduate, employer=employer, days=5)

    @rule(picks=st.lists(st.integers(0, 1_000_000), min_size=4, max_size=10))
    def several_do_what_they_may(self, picks: list[int]) -> None:
        """Among acts tried blindly most are refused; this one takes the walk further."""
        for pick in picks:
            possible = self.possible()
            if possible:
                possible[pick % len(possible)]()

    def possible(self) -> list[Callable[[], object]]:
        """Every act that moves something on, by the rules."""
        found: list[Callable[[], object]] = [
            partial(self.send, graduate=graduate, employer=employer, days=5)
            for graduate in range(GRADUATES)
            for employer in range(EMPLOYERS)
            if self.may_send(graduate, employer)
        ]
        found += [partial(self.what_is_late_is_swept, number=number) for number in range(min(2, len(self.sent)))]
        for number, one in enumerate(self.sent):
            if self.answerable(one) and not self.commissioned[one.graduate]:
                found += [partial(self.accept, number=number)] * 3
            if one.state == "accepted" and one.stage == 0:
                found.append(partial(self.take_back, number=number))
            if one.stage is not None and one.stage < len(levels := self.stages_of(one)):
                paper = [other for other in self.sent if other.filed].index(one)
                found += [
                    partial(self.decide, number=paper, desk=levels[one.stage], person=person, verdict=verdict)
                    for person, verdict in ((0, Verdict.APPROVE), (1, Verdict.APPROVE), (1, Verdict.REJECT))
                    if verdict is Verdict.REJECT or not self.commissioned[one.graduate]
                ]
        return found

    # Employers

    @rule(graduate=st.integers(0, GRADUATES - 1), employer=st.integers(0, EMPLOYERS - 1), days=st.integers(1, 30))
    def send(self, graduate: int, employer: int, days: int) -> None:
        with self.expecting(self.may_send(graduate, employer), "send"):
            made = factories.send(self.world, self.graduates[graduate], employer=self.employers[employer], days=days)
            self.sent.append(Invited(made, graduate, employer, days=days))

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50), days=st.integers(-1, 32))
    def extend(self, number: int, days: int) -> None:
        one = self.some(number)
        allowed = one.state == "pending" and not one.late and one.days < days <= 30
        seen, until = self.seen(one), days_from_now(days)
        actor = self.employers[one.employer]
        if self.act(allowed, one, lambda c: invitation.extend(c, actor, one.id, seen=seen, respond_on=until)):
            one.days, one.last = days, "extend"

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50))
    def withdraw(self, number: int) -> None:
        one = self.some(number)
        allowed = (one.state == "pending" and not one.late) or one.state == "withdrawn"
        seen, actor = self.seen(one), self.employers[one.employer]
        if self.act(allowed, one, lambda c: invitation.withdraw(c, actor, one.id, seen=seen, reason="x")):
            one.state, one.last = "withdrawn", "withdraw"

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50))
    def replace(self, number: int) -> None:
        one = self.some(number)
        allowed = one.state == "pending" and not one.late and self.may_send(one.graduate, one.employer, besides=one)
        seen, actor = self.seen(one), self.employers[one.employer]
        made: list[uuid.UUID] = []

        def act(connection: Connection) -> None:
            invitation.make_way(connection, actor, one.id, seen=seen)
            made.append(
                factories.send_on(connection, self.world, self.graduates[one.graduate], employer=actor, replaces=one.id)
            )

        if self.act(allowed, one, act):
            one.state, one.last = "withdrawn", "withdraw"
            self.sent.append(Invited(made[0], one.graduate, one.employer))

    # Graduates

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50))
    def accept(self, number: int) -> None:
        one = self.some(number)
        fresh = self.answerable(one) and not self.commissioned[one.graduate]
        again = one.state == "accepted"
        row, actor = factories.row(self.world, one.id), self.graduates[one.graduate]
        if (
            self.act(
                fresh or again,
                one,
                lambda c: invitation.accept(
                    c, actor, one.id, seen=row.version, terms_hash=row.terms_hash, factor="pin"
                ),
            )
            and not again
        ):
            one.state, one.stage, one.last, one.verdicts = "accepted", 0, "accept", []
            one.filed = factories.filing_of(self.world, actor).id

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50))
    def refuse(self, number: int) -> None:
        one = self.some(number)
        allowed = self.answerable(one) or one.state == "refused"
        seen, actor = self.seen(one), self.graduates[one.graduate]
        if self.act(allowed, one, lambda c: invitation.refuse(c, actor, one.id, seen=seen, reason=None)):
            one.state, one.last = "refused", "refuse"

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50))
    def take_back(self, number: int) -> None:
        one = self.some(number)
        fresh = one.state == "accepted" and one.stage == 0
        again = one.state in ("pending", "expired") and one.last == "take_back"
        seen, actor = self.seen(one), self.graduates[one.graduate]
        if self.act(fresh or again, one, lambda c: invitation.take_back(c, actor, one.id, seen=seen)) and not again:
            one.state, one.last, one.stage = ("expired" if one.late else "pending"), "take_back", None

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50), answer=st.sampled_from([invitation.refuse, invitation.withdraw]))
    def somebody_else_tries(self, number: int, answer: Callable[..., None]) -> None:
        one = self.some(number)
        seen = self.seen(one)
        strangers = {
            invitation.withdraw: self.employers[(one.employer + 1) % EMPLOYERS],
            invitation.refuse: self.graduates[(one.graduate + 1) % GRADUATES],
        }
        self.act(False, one, lambda c: answer(c, strangers[answer], one.id, seen=seen, reason=None))

    # Offices

    @precondition(lambda self: any(one.filed for one in self.sent))
    @rule(
        number=st.integers(0, 50),
        desk=st.sampled_from(["counsellor", "college", "school"]),
        person=st.integers(0, 1),
        verdict=st.sampled_from([Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT]),
    )
    def decide(self, number: int, desk: str, person: int, verdict: Verdict) -> None:
        papers = [one for one in self.sent if one.filed]
        one = papers[number % len(papers)]
        office = self.offices[desk][person]
        who = person + 2 * ["counsellor", "college", "school"].index(desk)
        again = (who, verdict) in one.verdicts
        levels = self.stages_of(one)
        turn = one.stage is not None and one.stage < len(levels) and levels[one.stage] == desk
        fresh = turn and not (verdict is Verdict.APPROVE and self.commissioned[one.graduate])
        with self.services.db.reading() as connection:
            seen = connection.exec_driver_sql("SELECT version FROM filing WHERE id = %s", (one.filed,)).scalar_one()
        filed = one.filed
        assert filed is not None

        def act(connection: Connection) -> None:
            decision.decide(connection, office, filed, verdict, seen=seen, reason="不符")

        if self.act(fresh or again, (one, desk, verdict), act) and not again:
            one.verdicts.append((who, verdict))
            assert one.stage is not None
            one.stage = one.stage + 1 if verdict is Verdict.APPROVE else None

    def stages_of(self, one: Invited) -> tuple[str, ...]:
        with self.services.db.reading() as connection:
            found = connection.exec_driver_sql("SELECT stages FROM filing WHERE id = %s", (one.filed,)).scalar_one()
        return tuple(found)

    @rule(levels=st.sampled_from(LEVELS))
    def the_school_changes_its_levels(self, levels: tuple[str, ...]) -> None:
        with self.services.db.transaction() as connection:
            connection.exec_driver_sql(
                "UPDATE school SET stages = jsonb_build_object('*', to_jsonb(%s::text[])) WHERE id = %s",
                (list(levels), self.world.school_id),
            )

    @rule(graduate=st.integers(0, GRADUATES - 1), confirmed=st.booleans())
    def base_data_are_corrected_or_confirmed(self, graduate: int, confirmed: bool) -> None:
        self.confirmed[graduate] = confirmed
        self.set(graduate, base_state="confirmed" if confirmed else "changed")

    @rule(graduate=st.integers(0, GRADUATES - 1), commissioned=st.sampled_from([False, False, True]))
    def the_training_mode_is_corrected(self, graduate: int, commissioned: bool) -> None:
        self.commissioned[graduate] = commissioned
        self.set(graduate, training_mode="2" if commissioned else "1")

    def set(self, graduate: int, **columns: str) -> None:
        with self.services.db.transaction() as connection:
            connection.execute(
                update(Graduate).where(Graduate.id == self.graduates[graduate].graduate_id).values(**columns)
            )

    # The clock

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50))
    def a_deadline_passes(self, number: int) -> None:
        one = self.some(number)
        if not one.late:
            factories.let_deadline_pass(self.world, one.id)
            one.late = True

    def what_is_late_is_swept(self, number: int) -> None:
        self.a_deadline_passes(number=number)
        self.the_sweeper_looks()

    @rule()
    def the_sweeper_looks(self) -> None:
        due = [one for one in self.sent if one.state == "pending" and one.late]
        assert expire_due(self.services.db) == len(due)
        for one in due:
            one.state, one.last = "expired", "expire"

    def teardown(self) -> None:
        expire_due(self.services.db)  # what is late in this walk is not the next one's

    # What must hold

    @invariant()
    def nothing_is_broken(self) -> None:
        with self.services.db.reading() as connection:
            assert broken(connection) == []

    @invariant()
    def the_database_stands_where_the_rules_put_it(self) -> None:
        with self.services.db.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, state FROM invitation WHERE school_id = %s", (self.world.school_id,)
            ).all()
        assert {row.id: row.state for row in rows} == {one.id: one.state for one in self.sent}


def test_everyone_does_anything_in_any_order(services: Services) -> None:
    machine = type("Everyone", (Everyone,), {"services": services})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=WALKS or 20,
            derandomize=not WALKS,
            stateful_step_count=STEPS,
            deadline=timedelta(seconds=20),
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if "QX_SHRINK" in os.environ else (Phase.generate,),
            database=None,
        ),
    )
    with services.db.reading() as connection:
        done = set(connection.exec_driver_sql("SELECT DISTINCT action FROM event").scalars())
    assert done >= {
        "send",
        "accept",
        "refuse",
        "withdraw",
        "extend",
        "take_back",
        "expire",
        "approve",
        "reject",
        "take_effect",
    }, "the walks must go somewhere"
