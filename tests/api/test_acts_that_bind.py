"""What binds is done with the PIN (操作码) by the graduate in person: ending, 作废, and what a kind declares so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.access import Actor
from app.workflows.kinds import KINDS
from tests import factories, filed
from tests.api.caller import Caller, problem
from tests.api.conftest import Calling
from tests.factories import PIN, World, make_graduate
from tests.schemas.samples import SOUND

WRONG = "000000"


@pytest.fixture
def graduate(world: World) -> Actor:
    filed.open_modules(world)
    return make_graduate(world)


def handing_in(world: World, graduate: Actor, calling: Calling) -> Callable[[str | None], TestResponse]:
    """Every kind that declares it: here the wish to void a generated agreement."""
    filed.generated(world, graduate)
    made = filed.draft(world, graduate, "agreement_void", {"reason": "单位取消录用"})
    return lambda pin: calling(graduate).on(f"/my/filings/{made}", "submit", {"pin": pin} if pin else {})


def voiding(world: World, graduate: Actor, calling: Calling) -> Callable[[str | None], TestResponse]:
    made = filed.draft(world, graduate, "other_destination", SOUND["study_domestic"], variant="study_domestic")
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    claim = factories.claim_of(world, graduate)

    def void(pin: str | None) -> TestResponse:
        body = {"reason": "另有去处"} | ({"pin": pin} if pin else {})
        return calling(graduate).act(f"/my/claims/{claim.id}/void", body, etag=f'"{claim.version}"')

    return void


def asking_to_end(world: World, graduate: Actor, calling: Calling) -> Callable[[str | None], TestResponse]:
    factories.sign(world, graduate)
    body = {"claim_id": str(factories.claim_of(world, graduate).id), "reason": "study", "note": None}
    return lambda pin: calling(graduate).act("/terminations", body | ({"pin": pin} if pin else {}))


def agreeing_to_end(world: World, graduate: Actor, calling: Calling) -> Callable[[str | None], TestResponse]:
    factories.sign(world, graduate)
    made = factories.ask_to_end(world, world.employer, graduate)
    return lambda pin: calling(graduate).on(f"/terminations/{made}", "accept", {"pin": pin} if pin else {})


@pytest.mark.parametrize("act", [handing_in, voiding, asking_to_end, agreeing_to_end])
def test_without_the_right_pin_nothing_that_binds_is_done(
    world: World,
    calling: Calling,
    graduate: Actor,
    act: Callable[[World, Actor, Calling], Callable[[str | None], TestResponse]],
) -> None:
    doing = act(world, graduate, calling)
    before = everything(world, graduate)
    assert problem(doing(None), 422, "invalid")["errors"][0]["pointer"] == "/pin"
    problem(doing(WRONG), 422, "wrong_pin")
    assert everything(world, graduate) == before
    assert doing(PIN).status_code in (200, 201, 204)
    assert everything(world, graduate) != before


def everything(world: World, graduate: Actor) -> list[Any]:
    query = text("SELECT id, name, subject FROM event WHERE graduate_id = :id ORDER BY id")
    with world.services.db.reading() as connection:
        return list(connection.execute(query, {"id": graduate.graduate_id}).all())


def test_nobody_does_for_a_graduate_what_binds(world: World, calling: Calling, graduate: Actor) -> None:
    filed.generated(world, graduate)
    office = calling(world.school_office)
    bound = [kind.name for kind in KINDS.values() if kind.pin]
    assert "agreement_void" in bound
    offered = office.get(f"/graduates/{graduate.graduate_id}/filing-kinds").get_json()["items"]
    assert not set(bound) & {item["kind"] for item in offered}
    begun = office.act(f"/graduates/{graduate.graduate_id}/filings", {"kind": "agreement_void"})
    assert "本人用操作码" in problem(begun, 403, "not_allowed")["detail"]
    assert_not_handed_in(world, office, graduate)


def assert_not_handed_in(world: World, office: Caller, graduate: Actor) -> None:
    """Even where a draft had come about in another way."""
    made = filed.draft(world, world.school_office, "agreement_void", {"reason": "单位取消录用"}, graduate=graduate)
    for body in ({}, {"pin": PIN}):
        refused = problem(office.on(f"/my/filings/{made}", "submit", body), 403, "not_allowed")
        assert "本人用操作码" in refused["detail"]
    assert filed.row(world, made).state == "draft"
