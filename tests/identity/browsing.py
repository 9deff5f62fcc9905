"""A browser for log-ins: pages of the product through its test client, those of WeChat and CHSI over HTTP."""

from __future__ import annotations

import itertools
import re
import uuid
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from flask import Flask
from sqlalchemy import delete, func, insert, select
from werkzeug.test import TestResponse

from app.access import Actor
from app.models import Account, School
from app.services import Services
from app.settings import Settings
from tests.api.contract import Contract
from tests.factories import World, id_number, make_graduate
from tests.sandbox.running import Sandbox

HOST = "127.0.0.1:8123"
BASE = f"http://{HOST}"
OWN_PAGE = {"X-Requested-With": "quxiang"}
_serial = itertools.count(1)


@dataclass
class Seen:
    """Where a browser ended: path and query of a page of ours, or an address elsewhere."""

    url: str
    status: int

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}


class Browser:
    """Follows redirects between product and stand-in as a person's browser does, with one jar for each host."""

    def __init__(
        self, app: Flask, contract: Contract, sandbox: Sandbox, openid: str | None, *, in_wechat: bool
    ) -> None:
        self.app, self.contract, self.sandbox = app, contract, sandbox
        self.settings: Settings = app.extensions["quxiang"].settings
        self.client = app.test_client()
        self.agent = "Mozilla/5.0 MicroMessenger/8.0.50" if openid and in_wechat else "Mozilla/5.0"
        self.outside = requests.Session()
        self.visited: list[str] = []
        if openid:
            self.outside.get(f"{sandbox.url}/phone/{openid}", timeout=10)

    def open(self, url: str) -> Seen:
        """Go to an address and wherever it leads."""
        url = urljoin(BASE, url)
        for _ in range(12):
            self.visited.append(url)
            if url.startswith(f"{BASE}/s/"):
                return Seen(url, 200)  # a page of the built client, which decides the rest by itself
            status, location = self._ours(url) if url.startswith(BASE) else self._theirs(url)
            if location is None:
                return Seen(url, status)
            url = urljoin(url, location)
        raise AssertionError(f"redirects without end: {self.visited[-4:]}")

    def log_in(self, login: str, password: str = "pass-word-1") -> Seen:
        """Fill in CHSI's form, which must be open."""
        page = self.outside.get(self.visited[-1], timeout=10)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        form = {name: unescape(value) for name, value in hidden.items()} | {"username": login, "password": password}
        answer = self.outside.post(f"{self.sandbox.url}/cas/login", data=form, timeout=10, allow_redirects=False)
        assert answer.status_code == 303, answer.status_code
        return self.open(answer.headers["Location"])

    def enter(self, login: str, next_path: str = "/s/") -> Seen:
        """「用学信网账号登录」 to the end."""
        at = self.open(f"/auth/chsi/start?next={next_path}")
        # CHSI may still know this browser, and then asks nothing.
        return self.log_in(login) if at.path == "/cas/login" else at

    def api(self, method: str, path: str, **options: Any) -> TestResponse:
        """A call of a page of ours; the answer is held to the description."""
        headers = {"User-Agent": self.agent, **OWN_PAGE, **options.pop("headers", {})}
        response = self.client.open(f"/api/v1{path}", method=method, base_url=BASE, headers=headers, **options)
        self.contract.check(response)
        return response

    def session(self) -> dict[str, Any] | None:
        """The session of the graduates' room, if its cookie is good."""
        response = self.api("POST", "/session/refresh", headers={"X-Room": "s"})
        return response.get_json() if response.status_code == 200 else None

    def signed_in(self) -> dict[str, str]:
        """The header of an access token got by the cookie."""
        session = self.session()
        assert session is not None
        return {"Authorization": f"Bearer {session['access_token']}"}

    def act(self, path: str, body: Any, *, etag: str, headers: dict[str, str]) -> TestResponse:
        own = {"If-Match": etag, "Idempotency-Key": str(uuid.uuid4())}
        return self.api("POST", path, json=body, headers=headers | own)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain="127.0.0.1")
        return found.value if found else None

    def _ours(self, url: str) -> tuple[int, str | None]:
        parts = urlsplit(url)
        response = self.client.get(
            parts.path, query_string=parts.query, base_url=BASE, headers={"User-Agent": self.agent}
        )
        return response.status_code, response.headers.get("Location") if response.status_code in (302, 303) else None

    def _theirs(self, url: str) -> tuple[int, str | None]:
        response = self.outside.get(url, timeout=10, allow_redirects=False)
        return response.status_code, response.headers.get("Location")


@dataclass
class Roster:
    """Puts people on the roster and registers them with CHSI, under log-ins of their own."""

    world: World
    sandbox: Sandbox

    def graduate(self, name: str = "林知夏", **columns: Any) -> tuple[Actor, str]:
        """Somebody on the roster who has a CHSI account and has never entered; the actor has no account yet."""
        number = columns.pop("id_number", None) or new_number()
        actor = make_graduate(self.world, confirmed=False, name=name, id_number=number, **columns)
        with self.world.services.db.transaction() as connection:
            connection.execute(delete(Account).where(Account.id == actor.id))
        return actor, self.chsi(name, number)

    def chsi(self, name: str, number: str, **more: Any) -> str:
        """A CHSI account; returns its log-in."""
        login = f"person{next(_serial)}"
        person = {"username": login, "password": "pass-word-1", "name": name, "id_number": number} | more
        self.sandbox.control("POST", "/chsi/people", {"people": [person]})
        return login

    def school(self, code: str) -> int:
        """Another school."""
        contact = {"office": "就业办", "phone": "0571-86000000"}
        statement = insert(School).values(code=code, name="第二大学", contact=contact).returning(School.id)
        with self.world.services.db.transaction() as connection:
            return int(connection.execute(statement).scalar_one())


def new_number() -> str:
    return id_number(next(_serial) + 100_000)


def count(services: Services, model: Any) -> int:
    """How many rows there are."""
    with services.db.reading() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def failed(at: Seen, problem: str, school: str | None) -> None:
    """The log-in page says this problem, and whom to call."""
    assert at.path == "/s/login"
    assert (at.query.get("problem"), at.query.get("school")) == (problem, school)
