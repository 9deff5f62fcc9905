"""Makes what tests of archive and hukou need: data, records, signings that bring them along, confirmations."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select, text

from app import clock
from app.access import Actor
from app.codes import directory
from app.models import Confirmation, ReportScope, ReportSystem, Termination, Transfer
from app.workflows import archive_directory, confirmation, reporting, termination
from app.workflows.advance import Move, advance
from app.workflows.claim_machine import CLAIM
from app.workflows.destination import CLAIM_TABLE
from app.workflows.machine import Situation
from tests import factories, filed
from tests.factories import World

ADDRESS = {
    "transfer": "1",
    "receiver_name": "杭州市人才服务局档案中心",
    "region": "330108",
    "address": "江南大道 100 号",
    "postcode": "310051",
    "contact": "档案科",
    "phone": "0571-87700000",
}
HUKOU_ADDRESS = {"transfer": "1", "region": "330108", "address": "江南大道 100 号"}
BROUGHT = {
    "archive_transfer": "1",
    "archive_receiver": {name: ADDRESS[name] for name in ("address", "postcode", "contact", "phone")}
    | {"name": ADDRESS["receiver_name"], "region": None},
    "hukou_transfer": "1",
    "hukou_address": "杭州市滨江区江南大道 100 号",
}
UNSURE = {"archive_transfer": "9"}
"""暂不确定, said at signing."""


def open_all(world: World) -> None:
    """Every module switched on, and the sample of the directory loaded."""
    filed.open_modules(world)
    with world.services.db.transaction() as connection:
        archive_directory.take_over(connection, directory.sample())


def record(world: World, graduate: Actor, lane: str = "archive") -> Row[Any] | None:
    """Whatever is registered of the lane."""
    query = select(Transfer).where(Transfer.graduate_id == graduate.graduate_id, Transfer.lane == lane)
    with world.services.db.reading() as connection:
        return connection.execute(query).one_or_none()


def standing(world: World, graduate: Actor, lane: str = "archive") -> tuple[str, str]:
    """State and source of what is registered."""
    found = record(world, graduate, lane)
    assert found is not None
    return found.state, found.source


def registered(world: World, graduate: Actor, form: dict[str, Any] = ADDRESS, kind: str = "archive") -> uuid.UUID:
    """Registered and approved by every desk; returns the filing."""
    made = filed.draft(world, graduate, f"{kind}_registration", form)
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    return made


def claim_moves(world: World, actor: Actor, graduate: Actor, *actions: str) -> None:
    """The graduate's claim takes these steps, as the kinds that bring them about let it."""
    for action in actions:
        claim = factories.claim_of(world, graduate)
        with world.services.db.transaction() as connection:
            now = connection.scalar(text("SELECT clock_timestamp()"))
            advance(connection, Move(CLAIM, CLAIM_TABLE, action, Situation(claim, actor, now)))


def terminated(world: World, graduate: Actor) -> None:
    """解约 of the graduate's signing, by both parties and every desk."""
    filed.approve(world, asked_to_end(world, graduate))


def asked_to_end(world: World, graduate: Actor) -> uuid.UUID:
    """解约 asked for by the graduate, agreed to by the employer; returns the filing at the first desk."""
    asked = factories.ask_to_end(world, graduate, graduate)
    with world.services.db.transaction() as connection:
        termination.accept(connection, world.employer, asked, seen=1)
    with world.services.db.reading() as connection:
        made = connection.execute(select(Termination.filing_id).where(Termination.id == asked)).scalar_one()
    assert made is not None
    return uuid.UUID(str(made))


def report(world: World, scope: ReportScope = ReportScope.CHANGED) -> uuid.UUID:
    """上报 of all that is in effect, by the school; returns the batch."""
    held, today = world.services, clock.beijing(clock.now()).date()
    with held.db.transaction() as connection:
        made = reporting.ask(connection, world.school_office, world.class_year, ReportSystem.SCHOOL, scope, today)
    assert reporting.make_due(reporting.Means(held.db, held.sealer, held.vault)) == 1
    return made


def confirmed(world: World, graduate: Actor) -> None:
    """去向登记确认, as the graduate."""
    with world.services.db.transaction() as connection:
        confirmation.confirm(connection, graduate, seen=asked(world, graduate).version)


def asked(world: World, graduate: Actor) -> Row[Any]:
    """The confirmation as it stands."""
    with world.services.db.reading() as connection:
        return connection.execute(select(Confirmation).where(Confirmation.graduate_id == graduate.graduate_id)).one()


def signed(world: World, graduate: Actor, **terms: Any) -> None:
    """Signed and approved, whatever else the graduate has filed."""
    sent = factories.send(world, graduate, **terms)
    factories.accept(world, graduate, sent)
    with world.services.db.reading() as connection:
        (made,) = connection.execute(
            text("SELECT id FROM filing WHERE graduate_id = :g AND lane = 'destination' AND state LIKE '%_review'"),
            {"g": graduate.graduate_id},
        ).scalars()
    filed.approve(world, made)


def changed(world: World, graduate: Actor, lane: str) -> None:
    """Changed to another address and approved."""
    made = filed.draft(world, graduate, f"{lane}_change", {"region": "330108", "address": "江南大道 300 号"})
    filed.submit(world, graduate, made)
    filed.approve(world, made)
