"""How a command gets at the services, and gives them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.services import Services
from app.settings import Settings


@contextmanager
def opened() -> Iterator[Services]:
    """Services from the environment, with the longer statements a command needs; raises UnsafeSettings."""
    services = Services.build(Settings.from_environment(), jobs=True)
    try:
        yield services
    finally:
        services.close()
