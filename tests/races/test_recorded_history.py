"""Everyone acts on the same few graduates at once; afterwards the record of what each was told is held against history.

As Jepsen does it: every operation is recorded with when it began, when it ended and what it was told. Whatever was
answered with success must stand in the database under its own number, whatever was refused must not, and what ended
before something else began must come before it there.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, select, text

from app.access import CLOCK, Actor, Role
from app.models import ClaimState, Filing, Invitation, TerminationState, Verdict
from app.models.filing import AT_DESKS
from app.services import Services
from app.workflows import decision, invitation, termination
from app.workflows.deadlines import expire_due
from tests import factories
from tests.factories import World, days_from_now, make_employer, make_graduate, make_staff, make_world
from tests.races.rivals import SIZE, outcome
from tests.support import assert_invariants

OPERATIONS = int(1_000 * SIZE)
GRADUATES, EMPLOYERS, THREADS = (200, 20, 64) if OPERATIONS >= 50_000 else (20, 5, 32)
"""QX_RACES=100 is the full size: 100,000 operations of 64 threads on 200 graduates and 20 employers."""

# A signing that stands, or one of which somebody has asked that it end.
_TO_END = text("""
    SELECT c.id AS claim, c.graduate_id, i.employer_id, t.id AS termination, t.version
    FROM claim c JOIN invitation i ON i.id = c.invitation_id
        LEFT JOIN termination t ON t.claim_id = c.id AND t.state = :open
    WHERE c.state = :signed OR t.id IS NOT NULL ORDER BY random() LIMIT 1
""")
Choice = tuple[str, uuid.UUID | None, Callable[[Connection], object] | None]
"""The name of an operation, its subject and the act itself."""
EXPIRE: Choice = "expire", None, None


@dataclass(frozen=True)
class Recorded:
    """One operation as its caller lived it."""

    number: str
    name: str
    subject: uuid.UUID | None
    began: float
    ended: float
    told: str


class Crowd:
    """Graduates, employers and offices who do anything at any time."""

    def __init__(self, services: Services, seed: int) -> None:
        self.services = services
        self.world: World = make_world(services)
        self.graduates = [make_graduate(self.world) for _ in range(GRADUATES)]
        self.employers = [self.world.employer, *(make_employer(self.world) for _ in range(EMPLOYERS - 1))]
        college, school = self.world.colleges[0], None
        self.offices = [
            self.world.college_office,
            make_staff(self.world, Role.COLLEGE, "李老师", college_id=college),
            self.world.school_office,
            make_staff(self.world, Role.SCHOOL, "王老师", college_id=school),
        ]
        self.random = random.Random(seed)
        self.numbers = itertools.count()
        self.record: list[Recorded] = []
        self.grew: dict[tuple[int, uuid.UUID], int] = {}
        self.shrank: list[uuid.UUID] = []

    def act(self, _: int) -> None:
        """One operation of somebody, chosen at random, recorded."""
        dice = random.Random(self.random.random())
        number = f"r{next(self.numbers):06d}"  # shorter than the ids of requests over HTTP
        name, subject, act = self._choose(dice, number)
        began = time.monotonic()
        if act is None:  # the clock's tick, on connections of its own
            expire_due(self.services.db)
        told = outcome(self.services, act) if act is not None else "ok"
        self.record.append(Recorded(number, name, subject, began, time.monotonic(), told))

    def _choose(self, dice: random.Random, number: str) -> Choice:
        kind = dice.choices(("send", "answer", "employer", "decide", "end", "clock"), (6, 10, 6, 8, 3, 2))[0]
        if kind == "clock":
            return EXPIRE
        if kind == "send":
            employer, graduate = dice.choice(self.employers), dice.choice(self.graduates)
            return "send", None, partial(self._send, replace(employer, request_id=number), graduate)
        if kind == "decide":
            return self._deciding(dice, number)
        if kind == "end":
            return self._ending(dice, number)
        one = self._some(dice)
        if one is None:
            return EXPIRE
        if dice.random() < 0.05:
            return "deadline", None, partial(self._let_deadline_pass, one.id)
        return self._answering(dice, number, one) if kind == "answer" else self._changing(dice, number, one)

    def _answering(self, dice: random.Random, number: str, one: Any) -> Choice:
        actor = next(graduate for graduate in self.graduates if graduate.graduate_id == one.graduate_id)
        me = replace(actor, request_id=number)
        weights = (2, 2, 12) if one.state == "accepted" else (8, 4, 1)
        name = dice.choices(("accept", "refuse", "take_back"), weights)[0]
        acts: dict[str, Callable[[Connection], object]] = {
            "accept": lambda c: invitation.accept(
                c, me, one.id, seen=one.version, terms_hash=one.terms_hash, factor="pin"
            ),
            "refuse": lambda c: invitation.refuse(c, me, one.id, seen=one.version, reason=None),
            "take_back": lambda c: invitation.take_back(c, me, one.id, seen=one.version),
        }
        return name, one.id, acts[name]

    def _changing(self, dice: random.Random, number: str, one: Any) -> Choice:
        actor = next(employer for employer in self.employers if employer.employer_id == one.employer_id)
        me = replace(actor, request_id=number)
        if dice.random() < 0.5:
            day = days_from_now(dice.randint(6, 30))
            return "extend", one.id, lambda c: invitation.extend(c, me, one.id, seen=one.version, respond_on=day)
        return "withdraw", one.id, lambda c: invitation.withdraw(c, me, one.id, seen=one.version, reason=None)

    def _deciding(self, dice: random.Random, number: str) -> Choice:
        with self.services.db.reading() as connection:
            papers = connection.execute(_some_of(dice, Filing, AT_DESKS)).all()
        if not papers:
            return EXPIRE
        (paper,) = papers
        office = replace(dice.choice(self.offices), request_id=number)
        verdict = dice.choice((Verdict.APPROVE, Verdict.REJECT))
        return (
            verdict.value,
            paper.id,
            lambda c: decision.decide(c, office, paper.id, verdict, seen=paper.version, reason="不符"),
        )

    def _ending(self, dice: random.Random, number: str) -> Choice:
        """解约: a party asks, answers or takes it back."""
        with self.services.db.reading() as connection:
            pick = {"signed": ClaimState.EFFECTIVE, "open": TerminationState.PENDING}
            rows = connection.execute(_TO_END, pick).all()
        if not rows:
            return EXPIRE
        (one,) = rows
        graduate = next(actor for actor in self.graduates if actor.graduate_id == one.graduate_id)
        employer = next(actor for actor in self.employers if actor.employer_id == one.employer_id)
        me = replace(dice.choice((graduate, employer)), request_id=number)
        if one.termination is None:
            return "request", None, lambda c: termination.request(c, me, one.claim, reason="study", note=None)
        name = dice.choices(("accept", "refuse", "cancel"), (6, 1, 1))[0]
        way = {"accept": termination.accept, "refuse": termination.refuse, "cancel": termination.cancel}[name]
        return f"{name} ending", one.termination, lambda c: way(c, me, one.termination, seen=one.version)

    def _some(self, dice: random.Random) -> Any:
        """An invitation as one of the crowd sees it; what it saw earlier must not have been newer."""
        with self.services.db.reading() as connection:
            rows = connection.execute(_some_of(dice, Invitation, ("pending", "accepted"))).all()
        if not rows:
            return None
        (one,) = rows
        key = (threading.get_ident(), one.id)
        if self.grew.get(key, 0) > one.version:
            self.shrank.append(one.id)
        self.grew[key] = one.version
        return one

    def _send(self, employer: Actor, graduate: Actor, connection: Connection) -> None:
        factories.send_on(connection, self.world, graduate, employer=employer, days=random.randint(1, 5))

    def _let_deadline_pass(self, one: uuid.UUID, connection: Connection) -> None:
        connection.execute(
            text("""UPDATE invitation SET respond_by = clock_timestamp(), sent_at = sent_at - interval '5 days'
                WHERE id = :id AND respond_by > clock_timestamp()"""),
            {"id": one},
        )


def _some_of(dice: random.Random, model: type[Filing] | type[Invitation], alive: Sequence[str]) -> Select[Any]:
    """One row by chance, mostly one under way; found along the key, as sorting all of them would take up the run."""
    where = [model.id >= uuid.UUID(int=dice.getrandbits(128))]
    if dice.random() < 0.8:
        where.append(model.state.in_(alive))
    return select(model.__table__).where(*where).order_by(model.id).limit(1)


def test_what_each_was_told_is_what_happened(crowded: Services) -> None:
    crowd = Crowd(crowded, seed=20_260_701)
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(crowd.act, range(OPERATIONS)):
            pass
    assert_invariants(crowded)
    assert crowd.shrank == [], "a version seen once is never undone"

    with crowded.db.reading() as connection:
        rows = connection.execute(
            text("SELECT id, subject, version, action, actor_id, actor_role, request_id FROM event ORDER BY id")
        ).all()
    written: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        written[row.request_id].append(row)
    by_clock = written.pop(CLOCK.request_id, [])
    assert {row.action for row in by_clock} <= {"expire"}

    told = Counter((one.name, one.told) for one in crowd.record)
    for one in crowd.record:
        mine = written.pop(one.number, [])
        if one.told != "ok":
            assert mine == [], f"{one} was refused, yet it is written"
        elif one.name not in ("expire", "deadline") and not mine:
            _assert_second_click(rows, one)
    assert written == {}, "nothing is written that nobody did"
    _assert_real_time_order(crowd.record, rows)
    done = {name for name, code in told if code == "ok"}
    assert done >= {"send", "accept", "refuse", "take_back", "withdraw", "extend", "approve", "reject"}, told
    assert done >= {"request", "accept ending"}, told
    refused = {code for _, code in told}
    assert refused >= {"lane_held", "not_now"}, told


def _assert_second_click(rows: Any, one: Recorded) -> None:
    """A success that wrote nothing repeats what the same actor had done to the same subject."""
    actions = {"take_back": {"take_back", "lapse"}}.get(one.name, {one.name.removesuffix(" ending")})
    assert any(row.subject == one.subject and row.action in actions for row in rows), one


def _assert_real_time_order(record: list[Recorded], rows: Any) -> None:
    """Of two successes on one subject, the one that ended before the other began has the smaller version."""
    spans = {one.number: one for one in record}
    of_subject: dict[uuid.UUID, list[tuple[int, Recorded]]] = defaultdict(list)
    for row in rows:
        if row.request_id in spans:
            of_subject[row.subject].append((row.version, spans[row.request_id]))
    compared = 0
    for written in of_subject.values():
        for (version, one), (later_version, other) in itertools.combinations(sorted(written, key=lambda v: v[0]), 2):
            assert version < later_version
            assert not other.ended < one.began, f"{other} was over before {one} began, yet comes after it"
            compared += 1
    assert compared > 20
