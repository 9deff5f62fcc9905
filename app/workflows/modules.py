"""功能模块 of a school and class, switched on and off; :func:`app.workflows.guards.module_open` is the guard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, update
from sqlalchemy.dialects.postgresql import insert

from app.models import Module, ModuleName


def open_module(
    connection: Connection,
    school_id: int,
    class_year: int,
    name: ModuleName,
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> None:
    """启用 from a moment (now) until another (no end); replaces what was set before."""
    values = {"opens_at": opens_at or func.now(), "closes_at": closes_at}
    connection.execute(
        insert(Module)
        .values(school_id=school_id, class_year=class_year, name=name.value, **values)
        .on_conflict_do_update(index_elements=[Module.school_id, Module.class_year, Module.name], set_=values)
    )


def close_module(connection: Connection, school_id: int, class_year: int, name: ModuleName) -> bool:
    """关闭 now: what is there stays readable and running reviews finish. Returns whether it was on."""
    moment = func.clock_timestamp()
    closed = connection.execute(
        update(Module)
        .where(
            Module.school_id == school_id,
            Module.class_year == class_year,
            Module.name == name.value,
            Module.closes_at.is_(None) | (Module.closes_at > moment),
        )
        .values(
            opens_at=func.least(Module.opens_at, func.now() - func.make_interval(0, 0, 0, 0, 0, 0, 1)), closes_at=moment
        )
    )
    return bool(closed.rowcount)
