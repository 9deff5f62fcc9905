"""审核 (docs/rules.md, 审核)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from sqlalchemy import select, update

from app import clock, workdays
from app.access import Actor, Role
from app.documents import numbers
from app.models import Document, Graduate, Review, School, Verdict
from app.problems import DecidedByOther, Invalid, NotNow, Stale
from app.workflows import decision
from app.workflows.filing_machine import DESKS
from tests.factories import (
    World,
    accept,
    claim_of,
    decide,
    filing_of,
    make_graduate,
    make_staff,
    make_world,
    row,
    send,
    sign,
)
from tests.support import assert_invariants, refusal


def offices(world: World) -> dict[str, Actor]:
    return {
        "counsellor": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        "college": world.college_office,
        "school": world.school_office,
    }


def accepted(world: World) -> Actor:
    graduate = make_graduate(world)
    accept(world, graduate, send(world, graduate))
    return graduate


ORDERS = [stages for count in (1, 2, 3) for stages in combinations(DESKS, count)]


@pytest.mark.parametrize("stages", ORDERS, ids="-".join)
def test_a_signing_passes_the_levels_of_its_school_in_order_and_then_takes_effect(
    world: World, stages: tuple[str, ...]
) -> None:
    own = make_world(world.services, code="18888", stages={"*": list(stages)})
    desks, graduate = offices(own), accepted(own)
    for stage in stages:
        assert filing_of(own, graduate).state == f"{stage}_review"
        assert claim_of(own, graduate).state == "in_review"
        decide(own, desks[stage], graduate, Verdict.APPROVE)
    assert filing_of(own, graduate).state == "approved"
    assert claim_of(own, graduate).state == "effective"
    assert_invariants(own.services)


def test_levels_can_be_set_for_one_kind_only(world: World) -> None:
    own = make_world(world.services, code="18888", stages={"*": ["college", "school"], "online_signing": ["school"]})
    assert filing_of(own, accepted(own)).stages == ["school"]


def test_levels_are_frozen_when_the_filing_is_handed_in(world: World) -> None:
    graduate = accepted(world)
    with world.services.db.transaction() as connection:
        connection.execute(update(School).values(stages={"*": ["school"]}))
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    assert filing_of(world, graduate).state == "school_review"
    assert filing_of(world, accepted(world)).state == "school_review", "a later one takes the new setting"


@pytest.mark.parametrize("desk", [0, 1])
def test_a_rejection_at_any_level_fails_the_signing_and_keeps_the_reason(world: World, desk: int) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    accept(world, graduate, sent)
    if desk:
        decide(world, world.college_office, graduate, Verdict.APPROVE)
    office = (world.college_office, world.school_office)[desk]
    decide(world, office, graduate, Verdict.REJECT, "服务期条款不合理")
    assert filing_of(world, graduate).state == "rejected"
    assert claim_of(world, graduate).state == "failed"
    assert row(world, sent).state == "accepted", "what the parties agreed on stays written; the employer invites anew"
    with world.services.db.reading() as connection:
        assert connection.scalars(select(Review.reason).where(Review.verdict == "reject")).all() == ["服务期条款不合理"]
    assert_invariants(world.services)


@pytest.mark.parametrize("reason", [None, ""])
def test_a_rejection_needs_a_reason(world: World, reason: str | None) -> None:
    graduate = accepted(world)
    with pytest.raises(Invalid) as caught:
        decide(world, world.college_office, graduate, Verdict.REJECT, reason)
    assert caught.value.extra["errors"][0]["pointer"] == "/reason"
    assert filing_of(world, graduate).state == "college_review"


def test_a_college_decides_for_its_own_graduates_only(world: World) -> None:
    graduate = accepted(world)
    neighbour = make_staff(world, Role.COLLEGE, "邻院老师", college_id=world.colleges[1])
    paper = filing_of(world, graduate)
    problem = refusal(
        world.services, lambda c: decision.decide(c, neighbour, paper.id, Verdict.APPROVE, seen=paper.version)
    )
    assert problem.code == "not_found"


def test_the_school_cannot_decide_before_the_college_has(world: World) -> None:
    graduate = accepted(world)
    with pytest.raises(NotNow, match="还没有轮到你"):
        decide(world, world.school_office, graduate, Verdict.APPROVE)


def test_one_person_never_decides_two_levels_of_a_round(world: World) -> None:
    graduate = accepted(world)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    promoted = replace(world.college_office, role=Role.SCHOOL, college_id=None)
    for verdict in (Verdict.APPROVE, Verdict.REJECT):
        with pytest.raises(NotNow, match="须由不同的人完成"):
            decide(world, promoted, graduate, verdict, "不符")
    decide(world, world.school_office, graduate, Verdict.APPROVE)


def test_a_one_person_school_may_allow_it(world: World) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(update(School).values(one_person_levels=True))
    graduate = accepted(world)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    decide(world, replace(world.college_office, role=Role.SCHOOL, college_id=None), graduate, Verdict.APPROVE)
    assert claim_of(world, graduate).state == "effective"


def test_who_decides_second_at_the_same_desk_is_told_that_another_was_faster(world: World) -> None:
    graduate = accepted(world)
    colleague = make_staff(world, Role.COLLEGE, "李老师", college_id=world.colleges[0])
    paper = filing_of(world, graduate)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    problem = refusal(
        world.services, lambda c: decision.decide(c, colleague, paper.id, Verdict.APPROVE, seen=paper.version)
    )
    assert isinstance(problem, DecidedByOther)


def test_a_decision_on_another_version_than_the_one_read_is_refused(world: World) -> None:
    graduate = accepted(world)
    paper = filing_of(world, graduate)
    problem = refusal(
        world.services,
        lambda c: decision.decide(c, world.college_office, paper.id, Verdict.APPROVE, seen=paper.version + 1),
    )
    assert isinstance(problem, Stale)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [({"training_mode": "2"}, "定向或委培"), ({"base_state": "deleted"}, "基本信息已被删除")],
    ids=["commissioned", "deleted"],
)
def test_what_no_longer_may_be_signed_cannot_be_approved_but_rejected(
    world: World, columns: dict[str, str], sentence: str
) -> None:
    graduate = accepted(world)
    with world.services.db.transaction() as connection:
        connection.execute(update(Graduate).where(Graduate.id == graduate.graduate_id).values(**columns))
    with pytest.raises(NotNow, match=sentence):
        decide(world, world.college_office, graduate, Verdict.APPROVE)
    decide(world, world.college_office, graduate, Verdict.REJECT, "不能签约")


# The end --------------------------------------------------------------------------------------------------------------


def test_an_effective_agreement_has_its_number_its_code_and_its_document_due(world: World) -> None:
    graduate = make_graduate(world)
    sign(world, graduate)
    claim = claim_of(world, graduate)
    assert numbers.is_valid(claim.agreement_number)
    assert claim.agreement_number[:10] == f"{clock.today().year}119999", "year, kind 1, school code"
    assert claim.destination_code == "10"
    assert claim.effective_at is not None
    with world.services.db.reading() as connection:
        (document,) = connection.execute(select(Document)).all()
    assert (document.subject, document.kind, document.number, document.state) == (claim.id, "agreement", 1, "due")


def test_two_agreements_never_share_a_number(world: World) -> None:
    graduates = [make_graduate(world) for _ in range(3)]
    for graduate in graduates:
        sign(world, graduate)
    assert len({claim_of(world, graduate).agreement_number for graduate in graduates}) == 3


# The clock of a desk, and the mark that somebody reads it -------------------------------------------------------------


def test_each_desk_has_three_working_days(world: World) -> None:
    graduate = accepted(world)
    assert filing_of(world, graduate).due_on == workdays.after(clock.today(), 3)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    paper = filing_of(world, graduate)
    assert paper.due_on == workdays.after(clock.today(), 3)
    assert paper.stage_since > paper.submitted_at


def test_working_days_know_national_holidays_and_days_worked_instead() -> None:
    assert workdays.after(date(2025, 9, 30), 1) == date(2025, 10, 9), "over the National Day holiday"
    assert workdays.is_workday(date(2025, 10, 11)), "a Saturday worked instead"
    assert not workdays.is_workday(date(2035, 6, 3)), "a Sunday beyond the published calendar"


def test_an_item_somebody_reads_is_marked_for_ten_minutes_and_bars_nobody(world: World) -> None:
    graduate = accepted(world)
    colleague = make_staff(world, Role.COLLEGE, "李老师", college_id=world.colleges[0])
    paper = filing_of(world, graduate)
    with world.services.db.transaction() as connection:
        until = decision.hold(connection, world.college_office, paper.id)
    assert 590 < (until - clock.now()).total_seconds() <= 600
    with world.services.db.transaction() as connection:
        assert decision.hold(connection, colleague, paper.id) == until, "a running mark is left alone"
        decision.let_go(connection, colleague, paper.id)
    assert filing_of(world, graduate).holder_id == world.college_office.id, "nobody takes off another's mark"
    decide(world, colleague, graduate, Verdict.APPROVE)
    after = filing_of(world, graduate)
    assert (after.holder_id, after.held_until) == (None, None)


def test_a_mark_changes_no_version(world: World) -> None:
    graduate = accepted(world)
    before = filing_of(world, graduate)
    with world.services.db.transaction() as connection:
        decision.hold(connection, world.college_office, before.id)
    assert filing_of(world, graduate).version == before.version


def test_a_desk_cannot_mark_what_lies_on_another(world: World) -> None:
    graduate = accepted(world)
    with world.services.db.transaction() as connection:
        assert decision.hold(connection, world.school_office, filing_of(world, graduate).id) is None
    assert filing_of(world, graduate).holder_id is None
