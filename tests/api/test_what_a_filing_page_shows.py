"""A filing's page tells what holds now, and what happened in the order in which one thing led to the other."""

from __future__ import annotations

from sqlalchemy import update

from app.models import School
from tests import filed
from tests.api.conftest import Calling
from tests.factories import World, make_graduate
from tests.moved import HUKOU_ADDRESS, registered

STUDY = {"kind": "postgraduate", "university": "浙江大学"}


def shown(page: dict) -> dict[str, str]:
    return {field["key"]: field["value"] for section in page["form"] for field in section["fields"]}


def test_what_was_completed_is_read_where_the_destination_is(world: World, calling: Calling) -> None:
    filed.open_modules(world)
    graduate = make_graduate(world)
    made = filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    caller = calling(graduate)
    assert "major" not in shown(caller.get(f"/my/filings/{made}").get_json())
    more = filed.draft(world, graduate, "completion", {"major": "软件工程"})
    filed.submit(world, graduate, more)
    filed.approve(world, more)
    page = caller.get(f"/my/filings/{made}").get_json()
    assert shown(page) == {"kind": "研究生", "university": "浙江大学", "major": "软件工程"}
    assert shown(caller.get(f"/my/filings/{more}").get_json()) == {"major": "软件工程"}


def test_what_came_of_a_decision_is_told_after_it(world: World, calling: Calling) -> None:
    filed.open_modules(world)
    with world.services.db.transaction() as connection:
        connection.execute(update(School).values(void_review="always"))
    for _ in range(5):  # ids within one statement come in no order to rely on
        graduate = make_graduate(world)
        made = filed.draft(world, graduate, "other_destination", STUDY, variant="study_domestic")
        filed.submit(world, graduate, made)
        filed.approve(world, made)
        void = filed.draft(world, graduate, "destination_void", {"reason": "改签单位"})
        filed.submit(world, graduate, void)
        filed.approve(world, void)
        told = [line["title"] for line in calling(graduate).get(f"/my/filings/{void}").get_json()["history"]]
        assert told[:3] == ["去向作废", "学校审核通过", "学院审核通过"]


def test_no_address_of_a_home_stands_in_a_title(world: World, calling: Calling) -> None:
    filed.open_modules(world)
    graduate = make_graduate(world, hukou_moved=True)
    registered(world, graduate, HUKOU_ADDRESS, "hukou")
    caller = calling(graduate)
    [card] = caller.get("/my/filings?lane=hukou").get_json()["items"]
    assert card["title"] == "签约单位接收"
