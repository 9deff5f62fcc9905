"""Runs the migrations against DATABASE_URL, with a lock time-out so that a busy table never queues the whole service."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, text

import app.models  # noqa: F401  (fills the metadata)
from app.db import Base


def migrate(connection: Connection) -> None:
    """Bring the schema to the wanted revision in one transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SET LOCAL lock_timeout = '4s'"))
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url, "the migrations need a database URL"
    with create_engine(url).connect() as connection:
        migrate(connection)
