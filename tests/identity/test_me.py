from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.identity import cards, pins
from app.models import BaseState, Graduate, WechatFollower
from app.services import Services
from tests.factories import World, make_graduate
from tests.identity.browsing import Browser, Roster
from tests.sandbox.running import Sandbox
from tests.support import events

Making = Callable[..., Browser]

TWENTY = (
    "考生号 姓名 身份证号 毕业院校 学历 性别 民族 政治面貌 培养方式 生源所在地 入学时间 毕业时间 学号 院系 专业 学制 "
    "档案是否转入学校 户口是否转入学校 电子邮箱 手机号码"
)


@pytest.fixture
def entered(browser: Making, roster: Roster) -> tuple[Browser, uuid.UUID]:
    """A graduate who has logged in and confirmed nothing yet."""
    graduate, login = roster.graduate(archive_moved=None)
    one = browser()
    one.enter(login)
    assert graduate.graduate_id is not None
    return one, graduate.graduate_id


def state(services: Services, graduate: uuid.UUID) -> str:
    with services.db.reading() as connection:
        return str(connection.scalar(select(Graduate.base_state).where(Graduate.id == graduate)))


def test_the_first_page_shows_twenty_fields_and_who_corrects_which(entered: tuple[Browser, uuid.UUID]) -> None:
    one, _ = entered
    response = one.api("GET", "/me", headers=one.signed_in())
    assert response.status_code == 200
    me = response.get_json()
    assert " ".join(field["label"] for field in me["base"]["fields"]) == TWENTY
    assert {f["key"] for f in me["base"]["fields"] if f["corrected_by"] == "graduate"} == {"email", "phone"}
    value = {field["key"]: field["value"] for field in me["base"]["fields"]}
    assert value["school"] == "江州大学"
    assert (value["gender"], value["ethnicity"], value["degree"]) == ("女", "汉族", "本科")
    assert (value["enrolled_on"], value["graduates_on"], value["study_years"]) == ("202309", "202706", "4")
    assert value["origin"] == "浙江省绍兴市越城区"
    assert len(value["id_number"]) == 18
    assert (value["archive_moved"], value["hukou_moved"], value["email"]) == (None, "否", None)
    assert (me["base"]["state"], me["pin_set"], me["confirmed_at"]) == ("uploaded", False, None)
    assert me["school"]["contact"]["office"] == "就业指导中心"
    assert me["wechat"] == {"bound": False, "following": False, "bound_at": None}


def test_unchanged_data_are_not_sent_again(entered: tuple[Browser, uuid.UUID], services: Services) -> None:
    one, graduate = entered
    headers = one.signed_in()
    etag = one.api("GET", "/me", headers=headers).headers["ETag"]
    again = one.api("GET", "/me", headers=headers | {"If-None-Match": etag})
    assert (again.status_code, again.get_data()) == (304, b"")
    with services.db.transaction() as connection:
        changed = update(Graduate).where(Graduate.id == graduate)
        connection.execute(changed.values(major="网络工程", version=Graduate.version + 1))
    fresh = one.api("GET", "/me", headers=headers | {"If-None-Match": etag})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != etag


def test_whether_pushes_can_reach_one_is_told(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    _, login = roster.graduate()
    phone = browser(sandbox.follower("林知夏"))
    phone.open("/auth/wechat/start")
    phone.enter(login)
    headers = phone.signed_in()
    first = phone.api("GET", "/me", headers=headers)
    told = first.get_json()["wechat"]
    assert (told["bound"], told["following"]) == (True, True) and told["bound_at"]
    with services.db.transaction() as connection:
        connection.execute(update(WechatFollower).values(following=False))
    second = phone.api("GET", "/me", headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert second.get_json()["wechat"] == told | {"following": False}


def confirm(one: Browser, pin: str | None, *, etag: str | None = None) -> Any:
    headers = one.signed_in()
    etag = etag or one.api("GET", "/me", headers=headers).headers["ETag"]
    return one.act("/me/confirm", {"pin": pin} if pin is not None else {}, etag=etag, headers=headers)


def test_confirming_sets_the_pin_and_opens_the_system(entered: tuple[Browser, uuid.UUID], services: Services) -> None:
    one, graduate = entered
    missing = confirm(one, None)
    assert (missing.status_code, missing.get_json()["errors"][0]["pointer"]) == (422, "/pin")
    assert confirm(one, "12345").status_code == 422
    assert state(services, graduate) == BaseState.UPLOADED
    response = confirm(one, "864209")
    assert response.status_code == 200
    me = response.get_json()
    assert (me["base"]["state"], me["pin_set"]) == ("confirmed", True)
    assert me["confirmed_at"] is not None
    assert response.headers["ETag"] == one.api("GET", "/me", headers=one.signed_in()).headers["ETag"]
    assert events(services, graduate) == [("confirm", "uploaded", "confirmed")]
    with services.db.transaction() as connection:
        pins.check_pin(connection, graduate, services.sealer, "864209")


def test_what_the_school_changed_meanwhile_is_not_confirmed_unseen(
    entered: tuple[Browser, uuid.UUID], services: Services
) -> None:
    one, graduate = entered
    etag = one.api("GET", "/me", headers=one.signed_in()).headers["ETag"]
    with services.db.transaction() as connection:
        changed = update(Graduate).where(Graduate.id == graduate)
        connection.execute(changed.values(major="网络工程", version=Graduate.version + 1))
    response = confirm(one, "864209", etag=etag)
    assert (response.status_code, response.get_json()["code"]) == (412, "stale")
    assert state(services, graduate) == BaseState.UPLOADED
    with services.db.reading() as connection:
        assert connection.scalar(select(Graduate.pin).where(Graduate.id == graduate)) is None


def test_confirming_a_correction_needs_no_new_pin_and_cannot_change_it(
    entered: tuple[Browser, uuid.UUID], services: Services
) -> None:
    one, graduate = entered
    confirm(one, "864209")
    with services.db.transaction() as connection:
        corrected = update(Graduate).where(Graduate.id == graduate)
        connection.execute(corrected.values(base_state=BaseState.CHANGED, version=Graduate.version + 1))
    other = confirm(one, "111111")
    assert (other.status_code, other.get_json()["code"]) == (422, "wrong_pin")
    assert other.get_json()["tries_left"] == 4
    assert state(services, graduate) == BaseState.CHANGED
    assert confirm(one, None).get_json()["base"]["state"] == "confirmed"
    with services.db.transaction() as connection:
        pins.check_pin(connection, graduate, services.sealer, "864209")


def test_a_second_tap_is_answered_like_the_first(entered: tuple[Browser, uuid.UUID], services: Services) -> None:
    one, graduate = entered
    headers = one.signed_in()
    etag = one.api("GET", "/me", headers=headers).headers["ETag"]
    tap = headers | {"If-Match": etag, "Idempotency-Key": str(uuid.uuid4())}
    first = one.api("POST", "/me/confirm", json={"pin": "864209"}, headers=tap)
    second = one.api("POST", "/me/confirm", json={"pin": "864209"}, headers=tap)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.get_data() == second.get_data()
    assert second.headers["Idempotent-Replayed"] == "true"
    other = one.api("POST", "/me/confirm", json={"pin": "135791"}, headers=tap)
    assert (other.status_code, other.get_json()["code"]) == (422, "key_reused")
    assert len(events(services, graduate)) == 1


def test_a_deleted_graduate_can_confirm_nothing(entered: tuple[Browser, uuid.UUID], services: Services) -> None:
    one, graduate = entered
    with services.db.transaction() as connection:
        connection.execute(update(Graduate).where(Graduate.id == graduate).values(base_state=BaseState.DELETED))
    response = confirm(one, "864209")
    assert (response.status_code, response.get_json()["state"]) == (409, "deleted")


def test_the_name_card_finds_the_graduate_it_belongs_to(entered: tuple[Browser, uuid.UUID], services: Services) -> None:
    one, graduate = entered
    card = one.api("GET", "/me/name-card", headers=one.signed_in()).get_json()
    assert cards.read_card(services.settings, card["card"]) == graduate
    assert card["card"] in card["url"]


def test_only_graduates_have_a_page_of_their_own(entered: tuple[Browser, uuid.UUID], world: World) -> None:
    one, _ = entered
    for method, path in (("GET", "/me"), ("POST", "/me/confirm"), ("GET", "/me/name-card")):
        stranger = one.api(method, path)
        assert (stranger.status_code, stranger.get_json()["code"]) == (401, "not_signed_in")


def test_another_graduates_session_shows_another_graduate(browser: Making, roster: Roster, world: World) -> None:
    make_graduate(world, name="何其晏")
    _, login = roster.graduate("沈予安")
    one = browser()
    one.enter(login)
    assert one.api("GET", "/me", headers=one.signed_in()).get_json()["name"] == "沈予安"
