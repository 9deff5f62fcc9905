"""A binding code needs both: the phone that scanned it, and the signed-in page that is told the phone's number."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from app.services import Services
from tests.factories import make_graduate
from tests.identity.browsing import Roster
from tests.identity.showing import (
    Browsers,
    Desk,
    another,
    bound,
    confirm,
    give,
    gone,
    newcomer,
    not_agreed,
    phone,
    scan,
)
from tests.sandbox.running import Sandbox


def test_a_stranger_with_a_photo_of_the_code_gets_nowhere_without_who_shows_it(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, stranger = desk.show(), sandbox.follower()
    scan(services, scenes[-1], stranger)
    held = phone(browser, stranger, code)
    not_agreed(desk.agree(code, "47"))  # nobody has confirmed yet
    number = confirm(held, code)
    own = {"Idempotency-Key": str(uuid.uuid4())}
    for call in ("agree", "disown"):  # the number is good on the signed-in page only
        answer = held.api("POST", f"/me/wechat-binding/{code['id']}/{call}", json={"number": number}, headers=own)
        assert answer.status_code == 401
    assert bound(services) == []
    assert desk.disown(code).status_code == desk.disown(code).status_code == 204
    assert desk.state(code) == "refused"
    gone(held.api("GET", f"/wechat-bindings/{code['id']}"))
    not_agreed(desk.agree(code, number))
    assert bound(services) == []


def test_three_wrong_numbers_end_the_code_and_the_right_one_comes_too_late(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, code)
    number = confirm(held, code)
    for left in (2, 1, 0):
        answer = desk.agree(code, another(number))
        told = answer.get_json()
        assert (answer.status_code, told["code"], told["tries_left"]) == (422, "wrong_number", left)
    assert desk.state(code) == "refused"
    not_agreed(desk.agree(code, number))
    gone(held.api("GET", f"/wechat-bindings/{code['id']}"))
    assert bound(services) == []


def test_a_wrong_number_and_then_the_right_one_bind(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    number = confirm(phone(browser, openid, code), code)
    assert desk.agree(code, another(number)).status_code == 422
    assert desk.agree(code, "4").get_json()["code"] == "invalid", "what is no number of two digits is no try"
    assert desk.agree(code, number).status_code == 204
    assert [pair[0] for pair in bound(services)] == [openid]
    not_agreed(desk.disown(code))


def test_the_number_stays_when_the_same_phone_scans_again_and_differs_between_codes(
    desk: Desk, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    openid, numbers = sandbox.follower(), set()
    for _ in range(8):
        desk.show()
        scan(services, scenes[-1], openid)
        first = chosen(services)
        scan(services, scenes[-1], openid)
        assert chosen(services) == first and 10 <= first <= 99
        numbers.add(first)
    assert len(numbers) > 1


def chosen(services: Services) -> int:
    with services.db.reading() as connection:
        return int(connection.scalar(text("SELECT number FROM binding_scene ORDER BY created_at DESC LIMIT 1")) or 0)


def test_another_graduate_s_page_cannot_agree(
    desk: Desk, browser: Browsers, roster: Roster, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    number = confirm(phone(browser, openid, code), code)
    neighbour = newcomer(browser, roster, services)
    assert neighbour.agree(code, number).status_code == neighbour.disown(code).status_code == 404
    assert (desk.state(code), bound(services)) == ("confirmed", [])


def test_a_wechat_bound_to_another_between_phone_and_page_stays_theirs(
    desk: Desk, browser: Browsers, roster: Roster, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    number = confirm(phone(browser, openid, code), code)
    owner = make_graduate(roster.world)
    give(services, openid, owner.id)
    answer = desk.agree(code, number)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "wechat_taken")
    assert bound(services) == [(openid, owner.id)]


def test_many_guesses_at_once_are_counted_one_after_the_other(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    number = confirm(phone(browser, openid, code), code)

    def guess(_: int) -> int:
        return desk.browser.app.test_client(use_cookies=False).post(
            f"/api/v1/me/wechat-binding/{code['id']}/agree", json={"number": another(number)},
            headers=desk.headers | {"Idempotency-Key": str(uuid.uuid4())},
        ).status_code  # fmt: skip

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(guess, range(12))) == [409] * 9 + [422] * 3
    assert bound(services) == []


def test_many_taps_at_once_on_both_sides_bind_once(
    desk: Desk, browser: Browsers, sandbox: Sandbox, services: Services, scenes: list[str]
) -> None:
    code, openid = desk.show(), sandbox.follower()
    scan(services, scenes[-1], openid)
    held = phone(browser, openid, code)
    number = confirm(held, code)
    cookie = held.cookie("journey")

    def tap(turn: int) -> int:
        client = held.app.test_client(use_cookies=False)
        if turn % 2:
            headers = {"X-Requested-With": "quxiang", "Cookie": f"journey={cookie}"}
            return client.post(f"/api/v1/wechat-bindings/{code['id']}/confirm", headers=headers).status_code
        headers = desk.headers | {"Idempotency-Key": str(uuid.uuid4())}
        path = f"/api/v1/me/wechat-binding/{code['id']}/agree"
        return client.post(path, json={"number": number}, headers=headers).status_code

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(tap, range(12))) == {204}
    assert len(bound(services)) == 1
