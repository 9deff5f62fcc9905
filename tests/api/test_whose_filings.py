"""Whose filing is whose: read, acted on and filed for by its graduate and the offices of that graduate alone."""

from __future__ import annotations

import uuid

import pytest

from app.access import Actor, Role
from tests import factories, filed
from tests.api.caller import Caller, problem
from tests.api.conftest import Calling
from tests.factories import World, make_graduate, make_staff, make_world
from tests.schemas.samples import SOUND

ACTS = {
    "": ("save", "submit", "withdraw", "discard"),
    "desk": ("approve", "reject", "return", "edit", "take-up"),
}
BODIES = {
    "save": {"form": {}},
    "reject": {"reason": "不符"},
    "return": {"reason": "不清楚"},
    "edit": {"form": SOUND["study_domestic"], "variant": "study_domestic", "reason": "更正"},
}


@pytest.fixture
def made(world: World) -> uuid.UUID:
    """A draft of a graduate of the first college."""
    filed.open_modules(world)
    return filed.draft(
        world, make_graduate(world), "other_destination", SOUND["study_domestic"], variant="study_domestic"
    )


def strangers(world: World) -> dict[str, Actor]:
    elsewhere = make_world(world.services, code="18888")
    filed.open_modules(elsewhere)
    return {
        "another graduate": make_graduate(world),
        "another college": make_staff(world, Role.COLLEGE, "邻院", college_id=world.colleges[1]),
        "another college's counsellor": make_staff(world, Role.COUNSELLOR, "邻师", college_id=world.colleges[1]),
        "another school": elsewhere.school_office,
        "another school's college": elsewhere.college_office,
        "another school's graduate": make_graduate(elsewhere),
    }


def nothing_is_found(caller: Caller, made: uuid.UUID) -> None:
    """Neither read nor acted on, as if there were none: for a desk and for a maker alike."""
    role = caller.actor.role if caller.actor else None
    problem(caller.get(f"/my/filings/{made}"), 404, "not_found")
    acts = [(f"/my/filings/{made}", action) for action in ACTS[""]]
    if role is not Role.GRADUATE:
        problem(caller.get(f"/filings/{made}"), 404, "not_found")
        problem(caller.get(f"/filings/{made}/editor"), 404, "not_found")
        acts += [(f"/filings/{made}", action) for action in ACTS["desk"]]
    for path, action in acts:
        answer = caller.act(f"{path}/{action}", BODIES.get(action, {}), etag='"1"')
        problem(answer, 404, "not_found")


def test_a_draft_is_its_maker_s_alone(world: World, calling: Calling, made: uuid.UUID) -> None:
    offices = {
        "college": world.college_office,
        "school": world.school_office,
        "counsellor": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
    }
    for actor in (*strangers(world).values(), *offices.values()):
        caller = calling(actor)
        nothing_is_found(caller, made)
        if actor.role is not Role.GRADUATE:
            assert caller.post(f"/filings/{made}/hold").status_code == 404
    assert filed.row(world, made).state == "draft"


def test_what_is_handed_in_is_its_graduate_s_and_its_offices_alone(
    world: World, calling: Calling, made: uuid.UUID
) -> None:
    owner = Actor(Role.GRADUATE, graduate_id=filed.row(world, made).graduate_id)
    filed.submit(world, owner, made)
    for actor in strangers(world).values():
        nothing_is_found(calling(actor), made)
    for office in (world.college_office, world.school_office):
        assert calling(office).get(f"/filings/{made}").status_code == 200
    assert filed.row(world, made).state == "college_review"


def test_an_office_files_for_graduates_of_its_own_only(world: World, calling: Calling) -> None:
    filed.open_modules(world)
    graduate = make_graduate(world)
    for name, actor in strangers(world).items():
        if actor.role is Role.GRADUATE:
            continue
        caller = calling(actor)
        problem(caller.get(f"/graduates/{graduate.graduate_id}/filing-kinds"), 404, "not_found")
        begun = caller.act(
            f"/graduates/{graduate.graduate_id}/filings", {"kind": "other_destination", "variant": "study_domestic"}
        )
        problem(begun, 404, "not_found")
        assert filed.filings_of(world, graduate) == [], name


def test_an_office_s_draft_is_not_its_colleagues(world: World, calling: Calling) -> None:
    filed.open_modules(world)
    graduate, office = make_graduate(world), world.college_office
    made = filed.draft(
        world, office, "other_destination", SOUND["study_domestic"], variant="study_domestic", graduate=graduate
    )
    colleague = make_staff(world, Role.COLLEGE, "王老师", college_id=world.colleges[0])
    for actor in (colleague, world.school_office):
        nothing_is_found(calling(actor), made)
    filed.submit(world, office, made)
    problem(calling(colleague).get(f"/my/filings/{made}"), 404, "not_found")
    assert calling(colleague).get(f"/filings/{made}").status_code == 200


def test_queues_and_lists_hold_one_s_own_graduates_only(world: World, calling: Calling, made: uuid.UUID) -> None:
    row = filed.row(world, made)
    filed.submit(world, Actor(Role.GRADUATE, graduate_id=row.graduate_id), made)
    filed.decide(world, world.college_office, made)
    at_school = filed.draft(
        world, make_graduate(world), "other_destination", SOUND["study_domestic"], variant="study_domestic"
    )
    filed.submit(world, Actor(Role.GRADUATE, graduate_id=filed.row(world, at_school).graduate_id), at_school)
    for actor in (world.college_office, world.school_office):
        assert calling(actor).get("/reviews").get_json()["items"], "its own"
        assert calling(actor).post("/graduates/find", {"q": "林知夏"}).get_json()["items"]
    for name, actor in strangers(world).items():
        if actor.role is Role.GRADUATE:
            continue
        caller = calling(actor)
        assert caller.get("/reviews").get_json()["items"] == [], name
        assert caller.get("/reviews?overdue=below").get_json()["items"] == [], name
        assert caller.get("/reviews/counts").get_json()["total"] == 0, name
        found = {graduate["id"] for graduate in caller.post("/graduates/find", {"q": "林知夏"}).get_json()["items"]}
        assert str(row.graduate_id) not in found, name


def test_agreements_and_terminations_are_their_parties_and_their_offices_alone(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    factories.sign(world, graduate)
    ending = factories.ask_to_end(world, graduate, graduate)
    paths = (f"/agreements/{factories.claim_of(world, graduate).id}/link", f"/terminations/{ending}")
    for actor in (graduate, world.employer, world.college_office, world.school_office):
        assert {calling(actor).get(path).status_code for path in paths} == {200}, actor.role
    for name, actor in {**strangers(world), "another employer": factories.make_employer(world)}.items():
        for path in paths:
            refused = calling(actor).get(path)
            assert refused.status_code == (403 if actor.role is Role.COUNSELLOR and "agreements" in path else 404), (
                name, path,
            )  # fmt: skip
