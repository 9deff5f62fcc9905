"""What this package needs of a process: less than all its services, so that it can be used from anywhere above."""

from __future__ import annotations

from typing import Protocol

from redis import Redis

from app.db import Database
from app.sealing import Sealer
from app.settings import Settings


class Means(Protocol):
    """Settings, database, Redis and keys. :class:`app.services.Services` fits."""

    @property
    def settings(self) -> Settings:
        """The process's settings."""

    @property
    def db(self) -> Database:
        """Its database."""

    @property
    def redis(self) -> Redis:
        """Its Redis, which may be away at any moment."""

    @property
    def sealer(self) -> Sealer:
        """What opens sealed addresses."""
