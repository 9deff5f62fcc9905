from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select, text, update

from app import create_app
from app.identity import journeys, upstream
from app.models import Account, BaseState, College, Graduate, LoginAttempt, WechatFollower
from app.services import Services
from app.settings import Settings
from tests.api.contract import Contract
from tests.factories import World
from tests.identity.browsing import BASE, Browser, Roster, new_number
from tests.sandbox.running import APP_ID, Sandbox

Making = Callable[..., Browser]


def bound_to(services: Services, openid: str) -> str | None:
    """The name of the graduate a WeChat user is bound to."""
    statement = (
        select(Graduate.name)
        .join(Account, Account.graduate_id == Graduate.id)
        .join(WechatFollower, WechatFollower.account_id == Account.id)
        .where(WechatFollower.openid == openid, WechatFollower.app_id == APP_ID)
    )
    with services.db.reading() as connection:
        return connection.execute(statement).scalar_one_or_none()


def count(services: Services, model: Any) -> int:
    with services.db.reading() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


# The way in


def test_the_first_entry_leads_through_chsi_and_binds_the_phone(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    _, login = roster.graduate()
    phone = browser(openid)
    at = phone.open("/auth/wechat/start?next=/s/invitations/7")
    assert (at.path, at.query) == ("/s/login", {"next": "/s/invitations/7"})
    assert phone.session() is None
    at = phone.enter(login, "/s/invitations/7")
    assert (at.path, at.query) == ("/s/welcome", {"next": "/s/invitations/7"})
    session = phone.session()
    assert session is not None
    assert (session["account"]["role"], session["account"]["name"]) == ("graduate", "林知夏")
    assert bound_to(services, openid) == "林知夏"


def test_a_bound_phone_comes_in_without_being_asked(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    graduate, login = roster.graduate()
    phone = browser(openid)
    phone.open("/auth/wechat/start?next=/s/")
    phone.enter(login)
    confirm(services, graduate.graduate_id)
    again = browser(openid)
    at = again.open("/auth/wechat/start?next=/s/messages")
    assert at.path == "/s/messages"
    assert again.session() is not None
    assert not any("/cas/" in url for url in again.visited)


def test_an_ordinary_browser_needs_no_wechat_and_binds_none(
    browser: Making, roster: Roster, services: Services
) -> None:
    _, login = roster.graduate()
    computer = browser()
    at = computer.enter(login)
    assert at.path == "/s/welcome"
    assert computer.session() is not None
    assert count(services, WechatFollower) == 0


def test_entering_twice_is_one_account(browser: Making, roster: Roster, services: Services) -> None:
    _, login = roster.graduate()
    before = count(services, Account)
    browser().enter(login)
    browser().enter(login)
    assert count(services, Account) == before + 1


def test_phone_and_mail_become_what_chsi_has(browser: Making, roster: Roster, services: Services, world: World) -> None:
    number = new_number()
    graduate, _ = roster.graduate(id_number=number)
    login = roster.chsi("林知夏", number, phone="19912345678", email="zhixia@example.com")
    browser().enter(login)
    row = graduate_row(services, graduate.graduate_id)
    assert services.sealer.open(row.phone, "phone") == "19912345678"
    assert services.sealer.open(row.email, "email") == "zhixia@example.com"
    browser().enter(login)
    assert graduate_row(services, graduate.graduate_id) == row  # nothing new, nothing written


def test_names_differ_neither_by_width_nor_by_their_dots(browser: Making, roster: Roster) -> None:
    number = new_number()
    roster.graduate("阿卜杜拉·买买提", id_number=number)
    login = roster.chsi("阿卜杜拉•买买提", number.lower())
    assert browser().enter(login).path == "/s/welcome"


# Each failure says what it is and whom to call


def failed(at: Any, problem: str, school: str | None) -> None:
    assert at.path == "/s/login"
    assert (at.query.get("problem"), at.query.get("school")) == (problem, school)


def test_nobody_on_any_roster(browser: Making, roster: Roster, services: Services) -> None:
    login = roster.chsi("孙不在", new_number())
    accounts = count(services, Account)
    one = browser()
    failed(one.enter(login), "not_on_roster", None)
    assert one.session() is None
    assert count(services, Account) == accounts


def test_the_number_is_there_under_another_name(browser: Making, roster: Roster) -> None:
    number = new_number()
    roster.graduate("林知夏", id_number=number)
    failed(browser().enter(roster.chsi("林知暇", number)), "name_differs", "19999")


def test_the_school_has_deleted_the_graduate(browser: Making, roster: Roster) -> None:
    _, login = roster.graduate(base_state=BaseState.DELETED)
    failed(browser().enter(login), "roster_deleted", "19999")


def test_two_schools_have_uploaded_the_same_person(
    browser: Making, roster: Roster, world: World, services: Services
) -> None:
    number = new_number()
    _, login = roster.graduate(id_number=number)
    other = roster.school("18888")
    with services.db.transaction() as connection:
        college = connection.execute(
            College.__table__.insert().values(school_id=other, name="学院").returning(College.__table__.c.id)  # type: ignore[attr-defined]
        ).scalar_one()
    roster.graduate(id_number=number, school_id=other, college_id=college)
    at = browser().enter(login)
    failed(at, "duplicate", at.query["school"])
    assert at.query["school"] in ("18888", "19999")


def test_of_two_classes_of_one_school_the_later_counts(browser: Making, roster: Roster, services: Services) -> None:
    number = new_number()
    roster.graduate(id_number=number, class_year=2026, enrolled_on="202209", graduates_on="202606")
    later, login = roster.graduate(id_number=number)
    one = browser()
    assert one.enter(login).path == "/s/welcome"
    with services.db.reading() as connection:
        entered = connection.execute(select(Account.graduate_id).where(Account.role == "graduate")).scalar_one()
    assert entered == later.graduate_id


def test_a_phone_that_belongs_to_another_graduate(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    _, first = roster.graduate("林知夏")
    phone = browser(openid)
    phone.open("/auth/wechat/start")
    phone.enter(first)
    accounts = count(services, Account)
    _, second = roster.graduate("何其晏")
    again = browser(openid)
    again.open("/auth/wechat/start")
    failed(again.enter(second), "wechat_taken", "19999")
    assert bound_to(services, openid) == "林知夏"
    assert count(services, Account) == accounts


def test_a_graduate_who_is_bound_to_another_phone(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    old, new = sandbox.follower("旧手机"), sandbox.follower("新手机")
    _, login = roster.graduate()
    phone = browser(old)
    phone.open("/auth/wechat/start")
    phone.enter(login)
    other = browser(new)
    other.open("/auth/wechat/start")
    failed(other.enter(login), "account_taken", "19999")
    assert other.session() is None
    assert bound_to(services, new) is None


def test_another_public_accounts_openid_is_another_person(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    _, login = roster.graduate()
    phone = browser(openid)
    phone.open("/auth/wechat/start")
    phone.enter(login)
    with services.db.transaction() as connection:
        connection.execute(update(WechatFollower).values(app_id="wxffffffffffffffff"))
    assert browser(openid).open("/auth/wechat/start").path == "/s/login"


def test_a_snapshot_user_is_never_bound(browser: Making, roster: Roster, sandbox: Sandbox, services: Services) -> None:
    openid = sandbox.follower("快照", snapshot=True)
    _, login = roster.graduate()
    phone = browser(openid)
    failed(phone.open("/auth/wechat/start"), "snapshot_user", None)
    assert phone.session() is None
    assert phone.enter(login).path == "/s/welcome"  # by CHSI alone
    assert count(services, WechatFollower) == 0


def test_a_disabled_account_does_not_come_in(browser: Making, roster: Roster, services: Services) -> None:
    _, login = roster.graduate()
    browser().enter(login)
    with services.db.transaction() as connection:
        connection.execute(update(Account).where(Account.role == "graduate").values(disabled_at=func.now()))
    one = browser()
    failed(one.enter(login), "account_disabled", "19999")
    assert one.session() is None


def test_two_first_entries_at_the_same_moment_are_one_account_and_one_binding(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    _, login = roster.graduate()
    phones = [browser(sandbox.follower(f"手机{number}")) for number in range(4)]
    for phone in phones:
        phone.open("/auth/wechat/start")
        phone.open("/auth/chsi/start")
    ends: list[str] = []
    threads = [threading.Thread(target=lambda p=phone: ends.append(p.log_in(login).url)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(urlsplit(url).path for url in ends) == ["/s/login"] * 3 + ["/s/welcome"]
    assert count(services, WechatFollower) == 1


def test_chsi_lets_somebody_back_in_unasked_but_not_the_next_person_after_a_log_out(
    browser: Making, roster: Roster
) -> None:
    _, login = roster.graduate("林知夏")
    _, other = roster.graduate("何其晏")
    shared = browser()
    shared.enter(login)
    assert shared.open("/auth/chsi/start").path == "/s/welcome"  # still the same person at the same desk
    assert shared.api("DELETE", "/session", headers={"X-Room": "s"}).status_code == 204
    at = shared.open("/auth/chsi/start")
    assert (at.path, at.query.get("renew")) == ("/cas/login", "true")
    shared.log_in(other)
    session = shared.session()
    assert session is not None
    assert session["account"]["name"] == "何其晏"
    assert shared.open("/auth/chsi/start").path == "/s/welcome"


# Traps of the way


def test_a_reload_of_the_way_back_starts_again_once_and_never_in_a_circle(
    browser: Making, roster: Roster, sandbox: Sandbox
) -> None:
    openid = sandbox.follower("林知夏")
    phone = browser(openid)
    phone.open("/auth/wechat/start?next=/s/messages")
    used = next(url for url in phone.visited if "/auth/wechat/callback" in url)
    phone.visited.clear()
    at = phone.open(used)
    assert (at.path, at.query) == ("/s/login", {"next": "/s/messages"})
    again = next(url for url in phone.visited[1:] if "/auth/wechat/callback" in url)
    assert parse_qs(urlsplit(again).query)["state"] != parse_qs(urlsplit(used).query)["state"]
    phone.visited.clear()
    failed(phone.open(again), "wechat_failed", None)
    assert not any("/connect/oauth2/authorize" in url for url in phone.visited)


def test_back_in_the_history_of_somebody_signed_in_just_goes_on(
    browser: Making, roster: Roster, sandbox: Sandbox
) -> None:
    openid = sandbox.follower("林知夏")
    _, login = roster.graduate()
    phone = browser(openid)
    phone.open("/auth/wechat/start?next=/s/messages")
    phone.enter(login, "/s/messages")
    for name in ("/auth/wechat/callback", "/auth/chsi/callback"):
        assert phone.open(next(url for url in phone.visited if name in url)).path == "/s/messages"


def test_a_code_that_wechat_calls_used_is_asked_for_again_once(browser: Making, sandbox: Sandbox) -> None:
    openid = sandbox.follower("林知夏")
    sandbox.control("POST", "/faults", {"path": "/sns/oauth2/access_token", "errcode": 40163, "times": 1})
    phone = browser(openid)
    assert phone.open("/auth/wechat/start").query == {"next": "/s/"}
    assert sum("/connect/oauth2/authorize" in url for url in phone.visited) == 2
    sandbox.control("POST", "/faults", {"path": "/sns/oauth2/access_token", "errcode": 40163})
    phone.visited.clear()
    failed(phone.open("/auth/wechat/start"), "wechat_failed", None)
    assert sum("/connect/oauth2/authorize" in url for url in phone.visited) == 2


@pytest.mark.parametrize("fault", [{"errcode": -1}, {"http_status": 502}, {"errcode": 40013}])
def test_a_wechat_that_cannot_say_who_it_is_leads_to_the_log_in_page(
    browser: Making, sandbox: Sandbox, fault: dict[str, int]
) -> None:
    openid = sandbox.follower("林知夏")
    sandbox.control("POST", "/faults", {"path": "/sns/oauth2/access_token", **fault})
    failed(browser(openid).open("/auth/wechat/start"), "wechat_failed", None)


def test_a_silent_wechat_is_not_waited_for(browser: Making, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "PATIENCE", (0.5, 0.5))
    sandbox.control("POST", "/faults", {"path": "/sns/oauth2/access_token", "delay": 30.0, "times": 1})
    failed(browser(sandbox.follower("林知夏")).open("/auth/wechat/start"), "wechat_failed", None)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/cas"


def test_a_silent_chsi_is_not_waited_for(
    settings: Settings, services: Services, silent: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "PATIENCE", (0.5, 0.5))
    mute = replace(settings, chsi_cas_url=silent)
    app = create_app(mute, replace(services, settings=mute))
    one = Browser(app, Contract(app), sandbox, None, in_wechat=False)
    start = one.client.get("/auth/chsi/start", base_url=BASE)
    back = parse_qs(urlsplit(start.headers["Location"]).query)["service"][0]
    failed(one.open(f"{back}&ticket=ST-1"), "chsi_failed", None)


def test_a_state_is_good_once_in_its_own_browser_for_ten_minutes(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    _, login = roster.graduate()
    phone = browser(openid)
    phone.open("/auth/wechat/start")
    phone.enter(login)
    stranger = browser()

    def back_from_wechat() -> str:
        response = phone.client.get("/auth/wechat/start", base_url=BASE, headers={"User-Agent": phone.agent})
        return phone.outside.get(response.headers["Location"], timeout=10, allow_redirects=False).headers["Location"]

    failed(stranger.open(back_from_wechat()), "wechat_failed", None)  # another browser brings it back
    assert stranger.session() is None
    with_other_state = re.sub(r"state=\w+", "state=" + "0" * 48 + "1", back_from_wechat())
    failed(phone.open(with_other_state), "wechat_failed", None)
    for state in ("", "x", "0" * 49, "'; DROP TABLE account; --"):
        failed(phone.open(f"/auth/wechat/callback?code=1&state={state}"), "wechat_failed", None)
        failed(phone.open(f"/auth/chsi/callback?ticket=ST-1&state={state}"), "chsi_failed", None)
    late = back_from_wechat()
    with services.db.transaction() as connection:
        connection.execute(update(LoginAttempt).values(expires_at=text("now() - interval '1 second'")))
    failed(phone.open(late), "wechat_failed", None)


def test_the_state_is_unguessable_and_only_its_hash_is_kept(browser: Making, services: Services) -> None:
    one = browser()
    one.client.get("/auth/wechat/start", base_url=BASE)
    response = one.client.get("/auth/wechat/start", base_url=BASE)
    state = parse_qs(urlsplit(response.headers["Location"]).query)["state"][0]
    assert re.fullmatch(r"[a-zA-Z0-9]{40,128}", state)
    with services.db.reading() as connection:
        kept = connection.execute(text("SELECT string_agg(login_attempt::text, '') FROM login_attempt")).scalar_one()
    assert state not in kept
    assert str(one.cookie("journey")) not in kept


def test_journeys_long_over_are_forgotten(browser: Making, services: Services) -> None:
    one = browser()
    one.client.get("/auth/wechat/start", base_url=BASE)
    with services.db.transaction() as connection:
        connection.execute(update(LoginAttempt).values(expires_at=text("now() - interval '2 hours'")))
    one.client.get("/auth/chsi/start", base_url=BASE)
    assert count(services, LoginAttempt) == 1


# CHSI's tickets


def ticket_for(one: Browser, login: str, roster: Roster) -> str:
    """The address CHSI sends a browser back to after log-in, not yet followed."""
    at = one.open("/auth/chsi/start?next=/s/messages")
    page = one.outside.get(at.url, timeout=10)
    lt = re.search(r'name="lt" value="([^"]*)"', page.text)
    assert lt is not None
    service = at.query["service"]
    form = {"lt": lt.group(1), "service": service, "username": login, "password": "pass-word-1"}
    answer = one.outside.post(f"{one.sandbox.url}/cas/login", data=form, timeout=10, allow_redirects=False)
    return str(answer.headers["Location"])


def test_a_replayed_ticket_opens_nothing(browser: Making, roster: Roster, services: Services) -> None:
    _, login = roster.graduate()
    one = browser()
    back = ticket_for(one, login, roster)
    ticket = parse_qs(urlsplit(back).query)["ticket"][0]
    one.open(back)
    thief = browser()
    own = thief.client.get("/auth/chsi/start", base_url=BASE).headers["Location"]
    service = parse_qs(urlsplit(own).query)["service"][0]
    failed(thief.open(f"{service}&ticket={ticket}"), "chsi_failed", None)
    assert thief.session() is None


def test_a_ticket_made_for_another_service_opens_nothing(browser: Making, roster: Roster) -> None:
    _, login = roster.graduate()
    victim = browser()
    stolen = parse_qs(urlsplit(ticket_for(victim, login, roster)).query)["ticket"][0]
    thief = browser()
    own = thief.client.get("/auth/chsi/start", base_url=BASE).headers["Location"]
    service = parse_qs(urlsplit(own).query)["service"][0]
    failed(thief.open(f"{service}&ticket={stolen}"), "chsi_failed", None)
    assert thief.session() is None


def test_an_expired_ticket_opens_nothing(browser: Making, roster: Roster, sandbox: Sandbox) -> None:
    _, login = roster.graduate()
    one = browser()
    back = ticket_for(one, login, roster)
    sandbox.control("POST", "/clock/advance", {"seconds": 61})
    failed(one.open(back), "chsi_failed", None)
    assert one.session() is None


@pytest.mark.parametrize("ticket", ["", "ST-invented", "PT-1", "x" * 5_000, "ST-1%00", "<xml/>"])
def test_what_is_no_ticket_opens_nothing(browser: Making, ticket: str) -> None:
    one = browser()
    own = one.client.get("/auth/chsi/start", base_url=BASE).headers["Location"]
    service = parse_qs(urlsplit(own).query)["service"][0]
    failed(one.open(f"{service}&ticket={ticket}"), "chsi_failed", None)


# Where one is sent


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example",
        "//evil.example/s/",
        "/\\evil.example",
        "/s/..//evil.example",
        "/s/../e/",
        "/s//evil.example",
        "/s/%2f%2fevil.example",
        "/s/%2e%2e/e/",
        "/e/invitations",
        "javascript:alert(1)",
        "/s/login?problem=x",
        "/s/\r\nSet-Cookie: a=b",
        "/s/ x",
        "/s/" + "a" * 600,
        "s/messages",
        "",
    ],
)
def test_nobody_is_ever_sent_to_a_page_that_is_not_the_graduates_own(evil: str) -> None:
    assert journeys.own_path(evil) == "/s/"


@pytest.mark.parametrize("good", ["/s/", "/s/invitations/3b1f?from=push&x=1", "/s/messages#a".partition("#")[0]])
def test_a_page_of_the_graduates_is_kept(good: str) -> None:
    assert journeys.own_path(good) == good


def test_a_log_in_that_breaks_ends_on_a_page_and_not_on_a_document(services: Services) -> None:
    broken = replace(services.settings, database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    own = Services.build(broken)
    response = create_app(broken, own).test_client().get("/auth/wechat/start?next=/s/messages", base_url=BASE)
    own.close()
    assert (response.status_code, response.headers["Location"]) == (302, "/s/login?problem=busy")


def test_nothing_personal_stands_in_an_address_or_a_log(
    browser: Making, roster: Roster, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    number = new_number()
    _, login = roster.graduate("林知夏", id_number=number)
    phone = browser(sandbox.follower("林知夏"))
    phone.open("/auth/wechat/start")
    phone.enter(login)
    wrong = browser()
    wrong.enter(roster.chsi("林知暇", number))
    told = "".join([*phone.visited, *wrong.visited, *capsys.readouterr()])
    assert number not in told
    assert "林知" not in told


def confirm(services: Services, graduate_id: Any) -> None:
    with services.db.transaction() as connection:
        connection.execute(update(Graduate).where(Graduate.id == graduate_id).values(base_state=BaseState.CONFIRMED))


def graduate_row(services: Services, graduate_id: Any) -> Any:
    with services.db.reading() as connection:
        return connection.execute(select(Graduate).where(Graduate.id == graduate_id)).one()
