"""The catalogue of destinations is whole: every type has its form, its proofs and a code for every class."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.codes import destinations
from app.codes.destinations import NoCode, UnknownType, catalogue, code_for, code_name
from app.codes.soundness import subs
from app.codes.tables import tables
from app.schemas.destinations import FORMS, schema_of

CLASSES = range(2021, 2031)
TYPES = list(catalogue().types.values())
FILLED_IN = [each for each in TYPES if each.form is not None]

GUIDE = {
    "employed": "签劳动合同形式就业 提供公函就业 其他录用形式就业 定向/委培毕业去向补充登记 自由职业 国家基层项目"
    " 地方基层项目 科研助理、管理助理 应征义务兵 自主创业 军士、文职人员 医学规培生 国际组织任职 出国、出境就业",
    "study": "境内升学 境外留学",
    "none": "求职中 签约中 拟参加公招考试 拟创业 拟应征入伍 就业见习 不就业拟升学 暂不就业 拟出国出境",
}
"""Chapter 4.6 of the guide: the types of each group in its order."""

CODES_OF_2026 = {
    "signed_agreement": {None: "10"},
    "labor_contract": {None: "11"},
    "official_letter": {None: "10"},
    "other_hiring": {None: "12"},
    "commissioned": {None: "10"},
    "freelance": {None: "76"},
    "national_project": {"special_post_teacher": "501", "three_supports": "502", "western_plan": "503"},
    "local_project": {
        "special_post_teacher": "511",
        "selected_graduate": "512",
        "farm_technician": "513",
        "village_doctor": "514",
        "village_teacher": "515",
        "other": "519",
    },
    "research_assistant": {None: "271"},
    "conscript": {None: "46"},
    "startup": {None: "75"},
    "military_staff": {None: "10"},
    "medical_residency": {None: "10"},
    "international_organisation": {None: "10"},
    "work_abroad": {None: "10"},
    "study_domestic": {"postgraduate": "801", "second_bachelor": "802", "upgrade": "803"},
    "study_abroad": {None: "85"},
    "job_seeking": {None: "70-1"},
    "signing": {None: "70-2"},
    "exam_planned": {None: "70-3"},
    "startup_planned": {None: "70-4"},
    "enlistment_planned": {None: "70-5"},
    "trainee": {None: "70-6"},
    "study_planned": {None: "71"},
    "not_working": {None: "72-1"},
    "abroad_planned": {None: "72-2"},
}


def form_with(type_id: str, sub: str | None) -> dict[str, str]:
    field = destinations.of(type_id).sub_field
    return {field: sub} if field and sub else {}


def test_the_types_stand_in_the_order_of_the_guide() -> None:
    assert {group: " ".join(each.name for each in FILLED_IN if each.group == group) for group in GUIDE} == GUIDE
    shown = {
        group.id: " ".join(each.name for each in types)
        for group, types in destinations.offered(2026, commissioned=False)
    }
    assert shown == GUIDE | {"employed": GUIDE["employed"].replace(" 定向/委培毕业去向补充登记", "")}


def test_who_is_commissioned_has_one_type_and_nobody_else_has_it() -> None:
    ((group, types),) = destinations.offered(2026, commissioned=True)
    assert (group.id, [each.id for each in types]) == ("employed", ["commissioned"])
    free = [each.id for _, types in destinations.offered(2026, commissioned=False) for each in types]
    assert "commissioned" not in free and destinations.SIGNED not in free
    assert not destinations.may_choose("no_such_type", 2026, commissioned=False)


@pytest.mark.parametrize(
    ("first", "last", "year", "open_"),
    [(None, None, 2026, True), (2024, None, 2023, False), (2024, None, 2024, True), (None, 2023, 2023, True),
     (None, 2023, 2024, False)],
)  # fmt: skip
def test_a_type_is_open_to_its_classes_only(first: int | None, last: int | None, year: int, open_: bool) -> None:
    bounded = replace(destinations.of("trainee"), first_class=first, last_class=last)
    assert bounded.open_to(year, commissioned=False) is open_
    assert not bounded.open_to(year, commissioned=True)


def test_the_field_that_decides_a_code_is_in_the_form_with_its_table() -> None:
    for each in FILLED_IN:
        assert (each.sub_field is None) is (each.sub_table is None)
        if each.sub_field is not None:
            assert schema_of(each.id)().fields[each.sub_field].metadata["table"] == each.sub_table


def test_the_codes_are_those_of_the_table() -> None:
    found = {
        each.id: {sub: code_for(each.id, form_with(each.id, sub), 2026).national for sub in subs(each)}
        for each in TYPES
    }
    assert found == CODES_OF_2026


@pytest.mark.parametrize(
    ("type_id", "form", "before", "after"),
    [
        ("research_assistant", {}, "27", "271"),
        ("national_project", {"project": "three_supports"}, "50", "502"),
        ("local_project", {"project": "other"}, "51", "519"),
        ("study_domestic", {"kind": "postgraduate"}, "80", "801"),
    ],
)
def test_codes_changed_with_the_class_of_2024(type_id: str, form: dict[str, str], before: str, after: str) -> None:
    assert code_for(type_id, form, 2023).national == before
    assert code_for(type_id, form, 2024).national == after
    known = tables()["destination"]
    assert known.holds(before, 2023) and not known.holds(before, 2024)
    assert known.holds(after, 2024) and not known.holds(after, 2023)


def test_study_abroad_is_called_as_its_class_knows_it() -> None:
    abroad = destinations.of("study_abroad")
    assert (abroad.named(2023), abroad.named(2024)) == ("境外升学", "境外留学")
    assert "境外升学" in abroad.aliases
    assert (code_name("study_abroad", {}, 2023), code_name("study_abroad", {}, 2024)) == ("出国、出境", "境外留学")


def test_codes_seen_in_no_export_go_out_as_what_was_seen() -> None:
    assert code_for("job_seeking", {}, 2026) == ("70-1", "70")
    assert code_for("abroad_planned", {}, 2026) == ("72-2", "72")


@pytest.mark.parametrize(
    ("type_id", "form"), [("national_project", {}), ("local_project", {"project": "三支一扶"}), ("study_domestic", {})]
)
def test_a_form_without_its_sub_kind_has_no_code(type_id: str, form: dict[str, str]) -> None:
    with pytest.raises(NoCode):
        code_for(type_id, form, 2026)


def test_an_unknown_type_is_refused_everywhere() -> None:
    for ask in (destinations.of, schema_of):
        with pytest.raises(UnknownType):
            ask("freelancer")
    with pytest.raises(UnknownType):
        code_for("freelancer", {}, 2026)
    with pytest.raises(UnknownType):
        schema_of(destinations.SIGNED)


def test_every_line_and_heading_is_used_and_every_form_has_a_type() -> None:
    assert {each.group for each in TYPES} == {group.id for group in catalogue().groups}
    assert {each.way for each in TYPES} == {way.id for way in catalogue().ways}
    assert {each.form for each in FILLED_IN} == set(FORMS)


def test_every_type_says_when_to_choose_it_and_what_proves_it() -> None:
    for each in TYPES:
        assert each.choose.endswith("。") and each.plain and each.aliases, each.id
        assert all(sentence.endswith("。") for sentence in each.standard) and each.standard, each.id
        assert bool(each.proofs) is (each.group != "none"), each.id
        names = [proof.id for proof in each.proofs]
        assert len(names) == len(set(names))


def test_proofs_that_depend_on_an_answer_name_a_field_and_codes_of_the_form() -> None:
    for each in FILLED_IN:
        form = schema_of(each.id)()
        for proof in each.proofs:
            assert proof.accepts and 1 <= proof.most <= 9
            if proof.when is not None:
                table = form.fields[proof.when["field"]].metadata["table"]
                assert all(code in tables()[table] for code in proof.when["in"])


@pytest.mark.parametrize(
    ("kind", "wanted"), [("company", ["licence"]), ("incubator", ["incubator"]), ("online_shop", ["shop", "income"])]
)
def test_a_founder_proves_what_the_kind_of_business_asks(kind: str, wanted: list[str]) -> None:
    assert [proof.id for proof in destinations.of("startup").needs({"kind": kind})] == wanted
