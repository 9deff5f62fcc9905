"""Every table is sound for every class: codes unique, parents known, validity without gaps, names for people."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from app.codes import regions
from app.codes.hints import BY_FORM, BY_NATURE, archive_hint
from app.codes.tables import Entry, Table, UnknownCode, label, tables
from app.codes.universities import code_of, universities
from app.codes.wages import lowest_wage, lowest_wages
from app.schemas.destinations import FORMS

CLASSES = range(2021, 2031)
NAMES = list(tables())
PARENTS = {"destination": {"employed", "study", "none"}}
SUCCESSORS = {"27": "271", "50": "501", "51": "511", "80": "801"}
"""Codes that ended with the class of 2023, and what begins in their place."""


def overlap(one: Entry, two: Entry) -> bool:
    return (one.first_class or 0) <= (two.last_class or 9999) and (two.first_class or 0) <= (one.last_class or 9999)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_and_a_name_mean_one_thing_in_any_class(name: str) -> None:
    for one, two in combinations(tables()[name].entries, 2):
        if one.code == two.code or one.name == two.name:
            assert not overlap(one, two), (one, two)


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_written_for_people_and_end_after_they_begin(name: str) -> None:
    for entry in tables()[name].entries:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", entry.code)
        assert entry.name == entry.name.strip() and not re.fullmatch(r"[\x00-\x7f]*", entry.name)
        assert (entry.first_class or 0) <= (entry.last_class or 9999)
        assert entry.parent in PARENTS.get(name, {None})


@pytest.mark.parametrize("name", NAMES)
def test_no_class_is_without_codes_and_what_ended_was_followed(name: str) -> None:
    table = tables()[name]
    assert all(table.offered(year) for year in CLASSES)
    for entry in table.entries:
        if entry.last_class is not None and entry.last_class >= CLASSES[0]:
            after = SUCCESSORS.get(entry.code, entry.code)
            assert table.holds(after, entry.last_class + 1), entry
            assert after == entry.code or not table.holds(after, entry.last_class), entry


def test_a_code_is_named_as_its_class_names_it() -> None:
    table = Table("t", "表", [Entry("85", "出国", last_class=2023), Entry("85", "留学", first_class=2024)])
    assert (table.label("85", 2023), table.label("85", 2024), table.label("85")) == ("出国", "留学", "留学")
    assert [table.offered(year) for year in (2023, 2024)] == [
        [{"code": "85", "name": "出国"}],
        [{"code": "85", "name": "留学"}],
    ]
    assert table.offered() == [{"code": "85", "name": "留学"}]
    assert (table.code_of("出国"), table.code_of("留学"), table.code_of("85")) == ("85", "85", "85")
    with pytest.raises(UnknownCode):
        table.label("86")


def test_countries_do_not_hold_home_and_call_the_three_places_as_they_are_called_here() -> None:
    country = tables()["country"]
    assert "CN" not in country and len(country.entries) > 230
    assert [label("country", code) for code in ("HK", "MO", "TW")] == ["中国香港", "中国澳门", "中国台湾"]


def test_every_province_of_the_mainland_has_a_lowest_wage_with_its_day_and_source() -> None:
    mainland = {code[:2] for code in regions.names()} - {"71", "81", "82"}
    assert set(lowest_wages()) == mainland
    for wage in lowest_wages().values():
        assert 1_000_00 <= wage.cents <= 4_000_00 and wage.source and wage.as_of.year >= 2023
    zhejiang = lowest_wage("330108")
    assert zhejiang is not None and (zhejiang.province, zhejiang.cents) == ("浙江省", 2_010_00)
    assert lowest_wage("810000") is None


def test_universities_are_known_by_code_and_by_name_however_it_is_written() -> None:
    assert len(universities()) >= 150
    assert len({each.code for each in universities()}) == len({each.name for each in universities()})
    for each in universities():
        assert re.fullmatch(r"\d{5}", each.code) and regions.exists(f"{each.province}0000")
        assert code_of(each.name) == each.code
    assert code_of("中国石油大学(北京)") == "11414"
    assert code_of("浙江大学 ") == "10335"
    assert code_of("某某学院") is None


def test_every_destination_gets_a_hint_where_the_archive_may_go() -> None:
    assert set(BY_NATURE) == {entry.code for entry in tables()["unit_nature"].entries}
    assert set(BY_FORM) <= set(FORMS)
    for form in [*FORMS, None]:
        for nature in [*BY_NATURE, None]:
            assert archive_hint(form, {"nature": nature}).endswith("。")
    assert "录取学校" in archive_hint("study_domestic", {})
    assert "单位人事部门" in archive_hint("unit", {"nature": "31"})
    assert "公共就业人才服务机构" in archive_hint("unit", {"nature": "39"})
    assert "两年" in archive_hint("undecided", {})
