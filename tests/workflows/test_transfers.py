"""Archive and hukou: registered, changed, copied from a destination, doubted when it ends, lapsed with base data."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Row, select, text, update

from app.access import Actor, Role
from app.codes import directory
from app.models import Confirmation, ModuleName, School, Transfer, Verdict
from app.problems import Invalid, NotNow, Stale, UnderReview
from app.workflows import archive_directory, confirmation, filing_rows, modules, transfers
from app.workflows.advance import Move, advance
from app.workflows.claim_machine import CLAIM
from app.workflows.destination import CLAIM_TABLE
from app.workflows.kinds import KINDS
from app.workflows.machine import Situation
from app.workflows.transfer_rows import ARCHIVE
from tests import factories, filed
from tests.factories import World, make_graduate, make_staff
from tests.support import assert_invariants, events

ADDRESS = {
    "transfer": "1",
    "receiver_name": "杭州市人才服务局档案中心",
    "region": "330108",
    "address": "江南大道 100 号",
    "postcode": "310051",
    "contact": "档案科",
    "phone": "0571-87700000",
}
HUKOU_ADDRESS = {"transfer": "1", "region": "330108", "address": "江南大道 100 号"}
BROUGHT = {
    "archive_transfer": "1",
    "archive_receiver": {name: ADDRESS[name] for name in ("address", "postcode", "contact", "phone")}
    | {"name": ADDRESS["receiver_name"], "region": None},
    "hukou_transfer": "1",
    "hukou_address": "杭州市滨江区江南大道 100 号",
}


@pytest.fixture
def open_world(world: World) -> World:
    filed.open_modules(world)
    with world.services.db.transaction() as connection:
        archive_directory.take_over(connection, directory.sample())
    return world


def record(world: World, graduate: Actor, lane: str = "archive") -> Row[Any] | None:
    query = select(Transfer).where(Transfer.graduate_id == graduate.graduate_id, Transfer.lane == lane)
    with world.services.db.reading() as connection:
        return connection.execute(query).one_or_none()


def standing(world: World, graduate: Actor, lane: str = "archive") -> tuple[str, str]:
    found = record(world, graduate, lane)
    assert found is not None
    return found.state, found.source


def registered(world: World, graduate: Actor, form: dict[str, Any] = ADDRESS, kind: str = "archive") -> uuid.UUID:
    made = filed.draft(world, graduate, f"{kind}_registration", form)
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    return made


def claim_moves(world: World, actor: Actor, graduate: Actor, *actions: str) -> None:
    """The graduate's claim takes these steps, as the kinds that bring them about let it."""
    for action in actions:
        claim = factories.claim_of(world, graduate)
        with world.services.db.transaction() as connection:
            now = connection.scalar(text("SELECT clock_timestamp()"))
            advance(connection, Move(CLAIM, CLAIM_TABLE, action, Situation(claim, actor, now)))


def report(world: World, graduate: Actor) -> None:
    with world.services.db.transaction() as connection:
        person = filing_rows.person(connection, graduate, graduate.graduate_id)  # type: ignore[arg-type]
        confirmation.report(
            connection,
            world.school_office,
            person.graduate_id,
            person.school_id,
            reported_on=person.now.date(),
            system="校内登记",
        )


def confirmed(world: World, graduate: Actor) -> None:
    with world.services.db.transaction() as connection:
        confirmation.confirm(connection, graduate, seen=asked(world, graduate).version)


def asked(world: World, graduate: Actor) -> Row[Any]:
    with world.services.db.reading() as connection:
        return connection.execute(select(Confirmation).where(Confirmation.graduate_id == graduate.graduate_id)).one()


# Registered and changed -----------------------------------------------------------------------------------------------


def test_an_archive_is_registered_and_changed_while_the_old_data_stay_valid(open_world: World) -> None:
    graduate = make_graduate(open_world)
    registered(open_world, graduate)
    assert standing(open_world, graduate) == ("active", "filed")
    made = filed.draft(open_world, graduate, "archive_change", {"contact": "人事科"})
    assert filed.row(open_world, made).form["receiver_name"] == ADDRESS["receiver_name"], "begins with what holds"
    filed.submit(open_world, graduate, made)
    assert record(open_world, graduate).form["contact"] == "档案科"  # type: ignore[union-attr]
    filed.approve(open_world, made)
    found = record(open_world, graduate)
    assert found is not None
    assert (found.state, found.form["contact"]) == ("active", "人事科")
    assert [action for action, *_ in events(open_world.services, found.id)] == ["register", "change"]
    assert_invariants(open_world.services)


def test_a_rejected_change_leaves_the_old_data_and_another_may_be_begun(open_world: World) -> None:
    graduate = make_graduate(open_world)
    registered(open_world, graduate)
    made = filed.draft(open_world, graduate, "archive_change", {"contact": "人事科"})
    filed.submit(open_world, graduate, made)
    filed.decide(open_world, open_world.college_office, made, Verdict.REJECT)
    assert record(open_world, graduate).form["contact"] == "档案科"  # type: ignore[union-attr]
    again = filed.draft(open_world, graduate, "archive_change", {"contact": "人事处"})
    filed.submit(open_world, graduate, again)
    filed.approve(open_world, again)
    assert record(open_world, graduate).form["contact"] == "人事处"  # type: ignore[union-attr]


def test_what_is_registered_is_changed_and_what_is_not_is_registered_first(open_world: World) -> None:
    graduate = make_graduate(open_world)
    with pytest.raises(NotNow, match="请先办理「档案信息登记」"):
        filed.draft(open_world, graduate, "archive_change")
    registered(open_world, graduate)
    with pytest.raises(NotNow, match="请办理「档案信息修改」"):
        filed.draft(open_world, graduate, "archive_registration")


def test_only_one_filing_of_the_archive_is_under_review(open_world: World) -> None:
    graduate = make_graduate(open_world)
    first = filed.draft(open_world, graduate, "archive_registration", ADDRESS)
    filed.submit(open_world, graduate, first)
    second = filed.draft(open_world, graduate, "archive_registration", ADDRESS)
    with pytest.raises(UnderReview):
        filed.submit(open_world, graduate, second)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"receiver_name": "林 知夏"}, "/form/receiver_name"),
        ({"contact": "母亲"}, "/form/contact"),
        ({"address": "江南大道"}, "/form/address"),
        ({"transfer": "9"}, "/form/transfer"),
    ],
)
def test_an_archive_goes_to_nobody_s_family_and_to_no_vague_place(
    open_world: World, change: dict[str, str], pointer: str
) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "archive_registration", ADDRESS | change)
    with pytest.raises(Invalid) as caught:
        filed.submit(open_world, graduate, made)
    assert [error["pointer"] for error in caught.value.extra["errors"]] == [pointer]


def test_back_to_the_origin_is_filled_in_from_the_directory_and_its_address_is_locked(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "archive_registration", variant=transfers.BACK_HOME)
    filled = filed.row(open_world, made).form
    assert filled["receiver_name"] == "绍兴市越城区人才管理服务中心"
    with open_world.services.db.reading() as connection:
        row = filing_rows.load(connection, graduate, made)
    locked = KINDS["archive_registration"].locked(filing_rows.situation_of(row, graduate), row.form)
    assert locked == ("region", "address")
    moved = filed.draft(
        open_world,
        graduate,
        "archive_registration",
        {"contact": "档案科", "address": "人民路 9 号"},
        variant=transfers.BACK_HOME,
    )
    with pytest.raises(Invalid) as caught:
        filed.submit(open_world, graduate, moved)
    assert [error["pointer"] for error in caught.value.extra["errors"]] == ["/form/address"]
    filed.draft(open_world, graduate, "archive_registration", filled | {"contact": "档案科"}, variant="home")
    filed.submit(open_world, graduate, moved)
    filed.approve(open_world, moved)
    assert standing(open_world, graduate) == ("active", "filed")


def test_the_nearest_office_is_the_county_s_else_the_city_s_else_the_province_s(open_world: World) -> None:
    offices = {office.region: office for office in directory.sample()}
    with open_world.services.db.transaction() as connection:
        origins = connection.execute(text("SELECT DISTINCT left(region, 2) || '0101' FROM archive_office")).scalars()
    for origin in ("330602", "330699", *origins):
        graduate = make_graduate(open_world, origin=origin)
        with open_world.services.db.reading() as connection:
            row = filing_rows.person(connection, graduate, graduate.graduate_id)  # type: ignore[arg-type]
        wanted = directory.nearest(origin, offices.get)
        assert (row.office or {}).get("region") == (wanted.region if wanted else None), origin


def test_the_hukou_is_for_those_who_moved_it_in(open_world: World) -> None:
    for moved, sentence in ((False, "没有迁入学校，不用登记"), (None, "按没有迁入办理")):
        with pytest.raises(NotNow, match=sentence):
            filed.draft(open_world, make_graduate(open_world, hukou_moved=moved), "hukou_registration")
    graduate = make_graduate(open_world, hukou_moved=True)
    registered(open_world, graduate, HUKOU_ADDRESS, "hukou")
    made = filed.draft(open_world, graduate, "hukou_change", {"address": "江南大道 200 号"})
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    assert record(open_world, graduate, "hukou").form["address"] == "江南大道 200 号"  # type: ignore[union-attr]


def test_a_module_that_is_off_or_closed_begins_nothing_and_a_running_review_finishes(world: World) -> None:
    graduate = make_graduate(world)
    with pytest.raises(NotNow, match="尚未启用"):
        filed.draft(world, graduate, "archive_registration")
    filed.open_modules(world, ModuleName.ARCHIVE)
    made = filed.draft(world, graduate, "archive_registration", ADDRESS)
    filed.submit(world, graduate, made)
    with world.services.db.transaction() as connection:
        assert modules.close_module(connection, world.school_id, world.class_year, ModuleName.ARCHIVE)
    filed.approve(world, made)
    assert standing(world, graduate) == ("active", "filed")
    with pytest.raises(NotNow, match="已关闭"):
        filed.draft(world, graduate, "archive_change")


def test_it_is_returned_for_correction_only_where_the_school_says_so(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "archive_registration", ADDRESS)
    filed.submit(open_world, graduate, made)
    with pytest.raises(NotNow):
        filed.decide(open_world, open_world.college_office, made, Verdict.RETURN)
    filed.withdraw(open_world, graduate, made)
    with open_world.services.db.transaction() as connection:
        connection.execute(update(School).values(return_transfers=True))
    filed.submit(open_world, graduate, made)
    filed.decide(open_world, open_world.college_office, made, Verdict.RETURN)
    with open_world.services.db.transaction() as connection:
        connection.execute(update(School).values(return_transfers=False))
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    assert standing(open_world, graduate) == ("active", "filed")
    assert_invariants(open_world.services)


def test_what_the_school_files_says_so(open_world: World) -> None:
    graduate, office = make_graduate(open_world), open_world.college_office
    made = filed.draft(open_world, office, "archive_registration", ADDRESS, graduate=graduate)
    filed.submit(open_world, office, made)
    colleague = make_staff(open_world, Role.COLLEGE, "苏老师", college_id=open_world.colleges[0])
    filed.decide(open_world, colleague, made)
    filed.decide(open_world, open_world.school_office, made)
    assert standing(open_world, graduate) == ("active", "school")


# Copied from a destination --------------------------------------------------------------------------------------------


def signed(world: World, graduate: Actor, **terms: Any) -> None:
    sent = factories.send(world, graduate, **terms)
    factories.accept(world, graduate, sent)
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    factories.decide(world, world.school_office, graduate, Verdict.APPROVE)


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
    signed_with_filings_before(open_world, graduate)
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


def signed_with_filings_before(world: World, graduate: Actor) -> None:
    sent = factories.send(world, graduate, **BROUGHT)
    factories.accept(world, graduate, sent)
    with world.services.db.reading() as connection:
        (made,) = connection.execute(
            text("SELECT id FROM filing WHERE graduate_id = :g AND lane = 'destination'"), {"g": graduate.graduate_id}
        ).scalars()
    filed.approve(world, made)


def test_what_was_copied_is_doubted_when_its_destination_ends_and_may_be_kept(open_world: World) -> None:
    graduate = make_graduate(open_world, hukou_moved=True)
    signed(open_world, graduate, **BROUGHT)
    made = filed.draft(open_world, graduate, "hukou_change", {"region": "330108", "address": "江南大道 200 号"})
    filed.submit(open_world, graduate, made)
    filed.approve(open_world, made)
    claim_moves(open_world, open_world.school_office, graduate, "begin_ending", "terminate")
    assert standing(open_world, graduate) == ("doubtful", "copied")
    assert standing(open_world, graduate, "hukou") == ("active", "filed"), "touched since: the graduate's own word"
    found = record(open_world, graduate)
    assert found is not None
    with pytest.raises(Stale), open_world.services.db.transaction() as connection:
        transfers.keep(connection, graduate, ARCHIVE, seen=found.version - 1)
    for _ in range(2):  # a second click is a success
        with open_world.services.db.transaction() as connection:
            transfers.keep(connection, graduate, ARCHIVE, seen=found.version)
    assert standing(open_world, graduate) == ("active", "filed")
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
    report(open_world, graduate)
    changes = {
        "a destination takes effect, with its copies": lambda: signed(open_world, graduate, **BROUGHT),
        "archive changed": lambda: changed(open_world, graduate, "archive"),
        "hukou changed": lambda: changed(open_world, graduate, "hukou"),
        "destination amended": lambda: claim_moves(open_world, open_world.school_office, graduate, "amend"),
        "destination ended": lambda: (
            claim_moves(open_world, graduate, graduate, "begin_ending")
            or claim_moves(  # type: ignore[func-returns-value]
                open_world, open_world.school_office, graduate, "terminate"
            )
        ),
    }
    for name, change in changes.items():
        confirmed(open_world, graduate)
        assert asked(open_world, graduate).state == "done"
        change()
        assert asked(open_world, graduate).state == "again", name
    assert_invariants(open_world.services)


def changed(world: World, graduate: Actor, lane: str) -> None:
    made = filed.draft(world, graduate, f"{lane}_change", {"region": "330108", "address": "江南大道 300 号"})
    filed.submit(world, graduate, made)
    filed.approve(world, made)


def test_a_confirmation_still_to_be_given_stays_so(open_world: World) -> None:
    graduate = make_graduate(open_world)
    report(open_world, graduate)
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
