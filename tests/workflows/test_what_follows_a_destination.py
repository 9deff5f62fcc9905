"""What destinations bring about: records copied and doubted, confirmations renewed; what lapses with base data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.access import Actor, Role
from app.models import ModuleName, ReportScope
from app.problems import NotFound, NotNow, Stale
from app.workflows import confirmation, filing_rows, modules, roster_deletion, transfers
from app.workflows.advance import advance, advance_many
from app.workflows.kinds import KINDS
from app.workflows.roster import GRADUATE
from app.workflows.roster_machine import BASE_DATA
from app.workflows.transfer_rows import ARCHIVE
from tests import factories, filed, moved
from tests.factories import World, make_graduate, make_staff
from tests.moved import (
    ADDRESS,
    BROUGHT,
    UNSURE,
    asked,
    changed,
    claim_moves,
    confirmed,
    record,
    registered,
    report,
    signed,
    standing,
    terminated,
)
from tests.support import assert_invariants


@pytest.fixture
def open_world(world: World) -> World:
    moved.open_all(world)
    return world


# Copied from a destination --------------------------------------------------------------------------------------------


def test_an_approved_destination_brings_its_archive_and_hukou_along(open_world: World) -> None:
    graduate = make_graduate(open_world, hukou_moved=True)
    signed(open_world, graduate, **BROUGHT)
    for lane in ("archive", "hukou"):
        found = record(open_world, graduate, lane)
        assert found is not None
        assert (found.source, found.claim_id) == ("copied", factories.claim_of(open_world, graduate).id)
    assert record(open_world, graduate).form["receiver_name"] == ADDRESS["receiver_name"]  # type: ignore[union-attr]
    assert_invariants(open_world.services)


def test_back_to_the_origin_is_copied_with_the_receiver_of_the_directory(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    assert record(open_world, graduate).form["receiver_name"] == "绍兴市越城区人才管理服务中心"  # type: ignore[union-attr]


def test_a_stamped_agreement_brings_along_what_was_printed(open_world: World) -> None:
    graduate = make_graduate(open_world)
    terms = filed.offline_terms(open_world) | BROUGHT
    made = filed.draft(open_world, graduate, "offline_agreement", terms)
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    assert record(open_world, graduate) is None, "generated is not yet in force"
    made = filed.draft(open_world, graduate, "stamped_agreement", {})
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    assert record(open_world, graduate).form["receiver_name"] == ADDRESS["receiver_name"]  # type: ignore[union-attr]


def test_what_is_undecided_or_not_the_graduate_s_creates_nothing(open_world: World) -> None:
    undecided = make_graduate(open_world, hukou_moved=True)
    signed(open_world, undecided, archive_transfer="9", hukou_transfer="9")
    elsewhere = make_graduate(open_world, hukou_moved=False)
    signed(open_world, elsewhere, **BROUGHT)
    assert record(open_world, undecided) is record(open_world, undecided, "hukou") is None
    assert record(open_world, elsewhere, "hukou") is None


def test_nothing_is_copied_into_a_module_that_is_not_open(world: World) -> None:
    graduate = make_graduate(world, hukou_moved=True)
    signed(world, graduate, **BROUGHT)
    assert record(world, graduate) is record(world, graduate, "hukou") is None


@pytest.mark.parametrize("there", ["a record", "a draft"])
def test_what_is_there_is_not_written_over_but_the_graduate_is_asked(open_world: World, there: str) -> None:
    graduate = make_graduate(open_world, hukou_moved=True)
    mine = ADDRESS | {"receiver_name": "绍兴市人才市场管理服务中心"}
    if there == "a record":
        registered(open_world, graduate, mine)
    else:
        filed.draft(open_world, graduate, "archive_registration", mine)
    signed(open_world, graduate, **BROUGHT)
    found = record(open_world, graduate)
    assert (
        found is None
        if there == "a draft"
        else found is not None and found.form["receiver_name"] == mine["receiver_name"]
    )
    assert standing(open_world, graduate, "hukou") == ("active", "copied")
    with open_world.services.db.reading() as connection:
        facts = connection.scalar(text("SELECT facts FROM event WHERE name = 'claim.effective'"))
    assert facts["take_over"] == "档案信息"


def base_data_are(world: World, state: str) -> None:
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE graduate SET base_state = :state"), {"state": state})


def test_what_was_copied_is_doubted_when_its_destination_ends_and_may_be_kept(open_world: World) -> None:
    graduate = make_graduate(open_world, hukou_moved=True)
    signed(open_world, graduate, **BROUGHT)
    made = filed.draft(open_world, graduate, "hukou_change", {"region": "330108", "address": "江南大道 200 号"})
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    terminated(open_world, graduate)
    assert standing(open_world, graduate) == ("doubtful", "copied")
    assert standing(open_world, graduate, "hukou") == ("active", "filed"), "touched since: the graduate's own word"
    found = record(open_world, graduate)
    assert found is not None
    with pytest.raises(Stale), open_world.services.db.transaction() as connection:
        transfers.keep(connection, graduate, ARCHIVE, seen=found.version - 1)
    signed(open_world, graduate)
    report(open_world)
    with pytest.raises(NotNow, match="请先在那里核对无误或修改"):
        confirmed(open_world, graduate)
    base_data_are(open_world, "changed")
    with pytest.raises(NotNow, match="重新核对"), open_world.services.db.transaction() as connection:
        transfers.keep(connection, graduate, ARCHIVE, seen=found.version)
    base_data_are(open_world, "confirmed")
    for _ in range(2):  # a second click is a success
        with open_world.services.db.transaction() as connection:
            transfers.keep(connection, graduate, ARCHIVE, seen=found.version)
    assert standing(open_world, graduate) == ("active", "filed")
    confirmed(open_world, graduate)
    assert_invariants(open_world.services)


def test_a_doubted_record_is_settled_by_a_change_too(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate, **BROUGHT)
    claim_moves(open_world, graduate, graduate, "void")
    assert standing(open_world, graduate) == ("doubtful", "copied")
    made = filed.draft(open_world, graduate, "archive_change", {"region": "330108", "contact": "人事科"})
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    assert standing(open_world, graduate) == ("active", "filed")


# The confirmation -----------------------------------------------------------------------------------------------------


def test_every_change_of_destination_archive_or_hukou_asks_for_another_confirmation(open_world: World) -> None:
    graduate = make_graduate(open_world, hukou_moved=True)
    signed(open_world, graduate, **BROUGHT)
    school = open_world.school_office
    changes: dict[str, Callable[[], None]] = {
        "archive changed": lambda: changed(open_world, graduate, "archive"),
        "hukou changed": lambda: changed(open_world, graduate, "hukou"),
        "destination amended": lambda: claim_moves(open_world, school, graduate, "amend"),
        "destination ended": lambda: terminated(open_world, graduate),
    }
    for name, change in changes.items():
        report(open_world, ReportScope.ALL)
        confirmed(open_world, graduate)
        assert asked(open_world, graduate).state == "done"
        change()
        assert asked(open_world, graduate).state == "again", name
    assert_invariants(open_world.services)


def test_what_is_registered_for_the_first_time_asks_for_another_confirmation_too(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate, **UNSURE)
    report(open_world)
    with pytest.raises(NotNow, match="请先登记档案信息"):
        confirmed(open_world, graduate)
    with open_world.services.db.transaction() as connection:
        modules.close_module(connection, open_world.school_id, open_world.class_year, ModuleName.ARCHIVE)
    confirmed(open_world, graduate)
    with open_world.services.db.transaction() as connection:
        modules.open_module(connection, open_world.school_id, open_world.class_year, ModuleName.ARCHIVE)
    registered(open_world, graduate)
    assert asked(open_world, graduate).state == "again"
    assert_invariants(open_world.services)


def test_who_must_confirm_the_base_data_first_confirms_nothing_else(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    report(open_world)
    base_data_are(open_world, "changed")
    with pytest.raises(NotNow, match="重新核对"):
        confirmed(open_world, graduate)
    base_data_are(open_world, "confirmed")
    confirmed(open_world, graduate)
    assert asked(open_world, graduate).state == "done"


def test_a_confirmation_still_to_be_given_stays_so(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate, **UNSURE)
    report(open_world)
    registered(open_world, graduate)
    assert asked(open_world, graduate).state == "todo"
    with pytest.raises(NotNow), open_world.services.db.transaction() as connection:
        confirmation.confirm(connection, make_graduate(open_world), seen=1)


def test_a_second_record_of_a_lane_is_impossible(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "archive_registration", ADDRESS)
    filed.submit(open_world, graduate, made)
    filed.decide(open_world, open_world.college_office, made)
    with open_world.services.db.transaction() as connection:
        row = filing_rows.load(connection, graduate, made)
        situation = filing_rows.situation_of(row, open_world.school_office)
        acts = [KINDS["archive_registration"].effects.take_effect(connection, situation)[0] for _ in range(2)]
        advance(connection, acts[0])
    with pytest.raises(NotNow), open_world.services.db.transaction() as connection:
        advance(connection, acts[1])


# Base data deleted ----------------------------------------------------------------------------------------------------


def delete(world: World, actor: Actor, graduate: Actor) -> bool:
    assert graduate.graduate_id is not None
    with world.services.db.transaction() as connection:
        return roster_deletion.delete_base_data(connection, actor, graduate.graduate_id, "退学")


def agree(world: World, actor: Actor, graduate: Actor) -> None:
    assert graduate.graduate_id is not None
    with world.services.db.transaction() as connection:
        roster_deletion.confirm_deletion(connection, actor, graduate.graduate_id)


def upload_again(world: World, graduate: Actor) -> None:
    """What an import does with a graduate who was deleted."""
    assert graduate.graduate_id is not None
    with world.services.db.transaction() as connection:
        ids = [graduate.graduate_id]
        advance_many(connection, BASE_DATA, GRADUATE, "restore", ids, world.school_office, source="deleted")
        roster_deletion.restore_claims(connection, world.school_office, ids)


def test_records_lapse_with_the_base_data_and_are_registered_again(open_world: World) -> None:
    graduate = make_graduate(open_world)
    registered(open_world, graduate)
    assert delete(open_world, open_world.school_office, graduate)
    assert standing(open_world, graduate) == ("lapsed", "filed")
    with pytest.raises(NotNow, match="删除"):
        filed.draft(open_world, graduate, "archive_registration")
    upload_again(open_world, graduate)
    assert standing(open_world, graduate) == ("lapsed", "filed"), "it is not restored"
    made = filed.draft(open_world, open_world.college_office, "archive_registration", ADDRESS, graduate=graduate)
    filed.submit(open_world, open_world.college_office, made)
    colleague = make_staff(open_world, Role.COLLEGE, "苏老师", college_id=open_world.colleges[0])
    filed.decide(open_world, colleague, made)
    filed.decide(open_world, open_world.school_office, made)
    assert standing(open_world, graduate) == ("active", "school")
    assert_invariants(open_world.services)


def test_an_effective_destination_takes_a_second_person_and_comes_back_in_time(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate, **BROUGHT)
    first = open_world.school_office
    second = make_staff(open_world, Role.SCHOOL, "沈老师")
    with pytest.raises(NotNow, match="没有等待确认"):
        agree(open_world, second, graduate)
    assert delete(open_world, first, graduate) is delete(open_world, first, graduate) is False
    assert factories.claim_of(open_world, graduate).state == "effective"
    with pytest.raises(NotNow, match="另一位老师"):
        agree(open_world, first, graduate)
    agree(open_world, second, graduate)
    assert factories.claim_of(open_world, graduate).state == "suspended"
    assert standing(open_world, graduate)[0] == "lapsed"
    assert_invariants(open_world.services)
    upload_again(open_world, graduate)
    assert factories.claim_of(open_world, graduate).state == "effective"
    assert_invariants(open_world.services)


def test_a_destination_that_comes_back_too_late_has_ended(open_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    delete(open_world, open_world.school_office, graduate)
    agree(open_world, make_staff(open_world, Role.SCHOOL, "沈老师"), graduate)
    monkeypatch.setattr(roster_deletion, "RESTORED_WITHIN", timedelta(0))
    upload_again(open_world, graduate)
    assert factories.claim_of(open_world, graduate).state == "voided"
    assert_invariants(open_world.services)


def test_nothing_is_deleted_while_something_is_under_way(open_world: World) -> None:
    in_review, being_ended, at_desk = (make_graduate(open_world) for _ in range(3))
    factories.accept(open_world, in_review, factories.send(open_world, in_review))
    signed(open_world, being_ended)
    claim_moves(open_world, open_world.school_office, being_ended, "begin_ending")
    filed.submit(open_world, at_desk, filed.draft(open_world, at_desk, "archive_registration", ADDRESS))
    for graduate in (in_review, being_ended, at_desk):
        with pytest.raises(NotNow):
            delete(open_world, open_world.school_office, graduate)
    with pytest.raises(NotFound):
        delete(open_world, factories.make_world(open_world.services, code="18888").school_office, at_desk)
