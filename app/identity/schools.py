"""Which schools there are, and whom to call at each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from app.models import School


def contacts(connection: Connection) -> list[dict[str, Any]]:
    """``{code, name, contact}`` of every school, by code."""
    rows = connection.execute(select(School.code, School.name, School.contact).order_by(School.code))
    return [dict(row._mapping) for row in rows]
