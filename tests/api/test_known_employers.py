"""Employers that sign online complete a form: by the beginning of the name or the whole code, and nothing of people."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.schemas.form import describe
from app.schemas.terms import OfflineForm, SupplementForm
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.factories import World, make_graduate


@pytest.fixture
def known(world: World) -> Any:
    """The employer with a log-in."""
    with world.services.db.reading() as connection:
        query = text("SELECT * FROM employer WHERE id = :id")
        return connection.execute(query, {"id": world.employer.employer_id}).one()


def found(calling: Calling, who: Any, q: str) -> list[dict[str, str]]:
    answer = calling(who).get(f"/employers?q={q}")
    assert answer.status_code == 200, answer.get_json()
    return list(answer.get_json()["items"])


def test_a_beginning_or_the_whole_code_finds_name_and_code_only(world: World, calling: Calling, known: Any) -> None:
    told = [{"name": known.name, "credit_code": known.credit_code}]
    graduate = make_graduate(world)
    for who in (graduate, world.college_office):
        assert found(calling, who, known.name[:4]) == told
        assert found(calling, who, known.name) == told
        assert found(calling, who, known.credit_code.lower()) == told
    for q in (known.name[1:6], known.credit_code[:17], "____", "%%%%", "没有这家单位"):
        assert found(calling, graduate, q) == []
    problem(calling(graduate).get(f"/employers?q={known.name[:3]}"), 422, "invalid")


def test_who_cannot_sign_online_is_not_offered(world: World, calling: Calling, known: Any) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE account SET disabled_at = now() WHERE employer_id IS NOT NULL"))
    assert found(calling, make_graduate(world), known.credit_code) == []


def test_looking_employers_up_is_limited(world: World, calling: Calling) -> None:
    caller = calling(make_graduate(world))
    answers = [caller.get("/employers?q=杭州某某") for _ in range(121)]
    assert {answer.status_code for answer in answers[:120]} == {200}
    problem(answers[120], 429, "too_many")


def test_the_form_says_which_fields_employers_complete_and_what_it_means() -> None:
    def told(form: Any) -> dict[str, Any]:
        fields = [field for part in describe(form, 2027) for field in part["fields"]]
        return {field["name"]: field["found"] for field in fields if field["suggest"] == "employer"}

    offline = told(OfflineForm())
    assert offline["employer_name"] is None
    assert offline["credit_code"].startswith("该单位可线上签约")
    assert told(SupplementForm()) == {"employer_name": None, "credit_code": None}
