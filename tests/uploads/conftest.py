"""The application with callers of every role, and files to send."""

from __future__ import annotations

import pytest

from app.access import Actor
from tests.api.caller import Caller
from tests.api.conftest import Calling, _lasting, app, calling, contract, services, settings  # noqa: F401
from tests.factories import World, make_graduate
from tests.support import logged, world  # noqa: F401


@pytest.fixture
def graduate(world: World) -> Actor:  # noqa: F811
    return make_graduate(world)


@pytest.fixture
def student(calling: Calling, graduate: Actor) -> Caller:  # noqa: F811
    return calling(graduate)
