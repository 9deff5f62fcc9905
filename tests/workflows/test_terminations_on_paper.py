"""线下解约: a paper agreement ends by its letter (解约函) after a call back, and not online."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.access import Actor
from app.models import Verdict
from app.problems import Invalid, NotFound, NotNow
from tests import factories, filed
from tests.factories import World, ask_to_end, make_graduate, sign
from tests.schemas.samples import SOUND
from tests.support import assert_invariants


@pytest.fixture
def on_paper(world: World) -> tuple[World, Actor]:
    """A graduate with a registered paper agreement."""
    filed.open_modules(world)
    graduate = make_graduate(world)
    made = filed.draft(world, graduate, "supplement", SOUND["supplement"])
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    assert factories.claim_of(world, graduate).state == "effective"
    return world, graduate


def test_a_paper_agreement_ends_by_its_letter_after_a_call_back(on_paper: tuple[World, Actor]) -> None:
    world, graduate = on_paper
    made = filed.draft(world, graduate, "offline_termination", {"reason": "study"})
    assert filed.row(world, made).subject == factories.claim_of(world, graduate).title
    filed.submit(world, graduate, made)
    assert factories.claim_of(world, graduate).state == "terminating"
    filed.decide(world, world.college_office, made)
    with pytest.raises(Invalid, match="与单位核实的情况"):
        filed.decide(world, world.school_office, made)
    filed.decide(world, world.school_office, made, note="电话联系人事周女士，确认同意解约")
    assert factories.claim_of(world, graduate).state == "terminated"
    assert_invariants(world.services)


@pytest.mark.parametrize("end", ["withdraw", "return", "reject"])
def test_given_back_or_rejected_the_paper_agreement_stays(on_paper: tuple[World, Actor], end: str) -> None:
    world, graduate = on_paper
    made = filed.draft(world, graduate, "offline_termination", {"reason": "study"})
    filed.submit(world, graduate, made)
    if end == "withdraw":
        filed.withdraw(world, graduate, made)
    else:
        filed.decide(world, world.college_office, made, Verdict(end))
    assert factories.claim_of(world, graduate).state == "effective"
    if end != "reject":
        filed.submit(world, graduate, made)
        assert factories.claim_of(world, graduate).state == "terminating"
    assert_invariants(world.services)


def test_the_letter_is_asked_for_and_the_limit_holds_on_paper_too(on_paper: tuple[World, Actor]) -> None:
    world, graduate = on_paper
    made = filed.draft(world, graduate, "offline_termination")
    with pytest.raises(Invalid) as caught:
        filed.submit(world, graduate, made)
    assert {"/form/reason", "/files/letter"} <= {error["pointer"] for error in caught.value.extra["errors"]}
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE school SET terminations_max = 0"))
    with pytest.raises(NotNow, match="最多解约 0 次"):
        filed.submit(world, graduate, made)


def test_an_online_signing_does_not_end_on_paper_nor_a_paper_one_online(on_paper: tuple[World, Actor]) -> None:
    world, graduate = on_paper
    with pytest.raises(NotFound):
        ask_to_end(world, graduate, graduate)
    signed = make_graduate(world)
    sign(world, signed)
    with pytest.raises(NotNow, match="不能办理"):
        filed.draft(world, signed, "offline_termination")
