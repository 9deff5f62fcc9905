"""Brings the database to the newest migration, and compares the two."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from app.db import transactional

MIGRATIONS = Path(__file__).parent.parent / "migrations"
MIGRATING = 20_091_101
"""Key of the advisory lock that lets one process migrate at a time."""


def configuration() -> Config:
    """Alembic's settings; there is no ini file to drift from the code."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(engine: Engine, target: str = "head") -> None:
    """Upgrade to ``target``; several processes may ask at once."""
    config = configuration()
    with transactional(engine).connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATING})
        connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, target)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATING})
            connection.commit()


def migrate_down(engine: Engine, target: str) -> None:
    """Downgrade to ``target``; for tests of the migrations and for going back one release."""
    config = configuration()
    with transactional(engine).connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, target)
        connection.commit()
