"""What stands guard over a draft on its way to the desks, and over the desks that correct it, one guard at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from app.access import Actor, Role
from app.models import Filing, Verdict
from app.problems import Invalid, NotAllowed, NotNow, Problem, Stale
from app.workflows import decision, filing, proofs, voiding
from app.workflows.kind import Item
from app.workflows.kinds import KINDS
from tests import factories, filed, moved
from tests.factories import World, make_graduate, make_staff
from tests.moved import ADDRESS
from tests.schemas.samples import SOUND
from tests.support import refusal

STUDY = SOUND["study_domestic"]


@pytest.fixture
def graduate(world: World) -> Actor:
    moved.open_all(world)
    return make_graduate(world)


def drafted(world: World, graduate: Actor) -> uuid.UUID:
    """境内升学, ready to be handed in."""
    return filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")


def at_college(world: World, graduate: Actor) -> uuid.UUID:
    made = drafted(world, graduate)
    filed.submit(world, graduate, made)
    return made


def registered(world: World, graduate: Actor) -> Any:
    """The claim of a registered destination."""
    filed.approve(world, at_college(world, graduate))
    return factories.claim_of(world, graduate)


def saving(actor: Actor, made: uuid.UUID, seen: int, **form: Any) -> Callable[[Connection], None]:
    return lambda c: filing.save(c, actor, made, seen=seen, variant="study_domestic", form=STUDY | form, files={})


def correcting(world: World, office: Actor, made: uuid.UUID, seen: int, **form: Any) -> Callable[[Connection], None]:
    return lambda c: decision.edit(
        c,
        office,
        made,
        seen=seen,
        variant="study_domestic",
        form=STUDY | form,
        reason="按通知书更正",
        sealer=world.sealer,
    )


# Begun


def test_a_kind_that_two_parties_agree_on_is_begun_by_nobody(world: World, graduate: Actor) -> None:
    for actor in (graduate, world.college_office):
        for kind in ("online_signing", "online_termination"):
            with pytest.raises(NotAllowed):
                filed.draft(world, actor, kind, graduate=graduate)


def test_what_is_about_a_destination_is_about_the_one_that_stands(world: World, graduate: Actor) -> None:
    gone = registered(world, graduate)
    with world.services.db.transaction() as connection:
        voiding.void(connection, graduate, gone.id, seen=gone.version, reason="另有去处")
    stands = registered(world, graduate)
    assert graduate.graduate_id is not None
    whose, kind = graduate.graduate_id, KINDS["completion"]
    assert (
        "没有可以办理"
        in refusal(world.services, lambda c: filing.draft(c, graduate, whose, kind, claim_id=gone.id)).detail
    )
    with world.services.db.transaction() as connection:
        made = filing.draft(connection, graduate, whose, kind, claim_id=stands.id)
    assert filed.row(world, made).claim_id == stands.id


def test_a_second_draft_of_a_kind_is_refused_by_the_database_itself(world: World, graduate: Actor) -> None:
    there = filed.row(world, drafted(world, graduate))
    with pytest.raises(IntegrityError, match="filing_one_draft"), world.services.db.transaction() as connection:
        connection.execute(insert(Filing).values({**there._mapping, "id": uuid.uuid4()}))


# Saved, handed in, taken back


def test_what_is_handed_in_is_not_typed_over(world: World, graduate: Actor) -> None:
    made = at_college(world, graduate)
    seen = filed.row(world, made).version
    problem = refusal(world.services, saving(graduate, made, seen, university="复旦大学"))
    assert isinstance(problem, NotNow) and not isinstance(problem, Stale)


ACTS: dict[str, Callable[[Connection, World, Actor, uuid.UUID, int], None]] = {
    "save": lambda c, world, who, made, seen: saving(who, made, seen)(c),
    "submit": lambda c, world, who, made, seen: filing.submit(c, who, made, seen=seen, sealer=world.sealer),
    "discard": lambda c, world, who, made, seen: filing.discard(c, who, made, seen=seen),
    "withdraw": lambda c, world, who, made, seen: filing.withdraw(c, who, made, seen=seen),
    "edit": lambda c, world, who, made, seen: correcting(world, world.college_office, made, seen)(c),
    "take_up": lambda c, world, who, made, seen: decision.take_up(c, world.school_office, made, seen=seen),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_on_another_version_than_the_one_seen_is_refused(world: World, graduate: Actor, act: str) -> None:
    made = drafted(world, graduate) if act in ("save", "submit", "discard") else at_college(world, graduate)
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE filing SET due_on = current_date - 20 WHERE due_on IS NOT NULL"))
    before = filed.row(world, made)
    problem = refusal(world.services, lambda c: ACTS[act](c, world, graduate, made, before.version - 1))
    assert isinstance(problem, Stale) and filed.row(world, made) == before


def test_nothing_is_handed_in_about_a_destination_that_has_gone(world: World, graduate: Actor) -> None:
    claim = registered(world, graduate)
    made = filed.draft(world, graduate, "completion", {"major": "计算机科学与技术"})
    with world.services.db.transaction() as connection:
        voiding.void(connection, graduate, claim.id, seen=claim.version, reason="另有去处")
    with pytest.raises(NotNow, match="已经作废"):
        filed.submit(world, graduate, made)


def test_once_a_desk_has_decided_nothing_is_taken_back_and_it_says_why(world: World, graduate: Actor) -> None:
    made = at_college(world, graduate)
    filed.decide(world, world.college_office, made)
    with pytest.raises(NotNow, match="已有一级审核通过，不能再撤回"):
        filed.withdraw(world, graduate, made)


def test_more_files_than_an_item_takes_are_refused() -> None:
    item = Item("letter", "录用函", "一份", most=1)
    (fault,) = proofs.missing([item], {"letter": ["1", "2"]})
    assert fault == {"pointer": "/files/letter", "detail": "录用函最多 1 个文件。"}


def test_the_unit_of_the_commissioned_is_the_school_s_word(world: World) -> None:
    moved.open_all(world)
    graduate = make_graduate(world, training_mode="2", commissioned_by="绍兴市教育局")
    made = filed.draft(world, graduate, "other_destination", SOUND["commissioned"], variant="commissioned")
    with pytest.raises(Invalid) as caught:
        filed.submit(world, graduate, made)
    assert [error["pointer"] for error in caught.value.extra["errors"]] == ["/form/employer_name"]


# Decided and corrected


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.RETURN])
def test_who_filed_for_a_graduate_neither_rejects_nor_returns_it(
    world: World, graduate: Actor, verdict: Verdict
) -> None:
    office = world.college_office
    made = filed.draft(world, office, "other_destination", STUDY, variant="study_domestic", graduate=graduate)
    filed.submit(world, office, made)
    with pytest.raises(NotNow, match="另一位老师"):
        filed.decide(world, office, made, verdict)
    filed.decide(world, make_staff(world, Role.COLLEGE, "苏老师", college_id=world.colleges[0]), made, verdict)


def test_a_desk_that_does_not_have_it_corrects_nothing_and_is_told_so_first(world: World, graduate: Actor) -> None:
    made = at_college(world, graduate)
    seen = filed.row(world, made).version
    assert isinstance(
        refusal(world.services, correcting(world, world.school_office, made, seen, university="")), NotAllowed
    )


def test_a_correction_keeps_to_the_form(world: World, graduate: Actor) -> None:
    made = at_college(world, graduate)
    seen = filed.row(world, made).version
    problem: Problem = refusal(world.services, correcting(world, world.college_office, made, seen, university="ZJU"))
    assert problem.extra["errors"] == [{"pointer": "/form/university", "detail": "这里请写中文名称。"}]


def test_a_correction_keeps_to_what_the_kind_asks_of_form_and_graduate_together(world: World, graduate: Actor) -> None:
    made = filed.draft(world, graduate, "archive_registration", ADDRESS)
    filed.submit(world, graduate, made)
    seen, form = filed.row(world, made).version, ADDRESS | {"receiver_name": "林 知夏"}
    office = world.college_office
    problem: Problem = refusal(
        world.services,
        lambda c: decision.edit(
            c, office, made, seen=seen, variant=None, form=form, reason="更正", sealer=world.sealer
        ),
    )
    assert [error["pointer"] for error in problem.extra["errors"]] == ["/form/receiver_name"]
