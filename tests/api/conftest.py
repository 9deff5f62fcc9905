"""The application over the test's engines, and callers of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.access import Actor
from app.services import Services
from app.settings import Settings
from stack.settings_for_development import environment
from tests.api.caller import Caller
from tests.api.contract import Contract
from tests.support import logged, world  # noqa: F401

Calling = Callable[[Actor | None], Caller]


@pytest.fixture(scope="session")
def _lasting(
    own_database: str, engines: dict[str, str], worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One application for a worker's whole run, as a server's process has one; what it stores is emptied per test."""
    folder: Path = tmp_path_factory.mktemp("application")
    urls = {"DATABASE_URL": own_database, "REDIS_URL": f"{engines['REDIS_URL'].partition('?')[0]}?db={worker_number}"}
    nowhere = "http://127.0.0.1:9"
    settings = Settings.from_environment(environment(folder, urls, nowhere, nowhere, {}))
    services = Services.build(settings)
    yield create_app(settings, services)
    services.close()


@pytest.fixture
def app(_lasting: Flask, database_url: str, redis_url: str) -> Flask:
    """The product as a server runs it, on an empty database."""
    return _lasting


@pytest.fixture
def services(app: Flask) -> Services:
    """The application's services."""
    found: Services = app.extensions["quxiang"]
    return found


@pytest.fixture
def settings(services: Services) -> Settings:
    """The application's settings."""
    return services.settings


@pytest.fixture(scope="session")
def contract(_lasting: Flask) -> Contract:
    """Its description, which every answer of a caller is held to."""
    return Contract(_lasting)


@pytest.fixture
def calling(app: Flask, contract: Contract) -> Calling:
    """Makes callers: ``calling(actor)``, or ``calling(None)`` for a stranger."""
    return lambda actor: Caller(app, contract, actor)
