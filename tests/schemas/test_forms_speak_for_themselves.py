"""Every form can be drawn, read, compared and loaded again, whatever was filled in."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import fields

from app.codes import regions
from app.codes.tables import tables
from app.schemas import form
from app.schemas.form import Form
from tests.schemas.samples import ALL, SOUND

CLASSES = range(2021, 2031)
NAMES = list(ALL)
PLACES = sorted(code for code in regions.names() if regions.is_place(code))
CREDIT_CODES = ("91330108MA2H1A2C00", "12100000400006953T", "91110108551385082Q")
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
WIDGETS: Mapping[str, st.SearchStrategy[Any]] = {
    "region": st.sampled_from(PLACES),
    "money": st.integers(min_value=300_000, max_value=100_000_000_00),
    "integer": st.integers(min_value=0, max_value=6),
    "date": st.dates().map(lambda day: day.isoformat()),
    "switch": st.booleans(),
    "phone": st.sampled_from(["13957100000"]),
    "email": st.just("hr@example.com"),
    "postcode": st.text(string.digits, min_size=6, max_size=6),
    "credit_code": st.sampled_from(CREDIT_CODES),
    "text": st.text(HAN, min_size=4, max_size=20).map(lambda text: f"{text}1号"),
    "multiline": st.lists(st.text(HAN, min_size=1, max_size=20), min_size=1, max_size=3).map("\n".join),
}


def sound(field: fields.Field[Any]) -> st.SearchStrategy[Any]:
    """Values that the field takes by itself."""
    told = field.metadata
    if isinstance(field, fields.Nested):
        return st.fixed_dictionaries({name: sound(inner) for name, inner in field.schema.fields.items()})
    if told["widget"] == "code":
        return st.sampled_from([entry.code for entry in tables()[told["table"]].entries])
    if told.get("placeholder") == "https://":
        return st.text(string.ascii_lowercase, min_size=1, max_size=9).map(
            lambda text: f"https://shop.example.com/{text}"
        )
    return WIDGETS[told["widget"]]


def filled_in(schema: Form) -> st.SearchStrategy[dict[str, Any]]:
    """Any fields with values sound by themselves, any of them left out."""
    return st.fixed_dictionaries({}, optional={name: sound(field) for name, field in schema.fields.items()})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def rows(schema: Form, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row for section in form.lines(schema, values) for row in section["fields"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_client_can_draw_the_form_for_every_class(name: str) -> None:
    schema = ALL[name]()
    order = [field for section in schema.SECTIONS for field in section.fields]
    assert sorted(order) == sorted(schema.fields), "each field stands in one step"
    for year in CLASSES:
        described = form.describe(schema, year)
        orjson.dumps(described)
        shown = {each["name"]: each for section in described for each in section["fields"]}
        assert list(shown) == order
        for each in shown.values():
            assert each["label"] and each["widget"], each
            assert each["options"] or each["widget"] != "code", (each["name"], year)
            if each["when"] is not None:
                other = shown[each["when"]["field"]]
                codes = {option["code"] for option in other["options"]} | {None}
                assert set(each["when"]["in"]) & codes, "some answer shows it"
                assert order.index(other["name"]) < order.index(each["name"]), "what decides is asked first"


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_was_taken_is_taken_again_unchanged_and_reads_whole(name: str, data: st.DataObject) -> None:
    schema = ALL[name]()
    given_ = SOUND[name] | data.draw(filled_in(schema))
    stored, errors = form.load(schema, given_, 2026)
    if errors:
        fields_named = {error["pointer"].split("/")[1] for error in errors}
        assert fields_named <= set(schema.fields) and all(error["detail"].endswith("。") for error in errors)
        return
    assert form.load(schema, orjson.loads(orjson.dumps(stored)), 2026) == (stored, [])
    assert all(form.wanted(schema, stored, key) or stored[key] is None for key in stored), "nothing hidden stays"
    kept = {key for key, value in stored.items() if value is not None}
    read = rows(schema, stored)
    assert {row["key"].split("/")[0] for row in read} == kept
    assert len({row["key"] for row in read}) == len(read)
    assert all(row["label"] and row["value"] for row in read)
    assert form.differences(schema, stored, stored) == []


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_differences_are_the_rows_that_read_differently(name: str, data: st.DataObject) -> None:
    schema = ALL[name]()
    one, two = data.draw(filled_in(schema)), data.draw(filled_in(schema))
    before = {row["key"]: row["value"] for row in rows(schema, one)}
    after = {row["key"]: row["value"] for row in rows(schema, two)}
    told = form.differences(schema, one, two)
    assert {row["key"]: (row["before"], row["after"]) for row in told} == {
        key: (before.get(key, ""), after.get(key, "")) for key in before | after if before.get(key) != after.get(key)
    }
    mirrored = {row["key"]: (row["after"], row["before"]) for row in form.differences(schema, two, one)}
    assert mirrored == {row["key"]: (row["before"], row["after"]) for row in told}


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_rubbish_is_answered_with_fields_and_sentences(name: str, data: st.DataObject) -> None:
    schema = ALL[name]()
    field = data.draw(st.sampled_from(sorted(schema.fields)))
    _, errors = form.load(schema, SOUND[name] | {field: data.draw(ANYTHING)}, 2026)
    for error in errors:
        assert error["pointer"].startswith("/") and error["detail"].endswith("。"), error


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_keeps_what_was_typed_right_or_wrong(name: str) -> None:
    schema = ALL[name]()
    typed = dict.fromkeys(schema.fields, "还没想好") | SOUND[name]
    assert form.as_typed(schema, typed) == typed


def test_money_codes_places_and_days_are_read_in_words() -> None:
    read = {row["key"]: row["value"] for row in rows(ALL["unit_paid"](), SOUND["unit_paid"])}
    assert read["monthly_pay_cents"] == "6,000 元/月"
    assert read["nature"] == "其他企业"
    assert read["region"] == "浙江省杭州市滨江区"
    assert read["starts_on"] == "2026年7月6日"
    read = {row["key"]: row["value"] for row in rows(ALL["startup"](), SOUND["startup"])}
    assert read["share_percent"] == "100%"


def test_what_no_longer_applies_is_dropped() -> None:
    schema = ALL["startup"]()
    was_a_shop = SOUND["startup"] | {"kind": "company", "credit_code": CREDIT_CODES[0]}
    stored, errors = form.load(schema, was_a_shop, 2026)
    assert errors == [] and stored["url"] is None
    army, errors = form.load(ALL["unit"](), SOUND["unit"] | {"nature": "40"}, 2026)
    assert errors == [] and army["credit_code"] is None


def test_a_change_of_type_is_told_by_both_forms() -> None:
    told = form.differences(ALL["conscript"](), SOUND["startup"], SOUND["conscript"], was=ALL["startup"]())
    found = {row["key"]: (row["before"], row["after"]) for row in told}
    assert found["url"] == ("https://shop.example.com/zhubian", "")
    assert found["joins_on"] == ("", "2026年9月10日")
    assert found["employer_name"] == ("阿晏的竹编铺", "滨江区人民政府征兵办公室")
    assert "region" not in found, "the same place reads the same"


def test_a_read_only_field_is_what_the_school_knows_whatever_was_sent() -> None:
    schema, known = ALL["commissioned"](), {"commissioned_by": "江州市教育局"}
    assert form.with_known(schema, SOUND["commissioned"], known)["employer_name"] == "江州市教育局"
    assert form.with_known(schema, SOUND["commissioned"], {})["employer_name"] is None
    assert form.with_known(ALL["unit"](), SOUND["unit"], known) == SOUND["unit"]


@pytest.mark.parametrize("name", NAMES)
def test_a_read_only_field_says_where_it_is_known_from(name: str) -> None:
    for field in ALL[name]().fields.values():
        assert not field.metadata.get("readonly") or field.metadata["known"]
