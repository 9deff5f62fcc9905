"""Makes what tests of filings need: modules switched on, uploads, drafts, filings handed in and decided."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, insert, select

from app.access import Actor
from app.models import Filing, Module, ModuleName, Verdict
from app.workflows import decision, filing
from app.workflows.filing_machine import STAGE_OF
from app.workflows.kinds import KINDS
from tests import factories
from tests.factories import World
from tests.uploads.made import make_upload


def open_modules(world: World, *names: ModuleName) -> None:
    """Switch modules on for the world's class; all of them unless named."""
    with world.services.db.transaction() as connection:
        for name in names or ModuleName:
            connection.execute(
                insert(Module).values(school_id=world.school_id, class_year=world.class_year, name=name.value)
            )


def row(world: World, filing_id: uuid.UUID) -> Row[Any]:
    """The filing as it is stored."""
    with world.services.db.reading() as connection:
        return connection.execute(select(Filing).where(Filing.id == filing_id)).one()


def filings_of(world: World, graduate: Actor) -> list[uuid.UUID]:
    """The graduate's filings, newest first."""
    found = select(Filing.id).where(Filing.graduate_id == graduate.graduate_id).order_by(Filing.opened_at.desc())
    with world.services.db.reading() as connection:
        return list(connection.scalars(found))


def draft(
    world: World,
    actor: Actor,
    kind: str,
    form: Mapping[str, Any] | None = None,
    *,
    variant: str | None = None,
    graduate: Actor | None = None,
) -> uuid.UUID:
    """A draft with this form and one picture for every item that is asked for."""
    whose = graduate or actor
    assert whose.graduate_id is not None
    with world.services.db.transaction() as connection:
        made = filing.draft(connection, actor, whose.graduate_id, KINDS[kind], variant=variant)
    if form is not None:
        kept = row(world, made)
        values, variant = {**kept.form, **form}, kept.variant
        items = [item for item in KINDS[kind].items(variant, values) if item.least]
        files = {item.key: [str(make_upload(world, whose, sender=actor))] for item in items}
        with world.services.db.transaction() as connection:
            filing.save(connection, actor, made, seen=kept.version, variant=variant, form=values, files=files)
    return made


def submit(world: World, actor: Actor, filing_id: uuid.UUID) -> None:
    """Hand it in as it stands."""
    seen = row(world, filing_id).version
    with world.services.db.transaction() as connection:
        filing.submit(connection, actor, filing_id, seen=seen, sealer=world.sealer)


def withdraw(world: World, actor: Actor, filing_id: uuid.UUID) -> None:
    """撤回修改."""
    seen = row(world, filing_id).version
    with world.services.db.transaction() as connection:
        filing.withdraw(connection, actor, filing_id, seen=seen)


def discard(world: World, actor: Actor, filing_id: uuid.UUID) -> None:
    """删除草稿, or give up what was returned."""
    seen = row(world, filing_id).version
    with world.services.db.transaction() as connection:
        filing.discard(connection, actor, filing_id, seen=seen)


def decide(world: World, office: Actor, filing_id: uuid.UUID, verdict: Verdict = Verdict.APPROVE, **said: Any) -> None:
    """A desk's decision."""
    seen = row(world, filing_id).version
    if verdict is not Verdict.APPROVE:
        said = {"reason": "照片不清楚", **said}
    with world.services.db.transaction() as connection:
        decision.decide(connection, office, filing_id, verdict, seen=seen, **said)


def approve(world: World, filing_id: uuid.UUID, **said: Any) -> None:
    """Every desk that is left approves."""
    offices = {"college": world.college_office, "school": world.school_office}
    while (stage := STAGE_OF.get(row(world, filing_id).state)) is not None:
        decide(world, offices[stage], filing_id, **said)


def offline_terms(world: World) -> dict[str, Any]:
    """The form of an agreement with an employer that has no account."""
    with world.services.db.reading() as connection:
        terms = factories.terms_of(connection, world.employer)
    return terms | {"employer_name": "杭州江海制造有限公司", "credit_code": factories.credit_code(990_001)}


def generated(world: World, graduate: Actor, **terms: Any) -> uuid.UUID:
    """The claim of a graduate whose agreement, with these terms, is printed and waits to be stamped."""
    made = draft(world, graduate, "offline_agreement", offline_terms(world) | terms)
    submit(world, graduate, made)
    approve(world, made)
    return uuid.UUID(str(row(world, made).claim_id))
