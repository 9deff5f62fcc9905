"""A graduate at a computer with a binding code on the screen, and the phone that scanned it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app.identity import binding
from app.models import WechatFollower
from app.services import Services
from tests.identity.browsing import Browser, Roster
from tests.sandbox.running import APP_ID

Browsers = Callable[..., Browser]


@dataclass
class Desk:
    """A graduate signed in at a computer, and the code on the screen."""

    browser: Browser
    headers: dict[str, str]
    services: Services

    def ask(self) -> TestResponse:
        return self.browser.api("POST", "/me/wechat-binding", headers=self.headers)

    def show(self) -> dict[str, Any]:
        answer = self.ask()
        assert answer.status_code == 201, answer.get_json()
        return dict(answer.get_json())

    def state(self, code: dict[str, Any]) -> str:
        answer = self.browser.api("GET", f"/me/wechat-binding/{code['id']}", headers=self.headers)
        return str(answer.get_json()["state"])

    def agree(self, code: dict[str, Any], number: str | None) -> TestResponse:
        """「是我，绑定」, with what is read from a phone."""
        return self._act(code, "agree", json={"number": number})

    def disown(self, code: dict[str, Any]) -> TestResponse:
        """「不是我」."""
        return self._act(code, "disown")

    def _act(self, code: dict[str, Any], what: str, **options: Any) -> TestResponse:
        headers = self.headers | {"Idempotency-Key": str(uuid.uuid4())}
        return self.browser.api("POST", f"/me/wechat-binding/{code['id']}/{what}", headers=headers, **options)


def newcomer(browser: Browsers, roster: Roster, services: Services, **columns: Any) -> Desk:
    _, login = roster.graduate("林知夏", **columns)
    computer = browser()
    computer.enter(login)
    return Desk(computer, computer.signed_in(), services)


def scan(services: Services, scene: str, openid: str) -> binding.Seen | None:
    with services.db.transaction() as connection:
        return binding.scan(connection, binding.digest(scene), openid)


def phone(browser: Browsers, openid: str, code: dict[str, Any]) -> Browser:
    """The phone has tapped the link in the chat."""
    held = browser(openid)
    at = held.open(f"/auth/wechat/start?next=/s/bind/{code['id']}")
    assert at.path == f"/s/bind/{code['id']}", at
    return held


def confirm(held: Browser, code: dict[str, Any]) -> str:
    """「确认绑定」 on the phone; returns the number it then shows."""
    assert held.api("POST", f"/wechat-bindings/{code['id']}/confirm").status_code == 204
    return str(held.api("GET", f"/wechat-bindings/{code['id']}").get_json()["number"])


def another(number: str) -> str:
    return str(10 + (int(number) - 10 + 1) % 90)


def bound(services: Services) -> list[tuple[str, uuid.UUID]]:
    query = select(WechatFollower.openid, WechatFollower.account_id).where(WechatFollower.account_id.is_not(None))
    with services.db.reading() as connection:
        return [(row.openid, row.account_id) for row in connection.execute(query) if row.account_id]


def gone(answer: TestResponse) -> None:
    document = answer.get_json()
    assert (answer.status_code, document["code"]) == (404, "binding_gone")
    assert document["detail"] == binding.Gone.sentence, "one sentence for all"


def not_agreed(answer: TestResponse) -> None:
    assert (answer.status_code, answer.get_json()["code"]) == (409, "binding_not_agreed")


def give(services: Services, openid: str, account_id: uuid.UUID | None) -> None:
    """Bind by hand."""
    statement = text(
        "INSERT INTO wechat_follower (app_id, openid, account_id, bound_at) VALUES (:app, :openid, :account, now())"
    )
    with services.db.transaction() as connection:
        connection.execute(statement, {"app": APP_ID, "openid": openid, "account": account_id})
