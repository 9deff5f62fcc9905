"""The application over the test's engines, and callers of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app import create_app
from app.access import Actor
from app.services import Services
from app.settings import Settings
from tests.api.caller import Caller
from tests.api.contract import Contract
from tests.support import crowded, services, settings, world  # noqa: F401

Calling = Callable[[Actor | None], Caller]


@pytest.fixture
def app(settings: Settings, services: Services) -> Iterator[Flask]:  # noqa: F811
    """The product as a server runs it."""
    yield create_app(settings, services)


@pytest.fixture
def contract(app: Flask) -> Contract:
    """Its description, which every answer of a caller is held to."""
    return Contract(app)


@pytest.fixture
def calling(app: Flask, contract: Contract) -> Calling:
    """Makes callers: ``calling(actor)``, or ``calling(None)`` for a stranger."""
    return lambda actor: Caller(app, contract, actor)
