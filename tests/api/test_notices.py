"""推送偏好 over HTTP: what each role may switch off, what it may not, and what WeChat refuses."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from sqlalchemy import insert, text

from app.access import Actor, Role
from app.models import Message, Preference, Refusal, WechatFollower
from app.notify import preferences
from app.notify.entry import CHOICES, TEMPLATES
from app.notify.preferences import TITLES
from app.services import Services
from stack.settings_for_development import CHECKOUT
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.factories import World, make_graduate, make_staff


@pytest.fixture
def roles(world: World) -> dict[str, Actor]:
    return {
        "graduate": make_graduate(world),
        "employer": world.employer,
        "counsellor": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        "college": world.college_office,
        "school": world.school_office,
    }


def rows(services: Services, model: Any) -> list[Any]:
    with services.db.reading() as connection:
        return list(connection.execute(model.__table__.select()).all())


def refuse(services: Services, actor: Actor, template: str, again: str) -> None:
    with services.db.transaction() as connection:
        values = {"account_id": actor.id, "template": template, "refused_at": text("now() - interval '2 days'")}
        connection.execute(insert(Refusal).values(**values, probe_at=text(again)))


def test_titles_are_those_the_platform_shows() -> None:
    templates = json.loads((CHECKOUT / "sandbox" / "message_templates.json").read_text("utf-8"))
    assert {one["id"].removeprefix("tpl-"): one["title"] for one in templates} == TITLES
    assert TITLES.keys() == TEMPLATES.keys()


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("graduate", ["closed", "progress"]),
        ("employer", ["answers"]),
        ("counsellor", ["digest"]),
        ("college", ["digest"]),
        ("school", ["digest"]),
    ],
)
def test_each_role_is_offered_its_own_choices_and_all_are_pushed_at_first(
    calling: Calling, roles: dict[str, Actor], role: str, offered: list[str]
) -> None:
    found = calling(roles[role]).get("/me/notices").get_json()
    assert [one["choice"] for one in found["choices"]] == offered
    for one in found["choices"]:
        assert (one["title"], one["explanation"]) == (CHOICES[one["choice"]].title, CHOICES[one["choice"]].explanation)
        assert one["pushed"] is True
    assert found["wechat"] == {"bound": False, "following": False}
    assert found["refusals"] == []
    assert "22:00" in found["quiet"]


def test_what_a_graduate_could_lose_by_is_named_and_cannot_be_switched_off(
    world: World, calling: Calling, services: Services
) -> None:
    graduate = calling(make_graduate(world))
    found = graduate.get("/me/notices").get_json()
    assert {"签约邀请通知", "签约邀请到期提醒", "签约成功通知"} <= set(found["mandatory"]["titles"])
    assert "签约邀请通知" in found["quiet"], "it comes at night too"
    for template in ("invitation_received", "invitation_expiring", "agreement_effective"):
        refused = problem(graduate.post(f"/me/notices/{template}", {"pushed": False}), 422, "invalid")
        assert TITLES[template] in refused["detail"]
    assert rows(services, Preference) == []


def test_a_choice_is_kept_switched_back_and_the_same_however_often_it_is_said(
    calling: Calling, roles: dict[str, Actor], services: Services
) -> None:
    graduate = calling(roles["graduate"])
    for pushed in (False, False, True, False):
        assert graduate.post("/me/notices/closed", {"pushed": pushed}).status_code == 204
        found = {one["choice"]: one["pushed"] for one in graduate.get("/me/notices").get_json()["choices"]}
        assert found == {"closed": pushed, "progress": True}
    (kept,) = rows(services, Preference)
    assert (kept.account_id, kept.choice, kept.pushed) == (roles["graduate"].id, "closed", False)
    moment = kept.changed_at
    graduate.post("/me/notices/closed", {"pushed": False})
    assert rows(services, Preference)[0].changed_at == moment, "nothing was changed, so nothing was written"


def test_a_choice_is_one_person_s_own(world: World, calling: Calling) -> None:
    one, other = make_graduate(world), make_graduate(world)
    calling(one).post("/me/notices/closed", {"pushed": False})
    assert all(choice["pushed"] for choice in calling(other).get("/me/notices").get_json()["choices"])


@pytest.mark.parametrize(
    ("role", "choice"),
    [("graduate", "answers"), ("employer", "closed"), ("college", "progress"), ("school", "answers"), ("school", "x")],
)
def test_another_role_s_choice_and_one_that_does_not_exist_are_not_found(
    calling: Calling, roles: dict[str, Actor], services: Services, role: str, choice: str
) -> None:
    problem(calling(roles[role]).post(f"/me/notices/{choice}", {"pushed": False}), 404, "not_found")
    assert rows(services, Preference) == []


@pytest.mark.parametrize("body", [{}, {"pushed": None}, {"pushed": "no"}, {"pushed": 0.5}, {"pushed": True, "x": 1}])
def test_a_switch_is_on_or_off(world: World, calling: Calling, body: dict[str, Any]) -> None:
    problem(calling(make_graduate(world)).post("/me/notices/closed", body), 422, "invalid")


@pytest.mark.parametrize("following", [True, False])
def test_it_says_whether_wechat_is_bound_and_followed(
    world: World, calling: Calling, services: Services, following: bool
) -> None:
    graduate = make_graduate(world)
    app_id = services.settings.wechat.app_id
    with services.db.transaction() as connection:
        values = {"app_id": app_id, "openid": "o-1", "account_id": graduate.id, "following": following}
        connection.execute(insert(WechatFollower).values(**values))
    found = calling(graduate).get("/me/notices").get_json()
    assert found["wechat"] == {"bound": True, "following": following}


def test_what_wechat_refuses_is_named_and_tried_at_once_when_the_person_says_so(
    world: World, calling: Calling, services: Services
) -> None:
    one, other = make_graduate(world), make_graduate(world)
    refuse(services, one, "invitation_received", "now() + interval '5 days'")
    refuse(services, one, "review_result", "now() - interval '1 hour'")
    refuse(services, other, "invitation_received", "now() + interval '5 days'")
    caller = calling(one)
    found = {item["title"]: item["again_at"] for item in caller.get("/me/notices").get_json()["refusals"]}
    assert found.keys() == {"签约邀请通知", "审核结果通知"}
    assert found["签约邀请通知"] is not None
    assert found["审核结果通知"] is None, "its time has come: the next notice tries it"
    for _ in range(2):
        assert caller.post("/me/notices/refusals/clear").status_code == 204
    assert {item["again_at"] for item in caller.get("/me/notices").get_json()["refusals"]} == {None}
    (untouched,) = calling(other).get("/me/notices").get_json()["refusals"]
    assert untouched["again_at"] is not None


def test_choosing_tells_nobody_and_writes_no_event(world: World, calling: Calling, services: Services) -> None:
    graduate = calling(make_graduate(world))
    with services.db.reading() as connection:
        before = connection.scalar(text("SELECT count(*) FROM event"))
    graduate.post("/me/notices/closed", {"pushed": False})
    graduate.post("/me/notices/refusals/clear")
    with services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM event")) == before
    assert rows(services, Message) == []


def test_a_made_up_path_of_a_choice_is_not_found(world: World, calling: Calling) -> None:
    problem(calling(make_graduate(world)).post(f"/me/notices/{uuid.uuid4()}", {"pushed": True}), 404, "not_found")


def test_only_graduates_are_sent_what_may_not_be_switched_off() -> None:
    """The page gives one reason for it, and that is theirs."""
    assert [role for role in Role if preferences.mandatory(role)] == [Role.GRADUATE]
