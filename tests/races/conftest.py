"""The application with as many connections as a race has rivals."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask

from app import create_app
from app.access import Actor
from app.services import Services
from app.settings import Settings
from tests.api.caller import Caller
from tests.api.contract import Contract
from tests.support import crowded, logged, services, settings  # noqa: F401

Calling = Callable[[Actor], Caller]


@pytest.fixture
def calling(settings: Settings, crowded: Services, logged: io.StringIO) -> Calling:  # noqa: F811
    """Makes callers of one application; each call of theirs is a request of its own."""
    app: Flask = create_app(settings, crowded)
    contract = Contract(app)
    return lambda actor: Caller(app, contract, actor)
