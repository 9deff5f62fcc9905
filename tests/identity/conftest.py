"""The product's log-in against the stand-in for WeChat and CHSI over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import Client

from app import create_app
from app.identity import binding, passwords
from app.models import Account
from app.services import Services
from app.settings import Settings
from tests.api.contract import Contract
from tests.factories import World
from tests.identity.browsing import HOST, Browser, Roster
from tests.identity.office import PASSWORD
from tests.identity.showing import Browsers, Desk, newcomer
from tests.sandbox.running import AES_KEY, APP_ID, SECRET, TOKEN, Sandbox, running_sandbox
from tests.support import crowded, services, settings, world

__all__ = ["crowded", "services", "settings", "world"]


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), SANDBOX_H5_DOMAIN=HOST) as running:
        yield running


@pytest.fixture
def sandbox(stand_in: Sandbox) -> Iterator[Sandbox]:
    """One process for a test file; faults do not outlive a test."""
    yield stand_in
    stand_in.control("DELETE", "/faults")


@pytest.fixture
def product_environment(product_environment: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    """With the stand-in's addresses where a test asks for it."""
    own = {
        "QX_PUBLIC_URL": f"http://{HOST}",
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": SECRET,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_AES_KEY": AES_KEY,
    }
    if "sandbox" in request.fixturenames:
        url = request.getfixturevalue("sandbox").url
        own |= {"WECHAT_API_URL": url, "WECHAT_OPEN_URL": url, "CHSI_CAS_URL": f"{url}/cas"}
    return product_environment | own


@pytest.fixture
def app(settings: Settings, services: Services) -> Flask:
    return create_app(settings, services)


@pytest.fixture
def contract(app: Flask) -> Contract:
    return Contract(app)


@pytest.fixture
def browser(app: Flask, contract: Contract, sandbox: Sandbox) -> Iterator[Callable[..., Browser]]:
    """Makes browsers: ``browser()``, or with the openid of the WeChat user who holds it."""
    made: list[Browser] = []

    def make(openid: str | None = None, *, in_wechat: bool = True) -> Browser:
        made.append(Browser(app, contract, sandbox, openid, in_wechat=in_wechat))
        return made[-1]

    yield make
    for one in made:
        one.outside.close()


@pytest.fixture
def roster(world: World, sandbox: Sandbox) -> Roster:
    """Puts people on the roster and into CHSI."""
    return Roster(world, sandbox)


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


@pytest.fixture
def desk(browser: Browsers, roster: Roster, services: Services) -> Desk:
    """A graduate signed in at a computer, where a code can be shown."""
    return newcomer(browser, roster, services)


@pytest.fixture
def scenes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenes that were handed to WeChat, in order: what a scan tells us."""
    made: list[str] = []
    original = binding.new_scene

    def noted() -> str:
        made.append(original())
        return made[-1]

    monkeypatch.setattr(binding, "new_scene", noted)
    return made
