"""Engines and processes of each run's own; only secrets are shared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.settings_for_development import environment
from tests.chaos.system import System, running_system
from tests.notify.conftest import _server, post, product_environment, sandbox, sender  # noqa: F401
from tests.support import services, settings, world  # noqa: F401

SMALL = 300


@pytest.fixture
def messages() -> int:
    """How many invitations a run sends: QX_CHAOS, or few."""
    return int(os.environ.get("QX_CHAOS", SMALL))


@pytest.fixture
def product_settings(tmp_path: Path, _kept_secrets: Path) -> dict[str, str]:
    """The product's settings but for its engines and the stand-in."""
    nowhere = "http://127.0.0.1:9"
    return environment(_kept_secrets, {}, nowhere, nowhere, {"QX_STORAGE_DIR": str(tmp_path / "files")})


@pytest.fixture
def system(product_settings: dict[str, str], tmp_path: Path) -> Iterator[System]:
    """The whole product."""
    with running_system(product_settings, tmp_path) as running:
        yield running
