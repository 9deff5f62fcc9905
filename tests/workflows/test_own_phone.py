"""Whoever receives an archive is not reached by the graduate's own phone, in whatever form the receiver is asked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.access import Actor
from app.problems import Invalid
from app.workflows import decision
from tests import filed, filled, moved
from tests.factories import World, make_graduate
from tests.moved import ADDRESS, BROUGHT, registered
from tests.schemas.samples import SOUND

OWN = "13912345678"
TO_ONESELF = BROUGHT | {"archive_receiver": BROUGHT["archive_receiver"] | {"phone": OWN}}  # type: ignore[operator]


@pytest.fixture
def graduate(world: World) -> Actor:
    """Whose phone that is."""
    moved.open_all(world)
    return make_graduate(world, phone=world.sealer.seal(OWN, "phone"))


def wrong(world: World, graduate: Actor, kind: str, form: dict[str, Any], variant: str | None = None) -> list[str]:
    """The pointers of what stands in the way of handing it in, which the editor says before."""
    made = filed.draft(world, graduate, kind, form, variant=variant)
    said = [each["pointer"] for each in filled.editor_of(world, graduate, made)["problems"]]
    with pytest.raises(Invalid) as caught:
        filed.submit(world, graduate, made)
    assert said == [error["pointer"] for error in caught.value.extra["errors"]]
    return said


def test_neither_in_a_registration_nor_in_a_change(world: World, graduate: Actor) -> None:
    assert wrong(world, graduate, "archive_registration", ADDRESS | {"phone": OWN}) == ["/form/phone"]
    registered(world, graduate)
    assert wrong(world, graduate, "archive_change", ADDRESS | {"phone": OWN}) == ["/form/phone"]


def test_nor_in_an_agreement_or_a_destination(world: World, graduate: Actor) -> None:
    at = ["/form/archive_receiver/phone"]
    assert wrong(world, graduate, "offline_agreement", filed.offline_terms(world) | TO_ONESELF) == at
    paper = {"paper_number": "QY-1", "signed_on": "2027-05-01"}
    assert wrong(world, graduate, "supplement", filed.offline_terms(world) | paper | TO_ONESELF) == at
    contract = {name: value for name, value in SOUND["unit"].items() if value is not None}
    assert wrong(world, graduate, "other_destination", contract | TO_ONESELF, "labor_contract") == at


def test_the_name_is_looked_at_there_too(world: World, graduate: Actor) -> None:
    mother = BROUGHT | {"archive_receiver": BROUGHT["archive_receiver"] | {"contact": "母亲"}}  # type: ignore[operator]
    form = filed.offline_terms(world) | mother
    assert wrong(world, graduate, "offline_agreement", form) == ["/form/archive_receiver/contact"]


def test_a_desk_does_not_write_it_in_either(world: World, graduate: Actor) -> None:
    made = filed.draft(world, graduate, "archive_registration", ADDRESS)
    filed.submit(world, graduate, made)
    seen = filed.row(world, made).version
    with world.services.db.transaction() as connection, pytest.raises(Invalid) as caught:
        decision.edit(
            connection, world.college_office, made,
            seen=seen, variant=None, form=ADDRESS | {"phone": OWN}, reason="电话有误", sealer=world.sealer,
        )  # fmt: skip
    assert [error["pointer"] for error in caught.value.extra["errors"]] == ["/form/phone"]


@pytest.mark.parametrize("phone", ["NULL", "'\\x6b00'::bytea"])
def test_without_a_readable_phone_nobody_is_kept_from_filing(world: World, graduate: Actor, phone: str) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text(f"UPDATE graduate SET phone = {phone}"))
    filed.submit(world, graduate, filed.draft(world, graduate, "archive_registration", ADDRESS | {"phone": OWN}))
