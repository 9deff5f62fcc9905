"""Agreement numbers."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.numbers import Kind, grouped, is_valid, new_agreement_number, ungrouped

numbers = st.builds(
    new_agreement_number,
    st.integers(2000, 9999),
    st.sampled_from(["1", "2", "3"]),
    st.integers(0, 99_999).map("{:05d}".format),
    st.randoms(use_true_random=False),
)


@given(numbers)
def test_a_number_is_nineteen_digits_that_check(number: str) -> None:
    assert len(number) == 19
    assert number.isdigit()
    assert is_valid(number)


@given(numbers, st.integers(0, 18), st.integers(1, 9))
def test_any_one_wrong_digit_is_noticed(number: str, place: int, shift: int) -> None:
    wrong = str((int(number[place]) + shift) % 10)
    assert not is_valid(number[:place] + wrong + number[place + 1 :])


@given(numbers)
def test_groups_are_for_the_eye_only(number: str) -> None:
    assert ungrouped(grouped(number)) == number
    assert [len(group) for group in grouped(number).split(" ")] == [4, 1, 5, 9]


def test_the_parts_can_be_read_off() -> None:
    assert grouped(new_agreement_number(2026, "1", "19999")).startswith("2026 1 19999 ")


def test_ten_thousand_numbers_neither_repeat_much_nor_follow_each_other() -> None:
    made = [int(new_agreement_number(2026, "1", "19999", Random(seed))[10:18]) for seed in range(10_000)]
    assert len(set(made)) > 9_990
    rising = sum(earlier < later for earlier, later in pairwise(made))
    assert 4_500 < rising < 5_500


@pytest.mark.parametrize(
    "text", ["", "2026", "２０２６１１９９９９４８０２１７３６５", "2026119999480217365 ", "x" * 19, "²" * 19]
)
def test_what_is_no_number_is_told_apart_without_an_error(text: str) -> None:
    assert not is_valid(text)


@pytest.mark.parametrize(("year", "kind", "school"), [(26, "1", "19999"), (2026, "4", "19999"), (2026, "1", "1999")])
def test_impossible_parts_are_refused(year: int, kind: Kind, school: str) -> None:
    with pytest.raises(ValueError, match=r"impossible|five digits"):
        new_agreement_number(year, kind, school)
