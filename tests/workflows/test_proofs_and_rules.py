"""What must come with each filing, and the rules that look at a graduate beside the form, by the domain's tables."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.access import Actor
from app.codes import destinations
from app.problems import Invalid
from app.workflows import filing
from tests import filed, moved
from tests.factories import World, make_graduate
from tests.moved import ADDRESS, registered
from tests.schemas.samples import SOUND
from tests.support import refusal

COMPANY = {"kind": "company", "credit_code": "91330108MA2H1A2C00"}
INCUBATED = {"kind": "incubator", "incubator": "江州大学创业园"}
# Type, answers that decide, what is asked for (domain, proof and acceptance standard by code).
PROOFS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("labor_contract", {}, {"contract"}),
    ("official_letter", {}, {"letter"}),
    ("other_hiring", {}, {"hiring"}),
    ("commissioned", {}, set()),
    ("freelance", {}, {"statement", "income"}),
    ("national_project", {}, {"enrolment"}),
    ("local_project", {}, {"enrolment"}),
    ("research_assistant", {}, {"hiring"}),
    ("conscript", {}, {"notice"}),
    ("startup", {}, {"shop", "income"}),
    ("startup", COMPANY, {"licence"}),
    ("startup", INCUBATED, {"incubator"}),
    ("military_staff", {}, {"enrolment"}),
    ("medical_residency", {}, {"enrolment"}),
    ("international_organisation", {}, {"appointment"}),
    ("work_abroad", {}, {"acceptance"}),
    ("study_domestic", {}, {"admission"}),
    ("study_abroad", {}, {"admission"}),
    *((kind, {}, set()) for kind in (
        "job_seeking", "signing", "exam_planned", "startup_planned", "enlistment_planned", "trainee", "study_planned",
        "not_working", "abroad_planned",
    )),
]  # fmt: skip


@pytest.fixture
def open_world(world: World) -> World:
    moved.open_all(world)
    return world


def without_proofs(world: World, graduate: Actor, kind: str, form: dict[str, Any], variant: str | None) -> set[str]:
    """What is still to be uploaded of a sound form."""
    made = filed.draft(world, graduate, kind, variant=variant)
    kept = filed.row(world, made)
    with world.services.db.transaction() as connection:
        filing.save(
            connection, graduate, made, seen=kept.version, variant=variant, form={**kept.form, **form}, files={}
        )
    return pointers(world, graduate, made)


def pointers(world: World, graduate: Actor, made: uuid.UUID) -> set[str]:
    """Where handing it in is refused; empty where it is taken."""
    try:
        filed.submit(world, graduate, made)
    except Invalid as problem:
        return {error["pointer"] for error in problem.extra["errors"]}
    return set()


def test_the_table_names_every_type() -> None:
    assert {name for name, _, _ in PROOFS} == {each.id for each in destinations.catalogue().types.values() if each.form}


def test_each_type_of_destination_asks_for_its_proofs_and_for_nothing_else(open_world: World) -> None:
    for variant, answers, wanted in PROOFS:
        commissioned: dict[str, Any] = (
            {"training_mode": "2", "commissioned_by": "绍兴市教育局"} if variant == "commissioned" else {}
        )
        graduate = make_graduate(open_world, **commissioned)
        form = dict(SOUND[destinations.of(variant).form or ""]) | answers
        if answers:
            form["url"] = None
        if commissioned:
            del form["employer_name"]
        found = without_proofs(open_world, graduate, "other_destination", form, variant)
        assert found == {f"/files/{proof}" for proof in wanted}, (variant, answers)


@pytest.mark.parametrize(
    ("kind", "form", "wanted"),
    [
        ("supplement", SOUND["supplement"], {"/files/agreement"}),
        ("offline_agreement", SOUND["agreement"], set()),
        ("archive_registration", ADDRESS, set()),
    ],
)
def test_a_paper_agreement_comes_with_its_picture_and_a_registration_needs_none(
    open_world: World, kind: str, form: dict[str, Any], wanted: set[str]
) -> None:
    assert without_proofs(open_world, make_graduate(open_world), kind, dict(form), None) == wanted


def test_neither_the_stamped_agreement_nor_the_letter_is_handed_in_without_a_picture(open_world: World) -> None:
    graduate = make_graduate(open_world)
    filed.generated(open_world, graduate)
    assert without_proofs(open_world, graduate, "stamped_agreement", {}, None) == {"/files/agreement"}
    ending = make_graduate(open_world)
    made = filed.draft(open_world, ending, "supplement", SOUND["supplement"])
    filed.submit(open_world, ending, made)
    filed.approve(open_world, made)
    assert without_proofs(open_world, ending, "offline_termination", {"reason": "study"}, None) == {"/files/letter"}


def test_the_directory_s_address_is_locked_in_a_later_change_too(open_world: World) -> None:
    graduate = make_graduate(open_world)
    home = filed.draft(open_world, graduate, "archive_registration", variant="home")
    form = filed.row(open_world, home).form | {"contact": "档案科"}
    filed.draft(open_world, graduate, "archive_registration", form, variant="home")
    filed.submit(open_world, graduate, home)
    filed.approve(open_world, home)
    made = filed.draft(open_world, graduate, "archive_change", {"address": "人民路 99 号", "phone": "0575-85120009"})
    assert pointers(open_world, graduate, made) == {"/form/address"}
    elsewhere = {"receiver_name": "宁波市人才服务中心", "region": "330203", "address": "人民路 99 号"}
    filed.draft(open_world, graduate, "archive_change", {"transfer": "3", **elsewhere})
    assert pointers(open_world, graduate, made) == set(), "another type of transfer may be chosen"


@pytest.mark.parametrize("kind", ["archive_change", "hukou_change"])
def test_undecided_is_no_answer_in_a_change_either(open_world: World, kind: str) -> None:
    graduate = make_graduate(open_world, hukou_moved=True)
    registered(open_world, graduate)
    registered(open_world, graduate, moved.HUKOU_ADDRESS, "hukou")
    made = filed.draft(open_world, graduate, kind, {"transfer": "9"})
    seen = filed.row(open_world, made).version
    problem = refusal(
        open_world.services, lambda c: filing.submit(c, graduate, made, seen=seen, sealer=open_world.sealer)
    )
    assert problem.extra["errors"] == [{"pointer": "/form/transfer", "detail": "请从列表中选择。"}]
