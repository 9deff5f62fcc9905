"""What is done about archive and hukou records, in every state they can be in: what is declared happens, nothing else.

Whatever kinds stand in their lanes are tried, and 核对无误, by everybody over HTTP.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.access import Actor, Role
from app.models import TransferState
from app.services import Services
from app.workflows import filing_rows, transfer_rows
from app.workflows.advance import advance
from app.workflows.kind import Kind
from app.workflows.kinds import KINDS
from app.workflows.machine import NOTHING, Situation
from app.workflows.transfer_machine import TRANSFER
from app.workflows.transfer_rows import MATTERS
from tests import filed, filled, moved
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import World, make_graduate, make_staff, make_world
from tests.support import assert_invariants
from tests.uploads.made import make_upload

# State → the steps of the machine that lead there from a registered record; none at all without one.
PLACES: dict[str, tuple[str, ...] | None] = {
    NOTHING: None,
    TransferState.ACTIVE: (),
    TransferState.DOUBTFUL: ("doubt",),
    TransferState.LAPSED: ("lapse",),
}


def of_lane(lane: str) -> list[Kind]:
    return [kind for kind in KINDS.values() if kind.lane == lane]


def registering(lane: str) -> Kind:
    """The kind that may be begun where nothing is registered."""
    return next(kind for kind in of_lane(lane) if "nothing_registered" in {guard.name for guard in kind.guards})


def make_case(world: World, lane: str, state: str) -> Actor:
    """A graduate whose record is in this state."""
    graduate, way = make_graduate(world, hukou_moved=True), PLACES[state]
    if way is None:
        return graduate
    made = filed.draft(world, graduate, registering(lane).name)
    filled.fill_in(world, graduate, made)
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    for action in way:
        with world.services.db.transaction() as connection:
            take(connection, world, graduate, lane, action)
    assert standing(world, graduate, lane) == state
    return graduate


def take(connection: Connection, world: World, graduate: Actor, lane: str, action: str) -> None:
    record = moved.record(world, graduate, lane)
    now: Any = connection.scalar(text("SELECT clock_timestamp()"))
    advance(connection, transfer_rows.moved(record, action, Situation(record, world.school_office, now)))


def standing(world: World, graduate: Actor, lane: str) -> str:
    found = moved.record(world, graduate, lane)
    return str(found.state) if found is not None else NOTHING


def handed_in(world: World, graduate: Actor, kind: Kind, mine: Caller) -> str:
    """Begun, filled in and handed in; the filing's id."""
    page = mine.act("/my/filings", {"kind": kind.name}).get_json()
    path = f"/my/filings/{page['id']}"
    for form, files in filled.rounds(lambda: mine.get(path).get_json()["editor"], lambda: make_upload(world, graduate)):
        assert mine.on(path, "save", {"form": form, "files": files}).status_code == 200
    assert mine.on(path, "submit").status_code == 200
    return str(page["id"])


@pytest.mark.parametrize("lane", MATTERS)
def test_what_is_declared_of_a_record_is_possible_and_nothing_else_is(
    services: Services, calling: Calling, lane: str
) -> None:
    world = make_world(services, code="18888")
    moved.open_all(world)
    others = {
        "employer": world.employer,
        "counsellor": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        "college": world.college_office,
        "school": world.school_office,
        "another graduate": make_graduate(world, hukou_moved=True),
    }
    keeping = {step.source for step in TRANSFER.steps if step.action == "keep" and Role.GRADUATE in step.by}
    taken = set()
    for state in PLACES:
        graduate = make_case(world, lane, state)
        mine, version = calling(graduate), getattr(moved.record(world, graduate, lane), "version", 0)
        for name, actor in others.items():
            answer = calling(actor).act(f"/my/transfers/{lane}/keep", {}, etag=f'"{version}"')
            assert answer.status_code in (403, 404), (state, name)
        kept = mine.act(f"/my/transfers/{lane}/keep", {}, etag=f'"{version}"')
        assert (kept.status_code == 200) is (state in keeping), (state, kept.get_json())
        for kind in of_lane(lane):
            graduate = make_case(world, lane, state)
            with services.db.reading() as connection:
                row = filing_rows.person(connection, graduate, graduate.graduate_id)  # type: ignore[arg-type]
            declared = kind.obstacle(filing_rows.situation_of(row, graduate)) is None
            mine = calling(graduate)
            if not declared:
                assert mine.act("/my/filings", {"kind": kind.name}).status_code == 409, (state, kind.name)
                continue
            made = handed_in(world, graduate, kind, mine)
            assert standing(world, graduate, lane) == state, "the old data hold until it is approved"
            for office in (world.college_office, world.school_office):
                assert calling(office).on(f"/filings/{made}", "approve").status_code == 200
            assert standing(world, graduate, lane) == TransferState.ACTIVE
            taken.add(state)
    assert taken == set(PLACES), "from every state there is a way to a record that holds"
    with services.db.reading() as connection:
        rows = connection.execute(text("SELECT DISTINCT action, source FROM event WHERE machine = 'transfer'")).all()
    ours = {(step.action, step.source) for step in TRANSFER.steps} - {("lapse", TransferState.DOUBTFUL)}
    assert {tuple(row) for row in rows} == ours
    assert_invariants(services)
