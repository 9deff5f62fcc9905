from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, text, update
from werkzeug.test import Client, TestResponse

from app import create_app
from app.access import Role
from app.identity import passwords, sessions
from app.limits import PASSWORDS_PER_LOGIN
from app.models import Account, SignIn
from app.problems import NotSignedIn, WrongPassword
from app.services import Services
from tests.factories import World, make_graduate
from tests.identity.browsing import BASE, OWN_PAGE

PASSWORD = "correct horse battery"


@pytest.fixture
def login(services: Services, world: World) -> str:
    """The employer's operator, who has a password."""
    with services.db.transaction() as connection:
        row = connection.execute(
            update(Account)
            .where(Account.id == world.employer.id)
            .values(password=passwords.hashed(PASSWORD))
            .returning(Account.login)
        ).one()
    return str(row.login)


@pytest.fixture
def client(app: Flask) -> Client:
    return app.test_client()


def log_in(client: Client, login: str, password: str = PASSWORD) -> TestResponse:
    return client.post("/api/v1/session", json={"login": login, "password": password}, base_url=BASE)


def cookie_of(client: Client) -> str:
    found = client.get_cookie("refresh-e", domain="127.0.0.1")
    assert found is not None
    return found.value


def refresh(client: Client, **headers: str) -> TestResponse:
    return client.post("/api/v1/session/refresh", headers=OWN_PAGE | headers, base_url=BASE)


def log_out(client: Client, **headers: str) -> TestResponse:
    return client.delete("/api/v1/session", headers=OWN_PAGE | headers, base_url=BASE)


def bearer(response: TestResponse) -> dict[str, str]:
    return {"Authorization": f"Bearer {response.get_json()['access_token']}"}


def reads(client: Client, headers: dict[str, str]) -> int:
    return client.get("/api/v1/employer/me", headers=headers, base_url=BASE).status_code


# Passwords


def test_an_operator_logs_in_by_password(client: Client, login: str, world: World) -> None:
    response = log_in(client, f" {login} ")
    assert response.status_code == 200
    found = response.get_json()
    assert found["expires_in"] == 900
    assert found["account"]["role"] == "employer"
    assert found["account"]["employer"]["id"] == str(world.employer.employer_id)
    assert found["account"]["title"] == "招聘主管"
    assert reads(client, bearer(response)) == 200


def test_a_reviewer_is_told_school_and_college(client: Client, services: Services, world: World) -> None:
    with services.db.transaction() as connection:
        name = connection.execute(
            update(Account)
            .where(Account.id == world.college_office.id)
            .values(password=passwords.hashed(PASSWORD))
            .returning(Account.login)
        ).scalar_one()
    found = log_in(client, str(name)).get_json()["account"]
    assert (found["role"], found["school"]["code"], found["college"]["id"]) == ("college", "19999", world.colleges[0])


def test_wrong_name_wrong_password_and_disabled_are_refused_alike(
    client: Client, login: str, services: Services, world: World
) -> None:
    wrong = log_in(client, login, "something else")
    unknown = log_in(client, "nobody", PASSWORD)
    with services.db.transaction() as connection:
        connection.execute(update(Account).values(disabled_at=text("now()")))
    disabled = log_in(client, login)
    told = [{k: v for k, v in one.get_json().items() if k != "instance"} for one in (wrong, unknown, disabled)]
    assert told[0]["code"] == "wrong_password"
    assert told == [told[0]] * 3
    assert {one.status_code for one in (wrong, unknown, disabled)} == {401}
    assert not any(one.headers.getlist("Set-Cookie") for one in (wrong, unknown, disabled))


def test_an_unknown_name_costs_one_hash_like_a_known_one(
    services: Services, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = PasswordHasher.verify

    def watched(self: PasswordHasher, stored: str, password: str) -> bool:
        checked.append(stored)
        return real(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    for name in (login, "nobody", ""):
        with pytest.raises(WrongPassword):
            passwords.check(services.db, name, "wrong password")
    assert len(checked) == 3
    costs = {stored.split("$")[2:4][1] for stored in checked}
    assert costs == {"m=19456,t=2,p=1"}


def test_a_password_under_an_older_cost_is_made_anew(services: Services, login: str, world: World) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with services.db.transaction() as connection:
        connection.execute(update(Account).where(Account.login == login).values(password=weak))
    assert passwords.check(services.db, login, PASSWORD) == world.employer.id
    with services.db.reading() as connection:
        stored = connection.scalar(select(Account.password).where(Account.login == login))
    assert stored is not None
    assert "m=19456,t=2,p=1" in stored
    assert passwords.check(services.db, login, PASSWORD) == world.employer.id


def test_a_graduate_has_no_password_to_log_in_with(services: Services, world: World) -> None:
    make_graduate(world)
    with services.db.transaction() as connection:
        connection.execute(update(Account).where(Account.role == "graduate").values(login="zhixia"))
    with pytest.raises(WrongPassword):
        passwords.check(services.db, "zhixia", "")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"login": "a"}, "/password"),
        ({"login": 7, "password": "x"}, "/login"),
        ({"login": "a", "password": "x" * 129}, "/password"),
        ({"login": "a" * 65, "password": "x"}, "/login"),
        ({"login": "a", "password": "x", "role": "school"}, "/role"),
        ({"login": None, "password": None}, "/login"),
    ],
)
def test_a_malformed_log_in_is_told_field_by_field(client: Client, body: dict[str, Any], pointer: str) -> None:
    response = client.post("/api/v1/session", json=body, base_url=BASE)
    assert response.status_code == 422
    found = response.get_json()
    assert found["code"] == "invalid"
    assert pointer in [error["pointer"] for error in found["errors"]]


def test_guessing_is_stopped_for_the_name_guessed_and_for_nobody_else(
    app: Flask, services: Services, login: str
) -> None:
    client = app.test_client()
    answers = [log_in(client, login, f"guess number {n}").status_code for n in range(PASSWORDS_PER_LOGIN.count)]
    assert set(answers) == {401}
    stopped = log_in(client, login)
    assert stopped.status_code == 429
    assert stopped.get_json()["code"] == "too_many"
    assert 0 < int(stopped.headers["Retry-After"]) <= PASSWORDS_PER_LOGIN.seconds
    assert log_in(client, "somebody else").status_code == 401


def test_guessing_is_counted_while_redis_is_away(services: Services, login: str) -> None:
    alone = replace(services.settings, redis_url="redis://127.0.0.1:9/0")
    own = Services.build(alone)
    client = create_app(alone, own).test_client()
    answers = [log_in(client, login, "a guess").status_code for _ in range(PASSWORDS_PER_LOGIN.count)]
    assert set(answers) == {401}
    assert log_in(client, login).status_code == 429
    own.close()


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
