from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text, update

from app import create_app
from app.forgetting import forget
from app.identity import journeys, upstream
from app.models import LoginAttempt
from app.services import Services
from app.settings import Settings
from tests.api.contract import Contract
from tests.identity.browsing import BASE, Browser, Roster, count, failed, new_number
from tests.sandbox.running import Sandbox

Making = Callable[..., Browser]


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
        connection.execute(update(LoginAttempt).values(expires_at=text("now() - interval '25 hours'")))
    one.client.get("/auth/chsi/start", base_url=BASE)
    assert forget(services.db) == 1
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
