"""What may be filed when: one table of situations and kinds, written from the rules and not from the code.

Mutual exclusion (同时只有一份), 功能模块, 基本信息, 定向与委培, 户口 and the school's settings (docs/rules.md). In each
situation but the first of a group one thing alone stands in the way, so that no guard hides another. A kind that the
table does not name is not asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.access import Actor
from app.models import ModuleName
from app.problems import Problem
from app.queries import filing_pages
from app.workflows import filing, filing_rows, modules
from app.workflows.kinds import KINDS
from tests import factories, filed, moved
from tests.factories import World, make_graduate
from tests.moved import ADDRESS, HUKOU_ADDRESS, registered
from tests.schemas.samples import SOUND
from tests.support import attempt, refusal

Prepare = Callable[[World, Actor], None]
TYPES = {"other_destination": "labor_contract"}
"""A type where a kind has types."""


def sql(world: World, statement: str, **values: Any) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text(statement), values)


def nothing(world: World, graduate: Actor) -> None:
    """As it is."""


def unconfirmed(world: World, graduate: Actor) -> None:
    sql(world, "UPDATE graduate SET base_state = 'changed' WHERE id = :id", id=graduate.graduate_id)


def commissioned(world: World, graduate: Actor) -> None:
    sql(
        world,
        "UPDATE graduate SET training_mode = '2', commissioned_by = '绍兴市教育局' WHERE id = :id",
        id=graduate.graduate_id,
    )


def of_unknown_unit(world: World, graduate: Actor) -> None:
    sql(world, "UPDATE graduate SET training_mode = '4' WHERE id = :id", id=graduate.graduate_id)


def hukou_elsewhere(world: World, graduate: Actor) -> None:
    sql(world, "UPDATE graduate SET hukou_moved = false WHERE id = :id", id=graduate.graduate_id)


def closed(*names: ModuleName) -> Prepare:
    def close(world: World, graduate: Actor) -> None:
        with world.services.db.transaction() as connection:
            for name in names:
                assert modules.close_module(connection, world.school_id, world.class_year, name)

    return close


def setting(change: str) -> Prepare:
    return lambda world, graduate: sql(world, f"UPDATE school SET {change}")


def approved(kind: str, form: dict[str, Any], variant: str | None = None) -> Prepare:
    def approve(world: World, graduate: Actor) -> None:
        made = filed.draft(world, graduate, kind, form, variant=variant)
        filed.submit(world, graduate, made)
        filed.approve(world, made)

    return approve


def signing(world: World, graduate: Actor) -> None:
    factories.accept(world, graduate, factories.send(world, graduate))


def generated(world: World, graduate: Actor) -> None:
    filed.generated(world, graduate)


def all_registered(world: World, graduate: Actor) -> None:
    registered(world, graduate, ADDRESS, "archive")
    registered(world, graduate, HUKOU_ADDRESS, "hukou")


WISHES = {
    "wished_city": "杭州",
    "wished_industry": "34",
    "wished_position": "13",
    "needs_help": True,
    "note": "在看机会。",
}
study = approved("other_destination", SOUND["study_domestic"], "study_domestic")
whole = approved("other_destination", WISHES, "job_seeking")
on_paper = approved("supplement", SOUND["supplement"])
always = setting("void_review = 'always'")
destination_closed, others_closed = closed(ModuleName.DESTINATION), closed(ModuleName.ARCHIVE, ModuleName.HUKOU)

# Columns, in the order of the rows' marks.
COLUMNS = (
    "offline_agreement", "supplement", "other_destination", "completion", "destination_void", "offline_termination",
    "stamped_agreement", "agreement_void", "archive_registration", "archive_change", "hukou_registration",
    "hukou_change",
)  # fmt: skip
# `o` may be begun, `.` is refused.            OA SU OT  CO DV LT  ST AV  AR AC HR HC
TABLE: list[tuple[str, tuple[Prepare, ...], str]] = [
    ("nothing yet", (nothing,),                               "o o o  . . .  . .  o . o ."),
    ("…destination closed", (destination_closed,),            ". . .  . . .  . .  o . o ."),
    ("…archive and hukou closed", (others_closed,),           "o o o  . . .  . .  . . . ."),
    ("…to be confirmed again", (unconfirmed,),                ". . .  . . .  . .  . . . ."),
    ("…commissioned", (commissioned,),                        ". . o  . . .  . .  o . o ."),
    ("…commissioned by nobody known", (of_unknown_unit,),     ". . .  . . .  . .  o . o ."),
    ("…hukou not moved in", (hukou_elsewhere,),               "o o o  . . .  . .  o . . ."),
    ("a signing under review", (signing,),                    ". . .  . . .  . .  o . o ."),
    ("a registered destination", (study,),                    ". . .  o . .  . .  o . o ."),
    ("…nothing left to complete", (whole,),                   ". . .  . . .  . .  o . o ."),
    ("…voided by review", (study, always),                    ". . .  o o .  . .  o . o ."),
    ("…voided by review, closed", (study, always, destination_closed), ". . .  . . .  . .  o . o ."),
    ("…voided by review, unconfirmed", (study, always, unconfirmed),   ". . .  . . .  . .  . . . ."),
    ("a paper agreement", (on_paper,),                        ". . .  . . o  . .  o . o ."),
    ("…destination closed", (on_paper, destination_closed),   ". . .  . . .  . .  o . o ."),
    ("…to be confirmed again", (on_paper, unconfirmed),       ". . .  . . .  . .  . . . ."),
    ("…no termination left", (on_paper, setting("terminations_max = 0")), ". . .  . . .  . .  o . o ."),
    ("a generated agreement", (generated,),                   ". . .  . . .  o o  o . o ."),
    ("…to be confirmed again", (generated, unconfirmed),      ". . .  . . .  . .  . . . ."),
    ("archive and hukou registered", (all_registered,),       "o o o  . . .  . .  . o . o"),
    ("…closed", (all_registered, others_closed),              "o o o  . . .  . .  . . . ."),
    ("…to be confirmed again", (all_registered, unconfirmed), ". . .  . . .  . .  . . . ."),
    ("…hukou found not moved in", (all_registered, hukou_elsewhere), "o o o  . . .  . .  . o . ."),
]  # fmt: skip


@pytest.fixture
def graduate(world: World) -> Actor:
    """Everything is open; nothing stands in this graduate's way."""
    moved.open_all(world)
    return make_graduate(world, hukou_moved=True)


@pytest.mark.parametrize(("prepare", "marks"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_may_be_filed_is_what_the_table_says_and_the_rest_says_why_not(
    world: World, graduate: Actor, prepare: tuple[Prepare, ...], marks: str
) -> None:
    for step in prepare:
        step(world, graduate)
    wanted = dict(zip(COLUMNS, (mark == "o" for mark in marks.split()), strict=True))
    with world.services.db.reading() as connection:
        person = filing_rows.person(connection, graduate, graduate.graduate_id)  # type: ignore[arg-type]
        offers = {offer["kind"]: offer for offer in filing_pages.offered(person, graduate)}
    assert {name: offers[name]["possible"] for name in COLUMNS} == wanted
    assert all(offers[name]["possible"] is not bool(offers[name]["reason"]) for name in COLUMNS)

    def begin(name: str) -> Callable[[Connection], object]:
        return lambda c: filing.draft(c, graduate, graduate.graduate_id, KINDS[name], variant=TYPES.get(name))  # type: ignore[arg-type]

    begun = {name: attempt(world.services, begin(name)) for name in COLUMNS}
    assert {name: code == "done" for name, code in begun.items()} == wanted, "what is offered is what works"


# Drafted while it was allowed, handed in when it no longer is


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (destination_closed, "学校已关闭这项填报"),
        (unconfirmed, "请先重新核对确认"),
        (signing, "正在审核，同一时间只能有一份"),
        (commissioned, "只能做「定向、委培毕业去向补充登记」"),
    ],
)
def test_what_was_begun_in_time_is_asked_again_when_it_is_handed_in(
    world: World, graduate: Actor, change: Prepare, sentence: str
) -> None:
    made = filed.draft(world, graduate, "other_destination", SOUND["study_domestic"], variant="study_domestic")
    change(world, graduate)
    seen = filed.row(world, made).version
    assert (
        sentence
        in refusal(world.services, lambda c: filing.submit(c, graduate, made, seen=seen, sealer=world.sealer)).detail
    )
    assert filed.row(world, made).state == "draft"


def test_the_type_of_the_commissioned_is_theirs_alone(world: World, graduate: Actor) -> None:
    form = {name: value for name, value in SOUND["commissioned"].items() if name != "employer_name"}
    made = filed.draft(world, graduate, "other_destination", form, variant="commissioned")
    seen = filed.row(world, made).version
    problem: Problem = refusal(
        world.services, lambda c: filing.submit(c, graduate, made, seen=seen, sealer=world.sealer)
    )
    assert "只供定向、委培毕业生登记" in problem.detail


# Approved when it no longer may be


@pytest.mark.parametrize("kind", ["other_destination", "archive_registration", "online_signing", "online_termination"])
def test_nothing_is_approved_for_whom_the_school_has_deleted(world: World, graduate: Actor, kind: str) -> None:
    if kind == "other_destination":
        made = filed.draft(world, graduate, kind, SOUND["study_domestic"], variant="study_domestic")
        filed.submit(world, graduate, made)
    elif kind == "archive_registration":
        made = filed.draft(world, graduate, kind, ADDRESS)
        filed.submit(world, graduate, made)
    else:
        factories.accept(world, graduate, factories.send(world, graduate))
        made = factories.filing_of(world, graduate).id
    if kind == "online_termination":
        filed.approve(world, made)
        made = moved.asked_to_end(world, graduate)
    sql(world, "UPDATE graduate SET base_state = 'deleted' WHERE id = :id", id=graduate.graduate_id)
    with pytest.raises(Problem, match="基本信息已被删除"):
        filed.decide(world, world.college_office, made)


def test_no_hukou_is_approved_that_was_found_not_moved_in(world: World, graduate: Actor) -> None:
    made = filed.draft(world, graduate, "hukou_registration", HUKOU_ADDRESS)
    filed.submit(world, graduate, made)
    hukou_elsewhere(world, graduate)
    with pytest.raises(Problem, match="户口没有迁入学校"):
        filed.decide(world, world.college_office, made)
