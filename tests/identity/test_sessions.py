from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from werkzeug.test import Client

from app import create_app
from app.access import Role
from app.identity import passwords, sessions
from app.models import Account, SignIn
from app.problems import NotSignedIn, WrongPassword
from app.services import Services
from tests.factories import World, make_graduate
from tests.identity.browsing import BASE, OWN_PAGE
from tests.identity.office import PASSWORD, bearer, cookie_of, log_in, log_out, reads, refresh

# Cookies


def test_over_https_the_cookie_is_bound_to_the_host(services: Services, login: str) -> None:
    secure = replace(services.settings, public_url="https://qx.example")
    client = create_app(secure, replace(services, settings=secure)).test_client()
    body = {"login": login, "password": PASSWORD}
    response = client.post("/api/v1/session", json=body, base_url="https://qx.example")
    [cookie] = response.headers.getlist("Set-Cookie")
    parts = {part.strip() for part in cookie.split(";")}
    assert cookie.startswith("__Host-refresh-e=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert not any(part.lower().startswith("domain") for part in parts)


def test_each_room_has_its_session_in_one_browser(client: Client, login: str, services: Services, world: World) -> None:
    with services.db.transaction() as connection:
        name = connection.execute(
            update(Account)
            .where(Account.id == world.school_office.id)
            .values(password=passwords.hashed(PASSWORD))
            .returning(Account.login)
        ).scalar_one()
    log_in(client, login)
    log_in(client, str(name))
    assert refresh(client, **{"X-Room": "e"}).get_json()["account"]["role"] == "employer"
    assert refresh(client, **{"X-Room": "console"}).get_json()["account"]["role"] == "school"
    assert refresh(client, **{"X-Room": "s"}).status_code == 401
    assert log_out(client, **{"X-Room": "e"}).status_code == 204
    assert refresh(client, **{"X-Room": "e"}).status_code == 401
    assert refresh(client, **{"X-Room": "console"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Requested-With": "XMLHttpRequest"},
        OWN_PAGE | {"Sec-Fetch-Site": "cross-site"},
        OWN_PAGE | {"Sec-Fetch-Site": "same-site"},
        OWN_PAGE | {"Sec-Fetch-Site": "none"},
        OWN_PAGE | {"Origin": "https://evil.example"},
        OWN_PAGE | {"Origin": "null"},
    ],
)
def test_another_sites_page_can_neither_refresh_nor_log_out(
    client: Client, login: str, headers: dict[str, str]
) -> None:
    log_in(client, login)
    for call in (client.post, client.delete):
        path = "/api/v1/session/refresh" if call == client.post else "/api/v1/session"
        response = call(path, headers=headers, base_url=BASE)
        assert (response.status_code, response.get_json()["code"]) == (403, "not_allowed")
    assert refresh(client, **{"Sec-Fetch-Site": "same-origin", "Origin": BASE}).status_code == 200


# The chain


def test_a_refresh_brings_a_new_token_and_a_new_cookie(client: Client, login: str, services: Services) -> None:
    log_in(client, login)
    seen = {cookie_of(client)}
    for _ in range(3):
        response = refresh(client)
        assert reads(client, bearer(response)) == 200
        seen.add(cookie_of(client))
    assert len(seen) == 4
    with services.db.reading() as connection:
        kept = connection.execute(text("SELECT string_agg(sign_in::text, '') FROM sign_in")).scalar_one()
    assert not any(token in kept for token in seen)


def begun(services: Services, world: World, role: Role = Role.EMPLOYER) -> str:
    assert world.employer.id is not None
    with services.db.transaction() as connection:
        return sessions.begin(connection, world.employer.id, role)


def renewed(services: Services, token: str) -> str:
    with services.db.transaction() as connection:
        return sessions.refresh(connection, services.settings, token)[1]


def ended(services: Services) -> int:
    with services.db.reading() as connection:
        return len(connection.execute(select(SignIn.id).where(SignIn.ended_at.is_not(None))).all())


def test_a_repeated_request_gets_the_same_successor(services: Services, world: World) -> None:
    token = begun(services, world)
    first = renewed(services, token)
    assert renewed(services, token) == first  # its answer was lost on the way
    assert renewed(services, first) != first
    assert ended(services) == 0


def test_many_tabs_at_once_keep_the_session(crowded: Services, world: World) -> None:
    token = begun(crowded, world)
    found: list[str] = []
    start = threading.Barrier(12)

    def tab() -> None:
        start.wait()
        found.append(renewed(crowded, token))

    threads = [threading.Thread(target=tab) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert len(set(found)) == 1
    assert renewed(crowded, found[0])


def test_an_old_token_shown_again_ends_the_chain_and_every_access_token(
    client: Client, login: str, services: Services, world: World
) -> None:
    access = bearer(log_in(client, login))
    stolen = cookie_of(client)
    refresh(client)
    _later(services, "1 minute")
    with pytest.raises(sessions.SessionEnded):
        renewed(services, stolen)
    assert ended(services) == 1
    assert refresh(client).status_code == 401  # the rightful browser logs in again
    assert reads(client, access) == 401


def test_an_older_token_ends_the_chain_even_within_the_grace(services: Services, world: World) -> None:
    token = begun(services, world)
    renewed(services, renewed(services, token))
    with pytest.raises(sessions.SessionEnded):
        renewed(services, token)
    assert ended(services) == 1


def test_a_guessed_secret_of_a_known_chain_ends_it(services: Services, world: World) -> None:
    token = begun(services, world)
    with pytest.raises(sessions.SessionEnded):
        renewed(services, token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"))
    with pytest.raises(NotSignedIn):
        renewed(services, token)


@pytest.mark.parametrize("token", ["", "x", "é" * 64, "A" * 64, "A" * 63 + "=", "A" * 1_000, "..", "A" * 64 + "\n"])
def test_what_is_no_refresh_token_is_refused_without_a_trace(services: Services, world: World, token: str) -> None:
    begun(services, world)
    with pytest.raises(NotSignedIn):
        renewed(services, token)
    with services.db.transaction() as connection:
        sessions.end(connection, token)
    assert ended(services) == 0


def _later(services: Services, interval: str) -> None:
    """As if the chain's last use lay so long ago."""
    with services.db.transaction() as connection:
        connection.execute(
            text(
                "UPDATE sign_in SET rotated_at = rotated_at - CAST(:i AS interval),"
                " expires_at = expires_at - CAST(:i AS interval)"
            ),
            {"i": interval},
        )


@pytest.mark.parametrize(
    ("role", "interval", "alive"),
    [
        (Role.EMPLOYER, "44 minutes", True),
        (Role.EMPLOYER, "46 minutes", False),
        (Role.GRADUATE, "6 days 23 hours", True),
        (Role.GRADUATE, "7 days 1 minute", False),
    ],
)
def test_a_session_ends_by_idleness_or_age(
    services: Services, world: World, role: Role, interval: str, alive: bool
) -> None:
    graduate = make_graduate(world)
    account = world.employer.id if role is Role.EMPLOYER else graduate.id
    assert account is not None
    with services.db.transaction() as connection:
        token = sessions.begin(connection, account, role)
    _later(services, interval)
    if alive:
        assert renewed(services, token)
    else:
        with pytest.raises(NotSignedIn):
            renewed(services, token)


def test_busy_or_not_an_office_session_ends_after_half_a_day(services: Services, world: World) -> None:
    token = begun(services, world)
    for _ in range(16):
        _later(services, "44 minutes")
        token = renewed(services, token)
    _later(services, "44 minutes")
    with pytest.raises(NotSignedIn):
        renewed(services, token)


def test_a_disabled_account_is_not_refreshed(services: Services, world: World) -> None:
    token = begun(services, world)
    with services.db.transaction() as connection:
        connection.execute(update(Account).values(disabled_at=text("now()")))
    with pytest.raises(NotSignedIn):
        renewed(services, token)


def test_a_key_added_meanwhile_breaks_no_repeated_request(services: Services, world: World) -> None:
    from app.settings import Key

    token = begun(services, world)
    first = renewed(services, token)
    rotated = replace(services.settings, token_keys=(Key("new1", b"n" * 32), *services.settings.token_keys))
    with services.db.transaction() as connection:
        assert sessions.refresh(connection, rotated, token)[1] == first


# 退出


def test_logging_out_holds_on_the_next_request(client: Client, login: str) -> None:
    access = bearer(log_in(client, login))
    cookie = cookie_of(client)
    assert reads(client, access) == 200
    response = log_out(client)
    assert response.status_code == 204
    assert client.get_cookie("refresh-e", domain="127.0.0.1") is None
    assert reads(client, access) == 401
    client.set_cookie("refresh-e", cookie, domain="127.0.0.1")
    assert refresh(client).status_code == 401


def test_logging_out_of_one_browser_leaves_the_other_its_session(app: Flask, login: str) -> None:
    here, there = app.test_client(), app.test_client()
    log_in(here, login)
    old = bearer(log_in(there, login))
    log_out(here)
    assert reads(there, old) == 401  # the access token is gone at once
    assert reads(there, bearer(refresh(there))) == 200  # and silently replaced


def test_a_program_without_cookies_logs_out_by_its_access_token(app: Flask, login: str) -> None:
    access = bearer(log_in(app.test_client(), login))
    program = app.test_client()
    assert log_out(program, **access).status_code == 204
    assert reads(program, access) == 401


def test_logging_out_when_nobody_is_in_is_no_fault(client: Client) -> None:
    assert log_out(client).status_code == 204


def test_a_new_password_ends_every_session(
    services: Services, world: World, login: str, product_environment: dict[str, str]
) -> None:
    from click.testing import CliRunner

    from app.cli.__main__ import main

    token = begun(services, world)
    run: Callable[..., Any] = CliRunner(env=product_environment).invoke
    result = run(main, ["accounts", "reset-password", login], catch_exceptions=False)
    assert result.exit_code == 0
    password = result.output.strip().rpartition("：")[2]
    assert passwords.check(services.db, login, password) == world.employer.id
    with pytest.raises(WrongPassword):
        passwords.check(services.db, login, PASSWORD)
    with pytest.raises(NotSignedIn):
        renewed(services, token)
    assert run(main, ["accounts", "reset-password", f"no-{uuid.uuid4()}"]).exit_code == 1
