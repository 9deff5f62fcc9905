"""Archive and hukou as graduates file them: registered, changed, refused, returned, switched off."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update

from app.access import Role
from app.codes import directory
from app.models import ModuleName, School, Verdict
from app.problems import Invalid, NotNow, UnderReview
from app.schemas.receivers import HOME
from app.workflows import filing_rows, modules, transfers
from app.workflows.kinds import KINDS
from tests import filed, moved
from tests.factories import World, make_graduate, make_staff
from tests.moved import ADDRESS, HUKOU_ADDRESS, record, registered, standing
from tests.support import assert_invariants, events


@pytest.fixture
def open_world(world: World) -> World:
    moved.open_all(world)
    return world


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
        ({"phone": "13912345678"}, "/form/phone"),
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


def test_who_chooses_the_origin_gets_its_office_filled_in_and_loses_it_with_another_choice(open_world: World) -> None:
    graduate = make_graduate(open_world)
    made = filed.draft(open_world, graduate, "archive_registration", ADDRESS | {"contact": "档案科"})
    filed.draft(open_world, graduate, "archive_registration", {"transfer": HOME})
    chosen = filed.row(open_world, made).form
    assert (chosen["receiver_name"], chosen["region"]) == ("绍兴市越城区人才管理服务中心", "330602")
    assert chosen["contact"] == "档案科", "what the directory does not know stays"
    filed.draft(
        open_world, graduate, "archive_registration", {"transfer": ADDRESS["transfer"], "phone": "0575-85000001"}
    )
    found = filed.row(open_world, made).form
    assert (found["receiver_name"], found["address"], found["phone"]) == (None, None, "0575-85000001")


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
    for told, sentence in ((False, "没有迁入学校，不用登记"), (None, "按没有迁入办理")):
        with pytest.raises(NotNow, match=sentence):
            filed.draft(open_world, make_graduate(open_world, hukou_moved=told), "hukou_registration")
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
