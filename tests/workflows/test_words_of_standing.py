"""Whose turn it is, in the words of each viewer: every combination of states that can occur has its face."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import pytest

from app.codes.standing import NoFace, Viewer, desk_turn, filing_steps, steps, termination_turn, turn
from app.models import FilingState, InvitationState
from app.workflows.filing_machine import DESKS

# invitation, filing, claim, late, held → graduate · employer (who, words). `timed`: the countdown belongs beside it.
WORDS = """
pending                                       | mine   等你答复 timed              | others 等毕业生答复 timed
pending   late                                | lost   已过截止时间                | lost   已过截止时间
pending   held                                | others 只能查看，暂不能答复 timed  | others 毕业生暂不能应约 timed
pending   late held                           | lost   已过截止时间                | lost   已过截止时间
refused                                       | others 你已拒绝                    | others 毕业生已拒绝
refused   held                                | others 你已拒绝                    | others 毕业生已拒绝
withdrawn                                     | others 单位已撤回                  | others 你已撤回
withdrawn held                                | others 单位已撤回                  | others 你已撤回
expired                                       | lost   已失效，没有在截止前答复    | lost   已失效，没有在截止前答复
expired   held                                | lost   已失效，没有在截止前答复    | lost   已失效，没有在截止前答复
accepted  counsellor_review in_review         | others 辅导员审核中 aged           | others 辅导员审核中 aged
accepted  college_review in_review            | others 学院审核中 aged             | others 学院审核中 aged
accepted  school_review in_review             | others 学校审核中 aged             | others 学校审核中 aged
accepted  college_review in_review late       | others 学院审核中 aged             | others 学院审核中 aged
accepted  approved effective                  | done   签约成功                    | done   签约成功
accepted  approved effective late             | done   签约成功                    | done   签约成功
accepted  approved terminating                | others 双方同意解约，审核中        | others 双方同意解约，审核中
accepted  approved terminating by_graduate    | others 你申请了解约，等单位答复  | mine   毕业生申请解约，等你答复
accepted  approved terminating by_employer    | mine   单位申请解约，等你答复    | others 你申请了解约，等毕业生答复
accepted  approved terminated                 | others 已解约                      | others 已解约
accepted  rejected failed                     | lost   签约失败，审核不通过        | lost   签约失败，审核不通过
accepted  rejected failed held                | lost   签约失败，审核不通过        | lost   签约失败，审核不通过
"""


def lines() -> list[tuple[str, str, str]]:
    return [tuple(part.strip() for part in line.split("|")) for line in WORDS.strip().splitlines()]  # type: ignore[misc]


@pytest.mark.parametrize(("states", "graduate", "employer"), lines())
def test_each_party_reads_its_own_words(states: str, graduate: str, employer: str) -> None:
    words = states.split()
    late, held = "late" in words, "held" in words
    asked_by = next((word.removeprefix("by_") for word in words if word.startswith("by_")), None)
    states_only = [word for word in words if word not in ("late", "held") and not word.startswith("by_")]
    invitation, filing, claim, *_ = [*states_only, None, None]
    viewers: tuple[tuple[Viewer, str], ...] = (("graduate", graduate), ("employer", employer))
    for viewer, wanted in viewers:
        found = turn(viewer, str(invitation), filing, claim, late=late, held=held, asked_by=asked_by)
        marks = [mark for mark, on in (("timed", found.timed), ("aged", found.aged)) if on]
        assert " ".join([found.who, found.text, *marks]) == " ".join(wanted.split())


# What the machines can bring about: decisions/0001. The invitation is accepted exactly while its newest claim lives or
# was turned down by an office.
REACHABLE = [
    *((state, None, None) for state in InvitationState if state is not InvitationState.ACCEPTED),
    *(("accepted", state.value, "in_review") for state, _ in DESKS.values()),
    ("accepted", "approved", "effective"),
    ("accepted", "approved", "terminating"),
    ("accepted", "approved", "terminated"),
    ("accepted", "rejected", "failed"),
]


@pytest.mark.parametrize(("invitation", "filing", "claim"), REACHABLE)
@pytest.mark.parametrize("viewer", get_args(Viewer))
def test_every_combination_that_can_occur_has_a_face(
    viewer: Viewer, invitation: str, filing: str | None, claim: str | None
) -> None:
    for late in (False, True):
        for held in (False, True):
            found = turn(viewer, invitation, filing, claim, late=late, held=held)
            assert found.text


@pytest.mark.parametrize("invitation", ["accepted", "lost"])
def test_a_combination_that_cannot_occur_is_an_error_not_a_guess(invitation: str) -> None:
    with pytest.raises(NoFace):
        turn("graduate", invitation, "approved", "failed")


@pytest.mark.parametrize("started_by", ["graduate", "employer"])
def test_a_termination_has_words_for_everyone_wherever_it_stands(started_by: str) -> None:
    found = {viewer: termination_turn(viewer, "pending", started_by, None).who for viewer in get_args(Viewer)}
    assert [viewer for viewer, who in found.items() if who == "mine"] == [
        "employer" if started_by == "graduate" else "graduate"
    ]
    for viewer in get_args(Viewer):
        for state in ("refused", "cancelled", "dismissed"):
            assert "仍然有效" in termination_turn(viewer, state, started_by, None).text
        for state in ("accepted", "settled"):
            for filing in (*(desk.value for desk, _ in DESKS.values()), "approved", "rejected"):
                assert termination_turn(viewer, state, started_by, filing).text


def test_another_employer_never_learns_whom_the_graduate_chose() -> None:
    found = turn("employer", "pending", None, None, held=True)
    assert found.text == "毕业生暂不能应约"


# The line of steps ----------------------------------------------------------------------------------------------------

LEVELS = [stages for count in (1, 2, 3) for stages in combinations(DESKS, count)]


@pytest.mark.parametrize("stages", LEVELS, ids="-".join)
def test_the_steps_follow_the_filing_from_desk_to_desk(stages: tuple[str, ...]) -> None:
    length = 2 + len(stages)
    for position, stage in enumerate(stages):
        marks = [mark for _, mark in steps("graduate", "accepted", f"{stage}_review", stages)]
        assert marks == ["done"] * (2 + position) + ["now"] + ["todo"] * (length - 3 - position)
    assert {mark for _, mark in steps("graduate", "accepted", "approved", stages)} == {"done"}
    for place, stage in enumerate(stages):
        marks = [mark for _, mark in steps("graduate", "accepted", "rejected", stages, rejected_by=stage)]
        assert marks == ["done"] * (2 + place) + ["lost"] + ["todo"] * (len(stages) - place - 1)


def test_the_second_step_is_named_for_who_looks() -> None:
    stages = ("college", "school")
    assert [label for label, _ in steps("graduate", "pending", None, stages)] == [
        "单位邀请", "你答复", "学院审核", "学校审核",
    ]  # fmt: skip
    assert steps("employer", "pending", None, stages)[1] == ("毕业生答复", "now")
    assert steps("employer", "pending", None, stages, late=True)[1] == ("毕业生答复", "lost")


@pytest.mark.parametrize("state", ["refused", "withdrawn", "expired"])
def test_what_ended_without_an_answer_is_lost_at_the_second_step(state: str) -> None:
    assert [mark for _, mark in steps("graduate", state, None, ("college", "school"))] == [
        "done", "lost", "todo", "todo",
    ]  # fmt: skip


# The desk -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "mine", "who", "words"),
    [
        ("college_review", True, "mine", "轮到学院审核"),
        ("college_review", False, "others", "学院审核中"),
        ("counsellor_review", True, "mine", "轮到辅导员审核"),
        ("school_review", False, "others", "学校审核中"),
        ("approved", False, "done", "审核通过"),
        ("rejected", False, "lost", "审核不通过"),
        ("withdrawn", False, "others", "毕业生已撤回"),
    ],
)
def test_an_office_reads_whether_it_is_its_turn(state: str, mine: bool, who: str, words: str) -> None:
    found = desk_turn(state, mine)
    assert (found.who, found.text) == (who, words)


def test_an_office_finds_words_for_every_state_a_signing_can_be_in() -> None:
    unused: set[FilingState] = set()
    for state in set(FilingState) - unused:
        assert desk_turn(state.value, mine=False).text


@pytest.mark.parametrize(
    ("claim", "marks"),
    [
        ("agreement_generated", "done done done now todo"),
        ("failed", "done done done lost todo"),
        ("effective", "done done done done done"),
    ],
)
def test_an_approved_application_shows_what_is_still_to_come(claim: str, marks: str) -> None:
    line = filing_steps("approved", ("填写提交",), ("college", "school"), ("盖章回传", "生效"), None, claim)
    assert " ".join(step["state"] for step in line) == marks
