"""Graduates who file whatever kinds there are, in any order, beside offices, settings and the clock.

No kind is named: a further one is walked as well. A small model, written from the rules, says of every act that
succeeded whether it was allowed to; what must hold in the database is asked after every step.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlalchemy import Connection, text

from app.access import Actor, Role
from app.models import ClaimState, Lane, Verdict
from app.models.claim import HOLDING
from app.problems import Problem
from app.services import Services
from app.workflows import decision, filing, roster, voiding
from app.workflows.advance import Move, advance
from app.workflows.filing_machine import DESKS, STAGE_OF, Way
from app.workflows.kinds import KINDS
from app.workflows.machine import Situation
from app.workflows.roster_machine import BASE_DATA
from tests import factories, filed, filled
from tests.factories import World, make_graduate, make_staff, make_world

GRADUATES = 3
OWN = filled.own_kinds()
CHOICES = [*OWN, *(kind for kind in OWN if kind.lane is Lane.DESTINATION for _ in range(4 if kind.voidable else 3))]
"""What is begun, most often what all else is about."""
LEVELS = (("college", "school"), ("school",), ("counsellor", "college", "school"))
_codes = itertools.count(20_000)
people = st.integers(0, GRADUATES - 1)
# Drawn from a list, as integers at random are small ones mostly.
numbers = st.sampled_from(range(2_520))


def base_data_step(by: Actor, whose: Actor, action: str, connection: Connection) -> None:
    """A step of 基本信息, as an import takes it."""
    row: Any = connection.execute(
        text("SELECT *, clock_timestamp() AS now FROM graduate WHERE id = :id"), {"id": whose.graduate_id}
    ).one()
    advance(connection, Move(BASE_DATA, roster.GRADUATE, action, Situation(row, by, row.now)))


class Filers(RuleBasedStateMachine):
    """One school, three graduates, an employer, two people at every desk."""

    services: Services
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.world: World = make_world(self.services, code=f"{next(_codes)}")
        filed.open_modules(self.world)
        self.graduates = [make_graduate(self.world, commissioned_by="绍兴市教育局") for _ in range(GRADUATES)]
        first = self.world.colleges[0]
        self.offices = {
            stage: [make_staff(self.world, role, name, college_id=self._college(role, first)) for name in "甲乙"]
            for stage, (_, role) in DESKS.items()
        }
        self.filings: list[tuple[uuid.UUID, int]] = []
        """each with the number of its graduate"""
        self.closed: set[str] = set()
        self.turns = 0

    @staticmethod
    def _college(role: Role, college: int) -> int | None:
        return None if role is Role.SCHOOL else college

    # What stands, and what the rules say of it

    def claims(self, graduate: int) -> list[Any]:
        """What holds the lane of the graduate's destination, from the database."""
        query = text("SELECT * FROM claim WHERE graduate_id = :id AND state = ANY(:holding)")
        with self.services.db.reading() as connection:
            found = {"id": self.graduates[graduate].graduate_id, "holding": [state.value for state in HOLDING]}
            return list(connection.execute(query, found).all())

    def under_review(self, graduate: int, lane: str) -> int:
        query = text("SELECT count(*) FROM filing WHERE graduate_id = :id AND lane = :lane AND state = ANY(:desks)")
        with self.services.db.reading() as connection:
            values = {"id": self.graduates[graduate].graduate_id, "lane": lane, "desks": list(STAGE_OF)}
            return int(connection.execute(query, values).scalar_one())

    def may_hand_in(self, number: int, actor: Actor) -> bool:
        """Open, known to be right, nothing else on the way; about a claim that stands where it may be about one."""
        made, graduate = self.filings[number]
        row = filed.row(self.world, made)
        kind, held = KINDS[row.kind], self.claims(graduate)
        if row.state not in ("draft", "returned") or (kind.module and kind.module.value in self.closed):
            return False
        if not self.may_file(graduate, actor):
            return False
        if self.under_review(graduate, row.lane):
            return False
        if kind.lane is Lane.DESTINATION:
            return not held
        if not kind.about:
            return True
        fitting = [claim for claim in held if ClaimState(claim.state) in kind.about and claim.id == row.claim_id]
        return bool(fitting) and (not kind.of_kinds or fitting[0].kind in kind.of_kinds)

    def act(self, name: str, allowed: bool, act: Callable[[Connection], object]) -> bool:
        """Try it. What succeeds was allowed; a refusal is a problem with its code, anything else fails."""
        try:
            with self.services.db.transaction() as connection:
                act(connection)
        except Problem as problem:
            self.done[f"{name}: {problem.code}"] += 1
            return False
        assert allowed, f"{name} succeeded against the rules"
        self.done[name] += 1
        return True

    # Graduates, and offices on their behalf

    @rule(graduate=people, pick=numbers, office=st.sampled_from([False, False, False, True]))
    def somebody_begins(self, graduate: int, pick: int, office: bool) -> None:
        """A draft of any kind and type, filled in as a client would; by the college now and then."""
        kind = CHOICES[pick % len(CHOICES)]
        types = filled.variants(kind)
        variant = types[pick // len(CHOICES) % len(types)]
        whose = self.graduates[graduate]
        actor = self.offices["college"][0] if office else whose
        assert whose.graduate_id is not None
        graduate_id, made = whose.graduate_id, []

        def act(connection: Connection) -> None:
            made.append(filing.draft(connection, actor, graduate_id, kind, variant=variant))

        allowed = actor.role in kind.by and not (kind.module and kind.module.value in self.closed)
        allowed = allowed and self.may_file(graduate, actor)
        if self.act(f"begin {kind.name}", allowed, act):
            if (made[0], graduate) not in self.filings:
                self.filings.append((made[0], graduate))
            self.complete(made[0], actor, whose)

    def complete(self, made: uuid.UUID, actor: Actor, whose: Actor) -> None:
        try:
            filled.fill_in(self.world, actor, made, whose=whose)
        except Problem as problem:
            self.done[f"save: {problem.code}"] += 1

    @rule(number=numbers)
    def it_is_handed_in(self, number: int) -> None:
        if not self.filings:
            return
        made, _, actor = self.filer(number)
        seen = filed.row(self.world, made).version
        allowed = self.may_hand_in(number % len(self.filings), actor) or self.repeated(made, "submit")
        self.act("submit", allowed, lambda c: filing.submit(c, actor, made, seen=seen, sealer=self.world.sealer))

    def filer(self, number: int) -> tuple[uuid.UUID, int, Actor]:
        """A filing, whose it is, and who made it: the graduate or the office that files on the graduate's behalf."""
        made, graduate = self.filings[number % len(self.filings)]
        by = filed.row(self.world, made).filed_by
        office = next((who for pair in self.offices.values() for who in pair if who.id == by), None)
        return made, graduate, office or self.graduates[graduate]

    def repeated(self, subject: uuid.UUID, action: str) -> bool:
        """Whether the last thing that happened to it was this: done again it is a second click and changes nothing."""
        query = text("SELECT action FROM event WHERE subject = :id ORDER BY version DESC LIMIT 1")
        with self.services.db.reading() as connection:
            return connection.execute(query, {"id": subject}).scalar() == action

    @rule(number=numbers, way=st.sampled_from([filing.withdraw, filing.withdraw, filing.discard]))
    def it_is_taken_back(self, number: int, way: Callable[..., None]) -> None:
        if not self.filings:
            return
        made, _, actor = self.filer(number)
        row = filed.row(self.world, made)
        may = {filing.withdraw: {DESKS[row.stages[0]][0].value}, filing.discard: {"draft", "returned"}}[way]
        allowed = row.state in may or self.repeated(made, way.__name__)
        self.act(way.__name__, allowed, lambda c: way(c, actor, made, seen=row.version))

    @rule(graduate=people)
    def a_destination_is_voided(self, graduate: int) -> None:
        whose = self.graduates[graduate]
        for claim in self.claims(graduate):
            module = KINDS[claim.kind].module
            allowed = claim.state == "effective" and KINDS[claim.kind].voidable and self.may_file(graduate, whose)
            allowed = allowed and not (module and module.value in self.closed) and not self.at_desks(claim.id)
            void = partial(voiding.void, actor=whose, claim_id=claim.id, seen=claim.version, reason="另有去处")
            self.act("void", allowed, void)

    def at_desks(self, claim: uuid.UUID) -> bool:
        """Whether anything filed about this claim is under review."""
        return any(
            row.claim_id == claim and row.lane == "claim" and row.state in STAGE_OF
            for row in (filed.row(self.world, made) for made, _ in self.filings)
        )

    # Offices

    @rule(
        number=numbers,
        desk=st.sampled_from(list(DESKS)),
        person=st.integers(0, 1),
        verdict=st.sampled_from([Verdict.APPROVE, Verdict.APPROVE, Verdict.RETURN, Verdict.REJECT]),
    )
    def a_desk_decides(self, number: int, desk: str, person: int, verdict: Verdict) -> None:
        if not self.filings:
            return
        made, _ = self.filings[number % len(self.filings)]
        row, office = filed.row(self.world, made), self.offices[desk][person]
        turn = STAGE_OF.get(row.state) == desk and office.id != row.filed_by
        allowed = (turn and (verdict is not Verdict.RETURN or KINDS[row.kind].way is Way.FORM)) or self.gave(
            made, office
        )
        said: dict[str, Any] = {"note": "已核实。"} if verdict is Verdict.APPROVE else {"reason": "看不清楚"}
        name = f"{verdict.value} {row.kind}"
        self.act(name, allowed, lambda c: decision.decide(c, office, made, verdict, seen=row.version, **said))

    def gave(self, made: uuid.UUID, office: Actor) -> bool:
        query = text("SELECT count(*) FROM review WHERE filing_id = :id AND account_id = :who")
        with self.services.db.reading() as connection:
            return bool(connection.execute(query, {"id": made, "who": office.id}).scalar_one())

    @rule(seed=st.integers(0, 2**32))
    def several_go_on_as_they_should(self, seed: int) -> None:
        """Of acts tried blindly most are refused; this one takes the walk further. By a seed, as what is drawn piece by
        piece is small and alike mostly."""
        chance = self.chance(seed)
        for _ in range(8):
            what, pick = chance.randrange(10), chance.randrange(2_520)
            if what < 2 or not self.filings:
                self.somebody_begins(graduate=pick % GRADUATES, pick=pick // GRADUATES, office=False)
            elif what == 2:
                state = filed.row(self.world, self.filings[pick % len(self.filings)][0]).state
                self.it_is_taken_back(number=pick, way=filing.withdraw if state in STAGE_OF else filing.discard)
            elif what == 3:
                self.a_destination_is_voided(graduate=pick % GRADUATES)
            else:
                self.it_goes_on(pick)

    def chance(self, seed: int) -> random.Random:
        """Another course each time, though the same seeds be drawn again and again."""
        self.turns += 1
        return random.Random(f"{seed} {self.turns}")

    def it_goes_on(self, number: int) -> None:
        """What comes next by itself: corrected, handed in, approved by the desk that has it."""
        made, graduate, actor = self.filer(number)
        state = filed.row(self.world, made).state
        if state == "returned":
            self.complete(made, actor, self.graduates[graduate])
        if state in ("draft", "returned"):
            self.it_is_handed_in(number=number)
        elif (desk := STAGE_OF.get(state)) is not None:
            self.a_desk_decides(number=number, desk=desk, person=1, verdict=Verdict.APPROVE)

    @rule(number=numbers, late=st.booleans())
    def the_next_level_takes_it_up(self, number: int, late: bool) -> None:
        if not self.filings:
            return
        made, _ = self.filings[number % len(self.filings)]
        if late:
            self.set("UPDATE filing SET due_on = current_date - 20 WHERE id = :id AND due_on IS NOT NULL", id=made)
        row = filed.row(self.world, made)
        levels = list(row.stages)
        at = levels.index(STAGE_OF[row.state]) if row.state in STAGE_OF else len(levels)
        if at + 1 < len(levels):
            office = self.offices[levels[at + 1]][0]
            allowed = late or self.repeated(made, "take_up")
            overdue = row.due_on is not None and row.due_on < factories.days_from_now(-10)
            self.act("take_up", allowed or overdue, lambda c: decision.take_up(c, office, made, seen=row.version))

    # Settings and data

    @rule(opened=st.booleans())
    def the_school_switches_its_modules(self, opened: bool) -> None:
        self.closed = set() if opened else {kind.module.value for kind in OWN if kind.module}
        closes = None if opened else "2026-01-02"
        statement = "UPDATE module SET opens_at = '2026-01-01', closes_at = CAST(:closes AS timestamptz)"
        self.set(f"{statement} WHERE school_id = :school", closes=closes, school=self.world.school_id)

    @rule(levels=st.sampled_from(LEVELS), void_review=st.sampled_from(["never", "reported", "always"]))
    def the_school_changes_its_levels(self, levels: tuple[str, ...], void_review: str) -> None:
        self.set(
            "UPDATE school SET stages = jsonb_build_object('*', to_jsonb(CAST(:levels AS text[]))),"
            " void_review = :void WHERE id = :school",
            levels=list(levels),
            void=void_review,
            school=self.world.school_id,
        )

    @rule(graduate=people, mode=st.sampled_from(["1", "1", "2"]), confirmed=st.sampled_from([True, True, False]))
    def base_data_are_corrected_and_confirmed(self, graduate: int, mode: str, confirmed: bool) -> None:
        whose = self.graduates[graduate]
        changed = "UPDATE graduate SET training_mode = :mode WHERE id = :id"
        self.set(changed, mode=mode, id=whose.graduate_id)
        if self.base(graduate).base_state == "confirmed":
            self.act("correct", True, partial(base_data_step, self.world.school_office, whose, "correct"))
        if confirmed:
            row = self.base(graduate)
            allowed = row.base_state in ("uploaded", "changed") or self.repeated(row.id, "confirm")
            self.act("confirm", allowed, lambda c: roster.confirm_base_data(c, whose, seen=row.version))

    def base(self, graduate: int) -> Any:
        """The graduate's row."""
        query = text("SELECT id, version, base_state, training_mode, hukou_moved FROM graduate WHERE id = :id")
        with self.services.db.reading() as connection:
            return connection.execute(query, {"id": self.graduates[graduate].graduate_id}).one()

    def may_file(self, graduate: int, actor: Actor) -> bool:
        """Whoever files for oneself has confirmed the base data; nobody files for whom the school has deleted."""
        state = self.base(graduate).base_state
        return bool(state == "confirmed" if actor.role is Role.GRADUATE else state != "deleted")

    def set(self, statement: str, **values: Any) -> None:
        with self.services.db.transaction() as connection:
            connection.execute(text(statement), values)
