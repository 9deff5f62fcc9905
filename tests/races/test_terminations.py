"""Both parties, the school and a new invitation at the same moment: one outcome, and everyone is told which."""

from __future__ import annotations

import uuid
from functools import partial

from sqlalchemy import Connection, select, text

from app.access import Actor
from app.models import Termination, Verdict
from app.services import Services
from app.workflows import decision, termination
from tests import factories, filed
from tests.factories import World, ask_to_end, claim_of, make_graduate, make_world, send_on, sign
from tests.races.rivals import at_once, outcome, rounds
from tests.support import assert_invariants


def stored(world: World, which: uuid.UUID) -> tuple[str, int]:
    with world.services.db.reading() as connection:
        row = connection.execute(select(Termination.state, Termination.version).where(Termination.id == which)).one()
    return row.state, row.version


def test_both_parties_ask_at_once_and_one_request_stands(crowded: Services) -> None:
    world = make_world(crowded)
    for _ in range(rounds(10)):
        graduate = make_graduate(world)
        sign(world, graduate)
        claim = claim_of(world, graduate)

        def ask(actor: Actor, connection: Connection, claim_id: uuid.UUID = claim.id) -> None:
            termination.request(connection, actor, claim_id, reason="study", note=None)

        found = at_once([partial(outcome, crowded, partial(ask, actor)) for actor in (graduate, world.employer)])
        assert sorted(found) in (["already_ending", "ok"], ["not_now", "ok"])
    assert_invariants(crowded)


def test_of_accept_refuse_cancel_and_settle_exactly_one_happens(crowded: Services) -> None:
    world = make_world(crowded)
    for _ in range(rounds(15)):
        graduate = make_graduate(world)
        sign(world, graduate)
        made = ask_to_end(world, graduate, graduate)
        with crowded.db.transaction() as connection:
            connection.execute(text("UPDATE termination SET created_at = created_at - interval '16 days'"))
        with crowded.db.transaction() as connection:
            termination.ask_help(connection, graduate, made, seen=1)
        _, seen = stored(world, made)
        acts = [
            partial(termination.accept, actor=world.employer),
            partial(termination.refuse, actor=world.employer),
            partial(termination.cancel, actor=graduate),
            partial(termination.settle, actor=world.school_office, agreed=True, note="已电话联系双方"),
        ]

        def run(act: partial[None], connection: Connection, made: uuid.UUID = made, seen: int = seen) -> None:
            act(connection, termination_id=made, seen=seen)

        found = at_once([partial(outcome, crowded, partial(run, act)) for act in acts])
        assert found.count("ok") == 1
        # Over HTTP who is told under_review looks once more and hears what the other did.
        assert set(found) <= {"ok", "not_now", "stale", "under_review"}
        happened = ("accepted", "refused", "cancelled", "settled")[found.index("ok")]
        assert stored(world, made)[0] == happened
    assert_invariants(crowded)


def test_a_new_invitation_beside_the_last_approval_comes_after_it_or_not_at_all(crowded: Services) -> None:
    world = make_world(crowded)
    for _ in range(rounds(10)):
        graduate = make_graduate(world)
        sign(world, graduate)
        made = ask_to_end(world, graduate, graduate)
        with crowded.db.transaction() as connection:
            termination.accept(connection, world.employer, made, seen=1)
        paper = factories.filing_of(world, graduate).id
        filed.decide(world, world.college_office, paper)
        seen = filed.row(world, paper).version

        def approve(connection: Connection, paper: uuid.UUID = paper, seen: int = seen) -> None:
            decision.decide(connection, world.school_office, paper, Verdict.APPROVE, seen=seen)

        def invite(connection: Connection, graduate: Actor = graduate) -> None:
            send_on(connection, world, graduate)

        first, second = at_once([partial(outcome, crowded, act) for act in (approve, invite)])
        assert first == "ok" and second in ("ok", "not_now")
        assert claim_of(world, graduate).state == "terminated"
    assert_invariants(crowded)
