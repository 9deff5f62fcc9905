"""自由职业 is signed off by college and school, whatever levels a school has set (docs/rules.md, 毕业去向)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from app import clock, workdays
from app.problems import NotNow
from app.workflows import decision
from tests import filed
from tests.factories import World, make_graduate
from tests.schemas.samples import SOUND


def handed_in(world: World, variant: str) -> uuid.UUID:
    graduate = make_graduate(world)
    made = filed.draft(world, graduate, "other_destination", SOUND[variant], variant=variant)
    filed.submit(world, graduate, made)
    return made


def only_the_school_reviews(world: World) -> None:
    filed.open_modules(world)
    with world.services.db.transaction() as connection:
        connection.execute(text("""UPDATE school SET stages = '{"*": ["school"]}'"""))


def edit(world: World, made: uuid.UUID, variant: str, form: dict[str, Any]) -> None:
    with world.services.db.transaction() as connection:
        seen = filed.row(world, made).version
        decision.edit(
            connection, world.school_office, made, seen=seen, variant=variant, form=form, reason="按证明材料更正",
            sealer=world.sealer,
        )  # fmt: skip


def test_both_levels_review_it_where_a_school_has_set_one(world: World) -> None:
    only_the_school_reviews(world)
    assert filed.row(world, handed_in(world, "study_domestic")).stages == ["school"]
    made = handed_in(world, "freelance")
    assert (filed.row(world, made).stages, filed.row(world, made).state) == (["college", "school"], "college_review")
    filed.approve(world, made)
    assert filed.row(world, made).state == "approved"


def test_a_desk_that_is_one_of_them_cannot_turn_another_type_into_it(world: World) -> None:
    only_the_school_reviews(world)
    made = handed_in(world, "study_domestic")
    with pytest.raises(NotNow, match="还须经别的一级审核"):
        edit(world, made, "freelance", SOUND["freelance"])
    assert filed.row(world, made).variant == "study_domestic"


def test_no_level_of_it_is_skipped_by_taking_it_up(world: World) -> None:
    filed.open_modules(world)
    for variant, skipped in (("study_domestic", True), ("freelance", False)):
        made = handed_in(world, variant)
        lain = workdays.lain(clock.today())[1]
        with world.services.db.transaction() as connection:
            connection.execute(text("UPDATE filing SET due_on = :day WHERE id = :id"), {"day": lain, "id": made})
        seen = filed.row(world, made).version
        if skipped:
            with world.services.db.transaction() as connection:
                decision.take_up(connection, world.school_office, made, seen=seen)
        else:
            with world.services.db.transaction() as connection, pytest.raises(NotNow, match="须每一级都审核"):
                decision.take_up(connection, world.school_office, made, seen=seen)
        assert filed.row(world, made).state == ("school_review" if skipped else "college_review")
