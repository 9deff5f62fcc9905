"""The directory of archive offices (档案接收机构目录) as an operator keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, Executable, literal_column, or_
from sqlalchemy.dialects.postgresql import insert

from app.codes.directory import COLUMNS, Office
from app.models import ArchiveOffice


def take_over(connection: Connection, offices: Iterable[Office]) -> tuple[int, int]:
    """Write the offices over what is known of their regions; returns how many are new and how many changed."""
    rows = [asdict(office) for office in offices]
    if not rows:
        return 0, 0
    statement = insert(ArchiveOffice)
    told = statement.excluded
    names = [name for name in COLUMNS if name != "region"]
    upsert: Executable = statement.on_conflict_do_update(
        index_elements=[ArchiveOffice.region],
        set_={name: told[name] for name in names},
        where=or_(*(getattr(ArchiveOffice, name).is_distinct_from(told[name]) for name in names)),
    ).returning(literal_column("(xmax = 0)").label("fresh"))
    fresh = [row.fresh for row in connection.execute(upsert, rows)]
    return sum(fresh), len(fresh) - sum(fresh)
