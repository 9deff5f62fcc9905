"""What becomes of what was reported when it changes: it is confirmed as it is now, and reported anew."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import insert, select, update

from app.models import Claim, Confirmation, Event, ReportBatch
from app.problems import Stale
from app.workflows import confirmation, renewal
from app.workflows.advance import advance_many, open_many
from app.workflows.confirmation_machine import CONFIRMATION
from tests import moved
from tests.factories import World, make_graduate
from tests.moved import UNSURE, asked, changed, claim_moves, confirmed, registered, report, signed
from tests.support import assert_invariants


@pytest.fixture
def open_world(world: World) -> World:
    moved.open_all(world)
    return world


def test_what_changes_while_it_waits_is_confirmed_only_by_whoever_saw_the_change(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate, **UNSURE)
    report(open_world)
    shown = asked(open_world, graduate).version
    registered(open_world, graduate)
    assert asked(open_world, graduate).state == "todo"
    with pytest.raises(Stale), open_world.services.db.transaction() as connection:
        confirmation.confirm(connection, graduate, seen=shown)
    confirmed(open_world, graduate)
    assert_invariants(open_world.services)


def test_what_changes_again_before_it_is_confirmed_again_counts_too(open_world: World) -> None:
    graduate = make_graduate(open_world)
    registered(open_world, graduate)
    signed(open_world, graduate)
    report(open_world)
    confirmed(open_world, graduate)
    changed(open_world, graduate, "archive")
    shown = asked(open_world, graduate)
    assert shown.state == "again"
    changed(open_world, graduate, "archive")
    with pytest.raises(Stale), open_world.services.db.transaction() as connection:
        confirmation.confirm(connection, graduate, seen=shown.version)
    assert asked(open_world, graduate).state == "again"


def test_a_destination_completed_after_it_was_reported_is_to_be_reported_again(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    batch = uuid.uuid4()
    with open_world.services.db.transaction() as connection:
        connection.execute(
            insert(ReportBatch).values(
                id=batch,
                school_id=open_world.school_office.school_id,
                class_year=2026,
                system="school",
                scope="all",
                reported_on="2026-06-01",
                asked_by=open_world.school_office.id,
            )
        )
        connection.execute(
            update(Claim)
            .where(Claim.graduate_id == graduate.graduate_id)
            .values(batch_id=batch, reported_on="2026-06-01")
        )
    claim_moves(open_world, open_world.school_office, graduate, "amend")
    with open_world.services.db.reading() as connection:
        found = connection.execute(
            select(Claim.batch_id, Claim.reported_on).where(Claim.graduate_id == graduate.graduate_id)
        ).one()
    assert found.batch_id is None
    assert found.reported_on is not None, "when it was first reported stays"


def test_many_confirmations_are_opened_and_asked_for_anew_at_once(open_world: World) -> None:
    people = [make_graduate(open_world) for _ in range(3)]
    signed(open_world, people[0])
    report(open_world)
    office = open_world.school_office
    rows = [
        {
            "id": uuid.uuid4(),
            "school_id": office.school_id,
            "graduate_id": one.graduate_id,
            "reported_on": "2026-06-01",
            "system": "校内登记",
        }
        for one in people
    ]
    table = renewal.CONFIRMATION_TABLE
    with open_world.services.db.transaction() as connection:
        opened = open_many(connection, CONFIRMATION, table, "report", rows, office, facts={"system": "校内登记"})
        assert set(opened) == {row["id"] for row in rows[1:]}, "who was asked before is left alone"
        assert open_many(connection, CONFIRMATION, table, "report", [], office) == []
        again = {"reported_on": "2026-07-01", "system": "省级登记系统"}
        anew = advance_many(
            connection, CONFIRMATION, table, "report_again", opened[:1], office, source="todo", values=again
        )
    assert anew == opened[:1]
    with open_world.services.db.reading() as connection:
        row = connection.execute(select(Confirmation).where(Confirmation.id == anew[0])).one()
        told = connection.scalars(select(Event.name).where(Event.subject == anew[0]).order_by(Event.version)).all()
    assert (row.state, row.version, str(row.reported_on), row.system) == ("again", 2, "2026-07-01", "省级登记系统")
    assert told == ["confirmation.reported", "confirmation.reported_again"]
    assert_invariants(open_world.services)
