"""名单导入: a file's rows are copied beside the roster, compared with it, and taken over in one statement.

Upsert by 考生号 within school and class. Either the whole file is taken or nothing of it (docs/rules.md, 名单).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    case,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from app.access import Actor
from app.models import Account, BaseState, College, Graduate, School
from app.problems import NotFound
from app.sealing import Sealer
from app.workflows import roster_deletion
from app.workflows.advance import advance_many
from app.workflows.roster import GRADUATE
from app.workflows.roster_columns import MARKS, Header, place
from app.workflows.roster_machine import BASE_DATA
from app.workflows.roster_rows import Fault, Rows
from app.workflows.roster_sheet import Sheet, Unreadable, read_sheet

BATCH = 5_000
"""Rows held in memory at a time."""
FAULTS_KEPT = 20_000

CORRECTED = (
    "student_no",
    "name",
    "id_type",
    "id_number_index",
    "gender",
    "ethnicity",
    "political_status",
    "degree",
    "major_code",
    "major",
    "class_name",
    "study_years",
    "enrolled_on",
    "graduates_on",
    "training_mode",
    "commissioned_by",
    "origin",
    "archive_moved",
    "hukou_moved",
)
"""A change in one of these asks the graduate to confirm again. ``rest`` is shown to nobody; phone and e-mail are the
graduate's own and only filled in where there are none."""
COPIED = ("row_number", "candidate_no", "college", "id_number", *CORRECTED, "email", "phone", "rest")


@dataclass
class Report:
    """What an import did, or would have done; counts are graduates, ``faults`` cells."""

    rows: int = 0
    fresh: int = 0
    changed: int = 0
    reconfirm: int = 0
    restored: int = 0
    ignored: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    faulty_rows: int = 0

    @property
    def unchanged(self) -> int:
        """Rows that said what was already known."""
        return self.rows - self.fresh - self.changed - self.faulty_rows


class Refused(Exception):
    """Some rows are wrong, so nothing was taken; the report lists them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"{report.faulty_rows} rows are wrong")


def bring_in(
    connection: Connection, sealer: Sealer, actor: Actor, path: Path, *, school_code: str, class_year: int
) -> Report:
    """Import a file inside the caller's transaction. Raises Unreadable, Refused, :class:`~app.problems.NotFound`."""
    sheet, header = open_roster(path)
    school = connection.execute(
        # One import of a school at a time; logging in and signing go on.
        select(School.id, School.code).where(School.code == school_code).with_for_update(key_share=True)
    ).one_or_none()
    if school is None:
        raise NotFound(f"没有院校代码为 {school_code} 的学校。")
    # The work of one statement grows with the file; the limit of the web server's is not meant for it.
    connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    report = Report(ignored=header.ignored)
    staged = _stage_table()
    staged.create(connection)
    _stage(connection, staged, Rows(header, school.code, class_year, sealer), sheet, report)
    connection.execute(text("ANALYZE roster_staged"))
    _find_rivals(connection, staged, school.id, class_year, report)
    if report.faults:
        raise Refused(report)
    _take_over(connection, staged, school.id, class_year, actor, report)
    staged.drop(connection)
    return report


def open_roster(path: Path) -> tuple[Sheet, Header]:
    """The file's rows and where its columns stand; raises Unreadable where one that is needed is missing."""
    sheet = read_sheet(path, MARKS)
    header = place(sheet.header)
    if header.missing:
        raise Unreadable("缺少这些列：" + "、".join(header.missing))
    return sheet, header


def _stage_table() -> Table:
    own = [Column(name, GRADUATE.c[name].type) for name in COPIED if name not in ("row_number", "college")]
    columns: list[Column[Any]] = [Column("row_number", Integer, primary_key=True), Column("college", Text), *own]
    return Table("roster_staged", MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


def _stage(connection: Connection, staged: Table, rows: Rows, sheet: Sheet, report: Report) -> None:
    statement = sql.SQL("COPY roster_staged ({}) FROM STDIN").format(sql.SQL(", ").join(map(sql.Identifier, COPIED)))
    good = _good_rows(rows, sheet, report)
    while batch := list(islice(good, BATCH)):
        cursor = cast("psycopg.Cursor[Any]", connection.connection.cursor())
        with cursor, cursor.copy(statement) as copy:
            for values in batch:
                copy.write_row(values)


def _good_rows(rows: Rows, sheet: Sheet, report: Report) -> Iterator[list[Any]]:
    for number, cells in sheet.rows:
        report.rows += 1
        values, faults = rows.read(number, cells)
        if values is None:
            report.faulty_rows += 1
            report.faults += faults[: FAULTS_KEPT - len(report.faults)]
        else:
            values["row_number"] = number
            yield [values[name] for name in COPIED]


def _find_rivals(connection: Connection, staged: Table, school_id: int, class_year: int, report: Report) -> None:
    """An ID number that another 考生号 of the class already has."""
    rivals = connection.execute(
        select(staged.c.row_number, Graduate.candidate_no)
        .join(Graduate, Graduate.id_number_index == staged.c.id_number_index)
        .where(
            Graduate.school_id == school_id,
            Graduate.class_year == class_year,
            Graduate.candidate_no != staged.c.candidate_no,
        )
        .order_by(staged.c.row_number)
    ).all()
    for row in rivals:
        report.faulty_rows += 1
        report.faults.append(Fault(row.row_number, "身份证号", f"已是考生号 {row.candidate_no} 的毕业生的证件号。"))


def _take_over(
    connection: Connection, staged: Table, school_id: int, class_year: int, actor: Actor, report: Report
) -> None:
    _make_colleges(connection, staged, school_id)
    same = and_(
        Graduate.school_id == school_id,
        Graduate.class_year == class_year,
        Graduate.candidate_no == staged.c.candidate_no,
    )
    college = and_(College.school_id == school_id, College.name == staged.c.college)
    known = (
        select(Graduate.id, Graduate.base_state, _differs(staged.c, College.id).label("differs"))
        .join(staged, same)
        .join(College, college)
        .where(or_(_differs(staged.c, College.id), Graduate.base_state == BaseState.DELETED))
        .with_for_update(of=Graduate, key_share=True)
    )
    found = connection.execute(known).all()
    report.changed, report.fresh = _upsert(connection, staged, school_id, class_year, college, same)
    confirmed = [row.id for row in found if row.base_state == BaseState.CONFIRMED]
    deleted = [row.id for row in found if row.base_state == BaseState.DELETED]
    report.reconfirm = len(_advance(connection, actor, "correct", BaseState.CONFIRMED, confirmed))
    restored = _advance(connection, actor, "restore", BaseState.DELETED, deleted)
    if restored:
        roster_deletion.restore_claims(connection, actor, restored)
    report.restored = len(restored)
    _rename_accounts(connection, [row.id for row in found if row.differs])


def _advance(
    connection: Connection, actor: Actor, action: str, source: BaseState, ids: list[uuid.UUID]
) -> list[uuid.UUID]:
    if not ids:
        return []
    return advance_many(connection, BASE_DATA, GRADUATE, action, ids, actor, source=source, facts={"by": "import"})


def _make_colleges(connection: Connection, staged: Table, school_id: int) -> None:
    names = select(literal(school_id), staged.c.college).distinct().order_by(staged.c.college)
    connection.execute(insert(College).from_select(["school_id", "name"], names).on_conflict_do_nothing())


def _differs(told: Any, college_id: Any) -> ColumnElement[bool]:
    """Whether the school says something else than the graduate's row has; ``told`` are the columns of a staged row."""
    mine = tuple_(*(GRADUATE.c[name] for name in CORRECTED), GRADUATE.c.college_id)
    return mine.is_distinct_from(tuple_(*(told[name] for name in CORRECTED), college_id))


def _fills(told: Any) -> ColumnElement[bool]:
    """Whether the school has a phone or an e-mail where there is none yet, or something else along with the rest."""
    return or_(
        and_(Graduate.phone.is_(None), told.phone.is_not(None)),
        and_(Graduate.email.is_(None), told.email.is_not(None)),
        Graduate.rest != told.rest,
    )


def _upsert(
    connection: Connection,
    staged: Table,
    school_id: int,
    class_year: int,
    college: ColumnElement[bool],
    same: ColumnElement[bool],
) -> tuple[int, int]:
    """How many rows were changed and how many are new."""
    names = ["candidate_no", "id_number", *CORRECTED, "email", "phone", "rest"]
    source = (
        select(
            func.gen_random_uuid(),
            literal(school_id),
            literal(class_year),
            College.id,
            *(staged.c[name] for name in names),
        )
        .join_from(staged, College, college)
        .outerjoin(Graduate, same)
        # What says nothing new is left out here: meeting it below would lock its row for nothing.
        .where(or_(Graduate.id.is_(None), _differs(staged.c, College.id), _fills(staged.c)))
        .order_by(staged.c.row_number)
    )
    statement = insert(Graduate).from_select(
        ["id", "school_id", "class_year", "college_id", *names], source, include_defaults=False
    )
    told = statement.excluded
    same_person = Graduate.id_number_index == told.id_number_index
    statement = statement.on_conflict_do_update(
        index_elements=[Graduate.school_id, Graduate.class_year, Graduate.candidate_no],
        set_={
            **{name: told[name] for name in CORRECTED},
            "college_id": told.college_id,
            "rest": told.rest,
            # Sealed anew only where it is another number: what is equal need not be written again.
            "id_number": case((same_person, Graduate.id_number), else_=told.id_number),
            "phone": func.coalesce(Graduate.phone, told.phone),
            "email": func.coalesce(Graduate.email, told.email),
            "version": Graduate.version + 1,
        },
        where=or_(_differs(told, told.college_id), _fills(told)),
    )
    written = statement.returning(literal_column("(xmax = 0)").label("fresh")).cte("written")
    changed, fresh = connection.execute(
        select(
            func.count().filter(not_(written.c.fresh)),
            func.count().filter(written.c.fresh),
        ).select_from(written)
    ).one()
    return changed, fresh


def _rename_accounts(connection: Connection, ids: list[uuid.UUID]) -> None:
    """An account carries its graduate's name, so that reading who acts needs one row only."""
    if ids:
        connection.execute(
            update(Account)
            .where(Account.graduate_id == Graduate.id, Graduate.id.in_(ids), Account.name != Graduate.name)
            .values(name=Graduate.name)
        )
