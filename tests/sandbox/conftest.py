from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.running import Product, Sandbox, running_sandbox


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_server: Sandbox) -> Iterator[Sandbox]:
    """One sandbox for a test file; faults and settings do not outlive a test, its clock only goes forward."""
    before = _server.control("GET", "/state")["settings"]
    yield _server
    _server.control("DELETE", "/faults")
    kept = {name: value for name, value in before.items() if value != "…"}
    _server.set(**kept)


@pytest.fixture(params=["plain", "aes"])
def product(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Product]:
    """The product's callback in both modes of the platform."""
    made = Product(request.param)
    sandbox.set(callback_url=made.url, callback_mode=made.mode)
    yield made
    made.close()
