"""The public tables: as they hold for a class, kept by clients, and what a wrong class is answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import problem
from tests.api.conftest import Calling

PATHS = ["/codes", "/codes?class_year=2026", "/codes/destinations?class_year=2026", "/codes/universities"]


def types_of(calling: Calling, class_year: int) -> dict[str, dict[str, Any]]:
    found = calling(None).get(f"/codes/destinations?class_year={class_year}").get_json()
    return {each["id"]: each for group in found["groups"] for each in group["types"]}


@pytest.mark.parametrize("path", PATHS)
def test_the_tables_are_open_to_all_and_kept_by_clients(calling: Calling, path: str) -> None:
    answer = calling(None).get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=3600")
    again = calling(None).get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/codes", "/codes/destinations"])
@pytest.mark.parametrize("year", ["", "26", "1999", "2101", "二〇二六", "2026.5", "-2026"])
def test_a_class_that_is_none_is_refused_with_a_sentence(calling: Calling, path: str, year: str) -> None:
    found = problem(calling(None).get(f"{path}?class_year={year}"), 422, "invalid")
    assert [error["pointer"] for error in found["errors"]] == ["/class_year"]


def test_the_page_of_standards_is_for_a_class(calling: Calling) -> None:
    problem(calling(None).get("/codes/destinations"), 422, "invalid")


def test_each_class_reads_its_own_codes(calling: Calling) -> None:
    codes = {
        year: {each["code"] for each in calling(None).get(f"/codes?class_year={year}").get_json()["destination"]}
        for year in (2023, 2024)
    }
    assert {"27", "50", "80"} <= codes[2023] and {"271", "502", "801"} <= codes[2024]
    assert not {"271", "502", "801"} & codes[2023] and not {"27", "50", "80", "77"} & codes[2024]
    today = {each["code"] for each in calling(None).get("/codes").get_json()["destination"]}
    assert today == codes[2024]


def test_each_class_reads_its_own_standards(calling: Calling) -> None:
    before, since = types_of(calling, 2023), types_of(calling, 2024)
    assert (before["study_abroad"]["name"], since["study_abroad"]["name"]) == ("境外升学", "境外留学")
    assert before["national_project"]["codes"] == [{"code": "50", "name": "国家基层项目"}]
    assert [each["code"] for each in since["national_project"]["codes"]] == ["501", "502", "503"]
    assert "月薪不低于当地最低工资标准。" in since["other_hiring"]["standard"]
    assert since["startup"]["proofs"][0]["when"] == {"field": "kind", "in": ["company"]}
    assert since["job_seeking"]["proofs"] == []


def test_every_type_lies_on_one_way(calling: Calling) -> None:
    found = calling(None).get("/codes/destinations?class_year=2026").get_json()
    ways = [each for way in found["ways"] for each in way["types"]]
    types = [each for group in found["groups"] for each in group["types"]]
    assert sorted(ways) == sorted(each["id"] for each in types)
    assert [each["id"] for each in types if not each["filled_in"]] == ["signed_agreement"]
    assert [each["id"] for each in types if each["commissioned"]] == ["commissioned"]
