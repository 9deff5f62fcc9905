"""Binding by a code: shown by a graduate in an ordinary browser, scanned by a phone, and agreed to on both."""

from __future__ import annotations

import uuid

from sqlalchemy import select, text

from app.identity import binding
from app.models import Account
from app.services import Services
from tests.factories import make_graduate
from tests.identity.browsing import Roster
from tests.identity.showing import Browsers, Desk, bound, confirm, give, gone, not_agreed, phone, scan
from tests.sandbox.running import Sandbox


def test_shown_scanned_confirmed_on_the_phone_and_agreed_to_on_the_page(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    assert desk.state(code) == "waiting"
    assert scan(services, scenes[-1], openid) is not None
    assert desk.state(code) == "scanned"
    held = phone(browser, openid, code)
    seen = held.api("GET", f"/wechat-bindings/{code['id']}").get_json()
    assert (seen["name"], seen["school"], seen["obstacle"]) == ("林*夏", "江州大学", None)
    assert seen["number"] is None, "nothing to type before the phone has confirmed"
    assert len(seen["student_no_tail"]) == 4
    assert held.session() is None, "looking at what is bound lets nobody in"
    number = confirm(held, code)
    assert confirm(held, code) == number, "an impatient thumb"
    assert (desk.state(code), bound(services)) == ("confirmed", []), "half of it binds nothing"
    for _ in range(2):
        assert desk.agree(code, number).status_code == 204
    assert desk.state(code) == "bound"
    assert [pair[0] for pair in bound(services)] == [openid]
    me = desk.browser.api("GET", "/me", headers=desk.headers).get_json()
    assert me["wechat"]["bound"] and me["wechat"]["bound_at"]
    assert held.open("/auth/wechat/start?next=/s/").path == "/s/welcome", "and from now on this WeChat comes in"


def test_the_code_is_kept_as_a_digest_only_and_has_more_than_128_random_bits(
    desk: Desk, services: Services, scenes: list[str]
) -> None:
    desk.show()
    desk.show()
    assert len({*scenes}) == 2 and all(binding.SCENE.fullmatch(scene) for scene in scenes)
    assert all(len(scene) <= 64 for scene in scenes), "WeChat takes 64 characters"
    with services.db.reading() as connection:
        everything = str(connection.execute(text("SELECT b.*, encode(scene, 'escape') FROM binding_scene b")).all())
    assert not any(scene[5:] in everything for scene in scenes)


def test_it_is_wechat_that_draws_the_code_and_it_lives_ten_minutes(
    desk: Desk, sandbox: Sandbox, services: Services
) -> None:
    code = desk.show()
    assert code["url"].startswith(f"{sandbox.url}/q/")
    with services.db.reading() as connection:
        life = connection.scalar(text("SELECT expires_at - created_at FROM binding_scene"))
    assert life == binding.LIFE


def test_only_the_first_who_scans_may_confirm(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, first, second = desk.show(), sandbox.follower(), sandbox.follower()
    assert scan(services, scenes[-1], first) is not None
    assert scan(services, scenes[-1], second) is None
    assert scan(services, scenes[-1], first) is not None, "the first one may scan again"
    other = phone(browser, second, code)
    gone(other.api("GET", f"/wechat-bindings/{code['id']}"))
    gone(other.api("POST", f"/wechat-bindings/{code['id']}/confirm"))
    gone(other.api("POST", f"/wechat-bindings/{code['id']}/refuse"))
    assert bound(services) == [] and desk.state(code) == "scanned"


def test_forged_expired_used_and_foreign_codes_look_the_same(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    openid = sandbox.follower()
    for forged in ("bind-" + "A" * 43, "bind-", scenes[-1] if scenes else "x", "1", "bind-" + "A" * 44):
        assert scan(services, forged, openid) is None
    old = desk.show()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, old)
    code = desk.show()  # which ends the older one
    assert desk.state(old) == "expired"
    assert scan(services, scenes[0], openid) is None
    for one in (old["id"], uuid.uuid4(), code["id"]):
        gone(held.api("GET", f"/wechat-bindings/{one}"))
        gone(held.api("POST", f"/wechat-bindings/{one}/confirm"))
    scan(services, scenes[-1], openid)
    with services.db.transaction() as connection:
        connection.execute(text("UPDATE binding_scene SET expires_at = now()"))
    gone(held.api("POST", f"/wechat-bindings/{code['id']}/confirm"))
    assert bound(services) == []


def test_not_me_ends_the_code_and_the_page_that_shows_it_is_told(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, code)
    number = confirm(held, code)
    assert held.api("POST", f"/wechat-bindings/{code['id']}/refuse").status_code == 204
    assert desk.state(code) == "refused"
    gone(held.api("POST", f"/wechat-bindings/{code['id']}/confirm"))
    assert scan(services, scenes[-1], openid) is None
    not_agreed(desk.agree(code, number))


def test_without_a_visit_to_wechat_nobody_is_anybody(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code = desk.show()
    scan(services, scenes[-1], sandbox.follower())
    for stranger in (browser(), desk.browser):
        gone(stranger.api("GET", f"/wechat-bindings/{code['id']}"))
        gone(stranger.api("POST", f"/wechat-bindings/{code['id']}/confirm"))


def test_a_snapshot_user_is_never_bound(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower(snapshot=True)
    scan(services, scenes[-1], openid)
    held = browser(openid)
    at = held.open(f"/auth/wechat/start?next=/s/bind/{code['id']}")
    assert (at.path, at.query["problem"], at.query["next"]) == ("/s/login", "snapshot_user", f"/s/bind/{code['id']}")
    gone(held.api("POST", f"/wechat-bindings/{code['id']}/confirm"))
    assert bound(services) == []


def test_another_site_s_page_cannot_confirm(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, code)
    for headers in ({"X-Requested-With": ""}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = held.api("POST", f"/wechat-bindings/{code['id']}/confirm", headers=headers)
        assert answer.status_code == 403
    assert bound(services) == []


def test_a_wechat_of_another_graduate_is_told_so_and_stays_theirs(
    desk: Desk, browser: Browsers, roster: Roster, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    openid = sandbox.follower()
    owner = make_graduate(roster.world)
    give(services, openid, owner.id)
    code = desk.show()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, code)
    seen = held.api("GET", f"/wechat-bindings/{code['id']}").get_json()
    assert seen["obstacle"] == binding.WechatTaken.sentence
    answer = held.api("POST", f"/wechat-bindings/{code['id']}/confirm")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "wechat_taken")
    assert bound(services) == [(openid, owner.id)]


def test_a_graduate_bound_already_gets_no_code_and_one_bound_meanwhile_no_second_wechat(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid, other = desk.show(), sandbox.follower(), sandbox.follower()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, code)
    with services.db.reading() as connection:
        account = connection.execute(select(Account.id).where(Account.role == "graduate")).scalar_one()
    give(services, other, account)
    assert desk.ask().get_json()["code"] == "account_taken"
    answer = held.api("GET", f"/wechat-bindings/{code['id']}")
    assert answer.get_json()["obstacle"] == binding.AccountTaken.sentence
    answer = held.api("POST", f"/wechat-bindings/{code['id']}/confirm")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "account_taken")
    assert bound(services) == [(other, account)]


def test_codes_are_asked_for_ten_times_in_ten_minutes_at_most(desk: Desk) -> None:
    answers = [desk.ask() for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_while_wechat_is_away_there_is_no_code_and_nothing_is_kept(
    desk: Desk, sandbox: Sandbox, services: Services
) -> None:
    sandbox.control("POST", "/faults", {"path": "/cgi-bin/qrcode/create", "http_status": 502, "times": 1})
    answer = desk.ask()
    assert (answer.status_code, answer.get_json()["code"]) == (503, "upstream_away")
    with services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM binding_scene")) == 0


def test_a_code_of_an_account_that_was_disabled_binds_nothing(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, code)
    with services.db.transaction() as connection:
        connection.execute(text("UPDATE account SET disabled_at = now() WHERE role = 'graduate'"))
    gone(held.api("POST", f"/wechat-bindings/{code['id']}/confirm"))
    assert scan(services, scenes[-1], openid) is None
