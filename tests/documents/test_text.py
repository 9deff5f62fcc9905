"""The text of an agreement."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.clauses import Clause, terms_hash, yuan
from app.documents.errors import IncompleteTerms
from tests.documents.samples import GRADUATE, REQUIRED, SHOWN, TERMS, text, whole

OPTIONAL = tuple(field for field in TERMS if field not in REQUIRED)


def without(*fields: str) -> dict[str, Any]:
    return {field: value for field, value in TERMS.items() if field not in fields}


@pytest.mark.parametrize(("field", "shown"), SHOWN.items())
def test_every_filled_field_is_in_the_text(field: str, shown: str) -> None:
    assert shown in whole(text())


@pytest.mark.parametrize("field", [field for field in asdict(GRADUATE) if field != "graduates_on"])
def test_everything_known_of_the_graduate_is_in_the_text(field: str) -> None:
    assert asdict(GRADUATE)[field] in whole(text())


def test_months_and_years_are_written_out() -> None:
    assert "毕业时间：2026年6月" in whole(text())
    assert "学制：2.5年" in whole(text(study_years="2.5"))


@given(left_out=st.sets(st.sampled_from(OPTIONAL)), empty=st.sampled_from([None, "", "  "]))
def test_what_was_not_filled_leaves_no_trace(left_out: set[str], empty: str | None) -> None:
    composed = text({**TERMS, **dict.fromkeys(left_out, empty)})
    printed = whole(composed)
    assert not [word for word in ("None", "null", "：。", "，。", "；。", "（）") if word in printed]
    assert all(clause.paragraphs and all(clause.paragraphs) for clause in composed)
    assert all(label and value for clause in composed for label, value in clause.rows)
    kept = [shown for field, shown in SHOWN.items() if field.split(".")[0] not in left_out]
    assert all(shown in printed for shown in kept)
    assert composed == text(without(*left_out))


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_required_field_is_named(field: str) -> None:
    with pytest.raises(IncompleteTerms) as refused:
        text(without(field))
    assert refused.value.field == field


@pytest.mark.parametrize("supplement", [TERMS["supplement"], None])
def test_clauses_are_numbered_without_a_gap(supplement: str | None) -> None:
    numerals = "".join(clause.numeral for clause in text({**TERMS, "supplement": supplement}))
    assert numerals == ("一二三四五六七八九十" if supplement else "一二三四五六七八九")


def test_the_supplement_is_quoted_word_for_word_in_a_clause_of_its_own() -> None:
    agreed = "一、乙方同意：\n  #let x = 1；**保密**"
    [clause] = [clause for clause in text({**TERMS, "supplement": agreed}) if clause.kind == "supplement"]
    assert clause.paragraphs[1] == agreed


@pytest.mark.parametrize(
    ("cents", "said"),
    [(None, "双方未约定违约金"), (0, "双方约定不设违约金"), (500_000, "支付违约金人民币 5,000 元")],
)
def test_the_penalty_is_said_whether_agreed_or_not(cents: int | None, said: str) -> None:
    assert said in whole(text({**TERMS, "penalty_cents": cents}))


@pytest.mark.parametrize(
    ("months", "said"), [(None, "双方未约定试用期"), (0, "双方约定不设试用期"), (6, "试用期为 6 个月")]
)
def test_the_probation_is_said_whether_agreed_or_not(months: int | None, said: str) -> None:
    assert said in whole(text({**TERMS, "probation_months": months}))


def test_an_authority_takes_people_on_without_a_labour_contract() -> None:
    assert "录用手续和社会保障手续" in whole(text({**TERMS, "nature": "10"}))
    assert "一个月内与乙方订立书面劳动合同" in whole(text())


def test_the_level_of_signature_is_told_before_anyone_signs() -> None:
    last = text()[-1]
    assert "平台确认件" in last.paragraphs[-1]
    assert "不是甲、乙双方经依法设立的电子认证服务机构认证的可靠电子签名" in last.paragraphs[-1]


def test_a_partys_particulars_come_as_rows_even_when_a_value_holds_a_colon() -> None:
    employer = text({**TERMS, "address": "江陵路：1760号"})[0]
    assert dict(employer.rows)["通讯地址"] == "浙江省杭州市滨江区江陵路：1760号"
    assert text()[-1].rows == ()


def test_the_hash_stays_when_the_text_is_stored_and_read_back() -> None:
    composed = text()
    stored = json.loads(json.dumps([clause.as_json() for clause in composed]))
    assert tuple(Clause.from_json(plain) for plain in stored) == composed
    assert terms_hash(composed) == terms_hash(Clause.from_json(plain) for plain in stored)


def test_the_hash_does_not_depend_on_the_order_of_the_form() -> None:
    assert terms_hash(text(dict(reversed(TERMS.items())))) == terms_hash(text())


def test_the_hash_is_the_one_written_down_here() -> None:
    """An agreement accepted today must give the same hash after every release that leaves the wording alone."""
    assert terms_hash(text()) == "3fb35efba2ca060862a9aeeef77988b7dbd0cb66578bc76390eadbf66870f92e"


@pytest.mark.parametrize("field", TERMS)
def test_changing_any_field_changes_the_hash(field: str) -> None:
    other: dict[str, Any] = {"nature": "31", "industry": "42", "region": "330106", "position_category": "24"}
    other |= {"archive_transfer": "2", "hukou_transfer": "9", "report_on": "2026-07-07", "archive_receiver": None}
    value = TERMS[field]
    changed = other.get(field, value + 1 if isinstance(value, int) else f"{value}改")
    assert terms_hash(text({**TERMS, field: changed})) != terms_hash(text())


@pytest.mark.parametrize(("cents", "shown"), [(1_300_000, "13,000 元"), (5, "0.05 元"), (0, "0 元"), (110, "1.10 元")])
def test_money_is_written_for_people(cents: int, shown: str) -> None:
    assert yuan(cents) == shown
