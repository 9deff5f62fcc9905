"""补充信息: what is missing in an effective destination is filled in; what is there stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from app.codes import destinations
from app.schemas.completion import KEPT, complete, open_fields, outstanding
from app.schemas.destinations import schema_of
from tests.schemas.samples import SOUND

OLD = {"country": "GB", "university": "爱丁堡大学", "university_foreign": None, "major": None, "left_over": "1"}
"""As registered before the foreign name became required, with a field that the form no longer has."""


def test_only_what_is_empty_is_open() -> None:
    assert open_fields("study_abroad", OLD) == ("university_foreign", "major", "major_foreign", "remark")
    assert outstanding("study_abroad", OLD, 2026) == ("university_foreign",)


def test_what_is_filled_in_is_added_and_nothing_else_changes() -> None:
    record, errors = complete("study_abroad", OLD, {"university_foreign": "The University of Edinburgh"}, 2026)
    assert errors == []
    assert record == OLD | {"university_foreign": "The University of Edinburgh"}
    assert outstanding("study_abroad", record, 2026) == ()


@pytest.mark.parametrize(
    ("filled", "pointer", "sentence"),
    [
        ({"university": "曼彻斯特大学"}, "/university", "这一项不能用「补充信息」填写或修改。"),
        ({"country": "US"}, "/country", "这一项不能用「补充信息」填写或修改。"),
        ({"kind": "x"}, "/kind", "这一项不能用「补充信息」填写或修改。"),
        ({"major": "Data Science", "university_foreign": "UoE"}, "/major", "这里请写中文名称。"),
        ({"major": "数据科学"}, "/university_foreign", "必须填写。"),
        ({}, "/", "请至少补充一项。"),
    ],
)
def test_what_is_there_cannot_be_changed_and_what_is_added_is_checked(
    filled: dict[str, Any], pointer: str, sentence: str
) -> None:
    _, errors = complete("study_abroad", OLD, filled, 2026)
    assert {"pointer": pointer, "detail": sentence} in errors


@pytest.mark.parametrize("type_id", [each.id for each in destinations.catalogue().types.values() if each.form])
def test_unit_credit_code_and_what_decides_the_code_are_never_open(type_id: str) -> None:
    name = destinations.of(type_id).form
    assert name is not None
    for record in ({}, SOUND[name], dict.fromkeys(schema_of(type_id)().fields)):
        may = set(open_fields(type_id, record))
        assert not may & {*KEPT, destinations.of(type_id).sub_field}
        assert not may & {field for field, value in record.items() if value is not None}
        assert set(outstanding(type_id, record, 2026)) <= may


def test_an_old_fault_in_what_is_kept_stands_in_nobodys_way() -> None:
    old = SOUND["unit"] | {"credit_code": None, "position": None}
    record, errors = complete("labor_contract", old, {"position": "测试工程师"}, 2026)
    assert errors == [] and record == old | {"position": "测试工程师"}


def test_a_field_that_depends_on_another_one_being_filled_in_is_open_with_it() -> None:
    old = {**SOUND["military_staff"], "kind": "civilian", "position_category": None, "position": None}
    assert open_fields("military_staff", old)[:2] == ("joins_on", "position_category")
    assert "position_category" not in open_fields("military_staff", old | {"kind": "nco"})
