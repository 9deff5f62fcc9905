"""What tests of the review desk need: filings that wait at it, that look alike or lie too long."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import insert, text

from app import clock, workdays
from app.access import Actor
from app.models import UploadLikeness
from tests import filed
from tests.factories import World, make_graduate
from tests.workflows.test_own_filings import study


def handed_in(world: World, graduate: Actor | None = None) -> uuid.UUID:
    """境内升学, with its proof, at the college's desk."""
    graduate = graduate or make_graduate(world)
    made = filed.draft(world, graduate, "other_destination", study(world), variant="study_domestic")
    filed.submit(world, graduate, made)
    return made


def sql(world: World, statement: str, **parameters: Any) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text(statement), parameters)


def seen(world: World, *filings: uuid.UUID) -> list[dict[str, Any]]:
    return [{"id": str(one), "version": filed.row(world, one).version} for one in filings]


def alike(world: World, one: uuid.UUID, other: uuid.UUID) -> None:
    """Their proofs look the same, as the workers' comparison found."""
    with world.services.db.transaction() as connection:
        proof = text("SELECT id FROM upload WHERE filing_id = :id")
        pair = [uuid.UUID(str(connection.scalar(proof, {"id": each}))) for each in (one, other)]
        first, second = sorted(pair)
        connection.execute(insert(UploadLikeness).values(upload_id=first, other_id=second, difference=0))


def late(world: World, *filings: uuid.UUID, grace_too: bool = True) -> None:
    """They lie past 审核时限, and past the days of grace unless told otherwise."""
    today = clock.today()
    due = workdays.lain(today)[1 if grace_too else 0]
    sql(world, "UPDATE filing SET due_on = :due WHERE id = ANY(:ids)", due=due, ids=list(filings))
