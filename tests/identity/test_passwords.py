from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, text, update
from werkzeug.test import Client

from app import create_app
from app.identity import passwords
from app.limits import PASSWORDS_PER_LOGIN
from app.models import Account
from app.problems import WrongPassword
from app.services import Services
from tests.factories import World, make_graduate
from tests.identity.browsing import BASE
from tests.identity.office import PASSWORD, bearer, log_in, reads

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
