"""上报 of a class's approved destinations: what would go into a batch, and the batch itself (docs/rules.md, 上报).

A batch is asked for, then made by a job: read, written as the sheet of the superior system, kept sealed with its hash,
and with it, in one transaction, every graduate's destination is marked as reported, gets its 转递编号 and is to be
confirmed. A destination that changes while the sheet is written makes it be written anew.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Protocol

import orjson
import structlog
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import Connection, Row, insert, select, text

from app import clock
from app.access import Actor, Role
from app.db import Database, table
from app.documents.numbers import new_transfer_number
from app.models import (
    Account,
    BatchState,
    ClaimState,
    ConfirmationState,
    Graduate,
    ReportBatch,
    ReportLine,
    ReportScope,
    ReportSystem,
)
from app.models.columns import in_states
from app.problems import Invalid, NotAllowed, NotNow
from app.sealing import Sealer
from app.workflows import report_columns
from app.workflows.advance import advance_many, open_many
from app.workflows.confirmation_machine import CONFIRMATION
from app.workflows.renewal import CONFIRMATION_TABLE

log = structlog.get_logger("app.workflows.reporting")
BATCH = table(ReportBatch)
FILE = "sheet"
"""The part of the vault under which a batch's sheet is kept."""
SYSTEMS: Mapping[str, str] = {
    ReportSystem.NATIONAL: "全国登记系统",
    ReportSystem.PROVINCIAL: "省级登记系统",
    ReportSystem.SCHOOL: "校内登记",
}
"""上报系统 as pages name it."""
ATTEMPTS = 3
"""Of a sheet; for the last one nobody may change what is in it."""


class Keep(Protocol):
    """Where a sheet is kept sealed."""

    def put(self, owner: uuid.UUID, part: str, content: bytes) -> None:
        """Keep a part of the owner's; one kept again replaces the former."""


@dataclass(frozen=True)
class Means:
    """What the making of a batch takes."""

    db: Database
    sealer: Sealer
    keep: Keep
    random: Random | None = None


@dataclass(frozen=True)
class Line:
    """One graduate's line of a batch."""

    row: Row[Any]
    cells: list[str]
    digest: bytes

    @property
    def sort(self) -> str:
        """``new``, ``changed`` or ``unchanged`` beside what was reported before."""
        if self.row.reported_on is None:
            return "new"
        said_anew = self.row.batch_id is None or self.row.reported_digest != self.digest
        return "changed" if said_anew else "unchanged"


class _Overtaken(Exception):
    """A destination has changed while the sheet was written."""


def dry_run(connection: Connection, sealer: Sealer, actor: Actor, class_year: int) -> dict[str, int]:
    """How many lines are ``new``, ``changed`` and ``unchanged``, and how many graduates have no effective destination
    (``without``) or one that is being ended (``ending``)."""
    school_id = _school(actor)
    counts = Counter(line.sort for line in _lines(connection, sealer, school_id, class_year))
    rest = connection.execute(_REST, {"school": school_id, "year": class_year}).one()
    return {name: counts[name] for name in ("new", "changed", "unchanged")} | rest._asdict()


def ask(
    connection: Connection, actor: Actor, class_year: int, system: ReportSystem, scope: ReportScope, reported_on: date
) -> uuid.UUID:
    """Ask for a batch; the job makes it. Raises :class:`Invalid` for a day that has not come, :class:`NotNow` while
    another of the school is being made."""
    school_id = _school(actor)
    if reported_on > clock.beijing(clock.now()).date():
        raise Invalid.field("/reported_on", "上报日期不能晚于今天。")
    connection.execute(_ALONE, {"school": school_id})
    due = select(ReportBatch.id).where(ReportBatch.school_id == school_id, ReportBatch.state == BatchState.DUE)
    if connection.execute(due).first() is not None:
        raise NotNow("上一批还在生成，请等它完成再上报。")
    batch_id = uuid.uuid4()
    connection.execute(
        insert(ReportBatch).values(
            id=batch_id,
            school_id=school_id,
            class_year=class_year,
            system=system,
            scope=scope,
            reported_on=reported_on,
            asked_by=actor.id,
        )
    )
    return batch_id


def make_due(means: Means) -> int:
    """Make the batches that are asked for, one after the other; returns how many. Any number may run at once."""
    made = 0
    while (found := _next(means.db)) is not None:
        _make(means, found)
        made += 1
    return made


def _next(db: Database) -> uuid.UUID | None:
    query = select(ReportBatch.id).where(ReportBatch.state == BatchState.DUE).order_by(ReportBatch.asked_at).limit(1)
    with db.reading() as connection:
        found: uuid.UUID | None = connection.scalar(query)
    return found


def _make(means: Means, batch_id: uuid.UUID) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with means.db.transaction() as connection:
                _carry_out(connection, means, batch_id, locked=attempt == ATTEMPTS)
            return
        except _Overtaken:
            fault = "上报时信息一直在变化，请稍后再试一次。"
        except OSError as error:
            log.exception("batch not kept", batch=str(batch_id), reason=type(error).__name__)
            fault = "表格没有保存成功，请联系系统管理员后再试。"
    with means.db.transaction() as connection:
        failed = {"state": BatchState.FAILED, "fault": fault, "made_at": clock.now()}
        due = (BATCH.c.id == batch_id, BATCH.c.state == BatchState.DUE)
        connection.execute(BATCH.update().where(*due).values(**failed))


def _carry_out(connection: Connection, means: Means, batch_id: uuid.UUID, *, locked: bool) -> None:
    batch = connection.execute(
        select(ReportBatch, Account.name).join(Account, Account.id == ReportBatch.asked_by)
        .where(ReportBatch.id == batch_id).with_for_update(of=ReportBatch)
    ).one()  # fmt: skip
    if batch.state != BatchState.DUE:
        return  # another was faster
    connection.execute(_ALONE, {"school": batch.school_id})
    found = list(_lines(connection, means.sealer, batch.school_id, batch.class_year, locked=locked))
    counts = Counter(line.sort for line in found)
    lines = [line for line in found if batch.scope == ReportScope.ALL or line.sort != "unchanged"]
    values: dict[str, Any] = {"state": BatchState.FAILED, "fault": "没有可以上报的去向。"}
    if lines:
        sheet = _sheet([line.cells for line in lines])
        means.keep.put(batch.id, FILE, sheet)
        _mark(connection, batch, lines)
        _number(connection, batch, lines, means.random)
        _ask_to_confirm(connection, batch, lines)
        values = {
            "state": BatchState.MADE,
            "sha256": hashlib.sha256(sheet).digest(),
            "counts": {name: counts[name] for name in ("new", "changed", "unchanged")} | {"lines": len(lines)},
        }
    connection.execute(BATCH.update().where(BATCH.c.id == batch.id).values(**values, made_at=clock.now()))


def _mark(connection: Connection, batch: Any, lines: Sequence[Line]) -> None:
    marked = connection.execute(
        _MARK,
        {
            "claims": [line.row.claim_id for line in lines],
            "versions": [line.row.claim_version for line in lines],
            "batch": batch.id,
            "day": batch.reported_on,
        },
    )
    if marked.rowcount != len(lines):
        raise _Overtaken
    connection.execute(
        insert(ReportLine),
        [
            {
                "batch_id": batch.id,
                "graduate_id": line.row.graduate_id,
                "claim_id": line.row.claim_id,
                "digest": line.digest,
            }
            for line in lines
        ],
    )


def _number(connection: Connection, batch: Any, lines: Sequence[Line], random: Random | None) -> None:
    """转递编号 for those who have none. Eight random digits meet each other, so that given ones are looked at."""
    without = [line.row for line in lines if line.row.transfer_number is None]
    if not without:
        return
    given = set(
        connection.scalars(
            select(Graduate.transfer_number).where(
                Graduate.school_id == batch.school_id,
                Graduate.class_year == batch.class_year,
                Graduate.transfer_number.is_not(None),
            )
        )
    )
    fresh: list[str] = []
    while len(fresh) < len(without):
        number = new_transfer_number(batch.class_year, without[0].school_code, random)
        if number not in given:
            given.add(number)
            fresh.append(number)
    connection.execute(_GIVE, {"graduates": [row.graduate_id for row in without], "numbers": fresh})


def _ask_to_confirm(connection: Connection, batch: Any, lines: Sequence[Line]) -> None:
    """Who was never asked is asked; who was is asked again where the destination says something else now."""
    actor = Actor(Role.SCHOOL, batch.asked_by, batch.name, school_id=batch.school_id, request_id="batch")
    said = {"reported_on": batch.reported_on.isoformat(), "system": SYSTEMS[batch.system]}
    rows = [
        {"id": uuid.uuid4(), "school_id": batch.school_id, "graduate_id": line.row.graduate_id, **said}
        for line in lines
        if line.row.confirmation_id is None
    ]
    facts = {**said, "batch": str(batch.id)}
    open_many(connection, CONFIRMATION, CONFIRMATION_TABLE, "report", rows, actor, facts=facts)
    anew = [line.row for line in lines if line.row.confirmation_id is not None and line.row.batch_id is None]
    for state in ConfirmationState:
        ids = [row.confirmation_id for row in anew if row.confirmation_state == state]
        if not ids:
            continue
        moved = advance_many(
            connection,
            CONFIRMATION,
            CONFIRMATION_TABLE,
            "report_again",
            ids,
            actor,
            source=state,
            values={"reported_on": batch.reported_on, "system": SYSTEMS[batch.system]},
            facts=facts,
        )
        if len(moved) != len(ids):
            raise _Overtaken


def _lines(
    connection: Connection, sealer: Sealer, school_id: int, class_year: int, *, locked: bool = False
) -> Iterator[Line]:
    query = _EFFECTIVE_LOCKED if locked else _EFFECTIVE
    for row in connection.execute(query, {"school": school_id, "year": class_year}):
        record = report_columns.Record(
            graduate=row,
            id_number=sealer.open(row.id_number, "id_number"),
            destination_code=row.destination_code,
            kind=row.kind,
            variant=row.variant,
            form=row.form,
            class_year=class_year,
        )
        cells = report_columns.cells(record)
        yield Line(row, cells, hashlib.sha256(orjson.dumps(cells)).digest())


def _sheet(lines: Sequence[Sequence[str]]) -> bytes:
    """The workbook: a header and the lines, every cell as text, so that no number loses digits and no text that
    begins like a formula is one."""
    book = Workbook(write_only=True)
    page = book.create_sheet("毕业去向")
    page.freeze_panes = "A2"
    page.append(report_columns.TITLES)
    for line in lines:
        page.append([_text_cell(page, value) for value in line])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _text_cell(page: Any, value: str) -> Any:
    cell = WriteOnlyCell(page, value)
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _school(actor: Actor) -> int:
    if actor.role is not Role.SCHOOL or actor.school_id is None:
        raise NotAllowed
    return actor.school_id


_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('report_batch'), :school)")
"""Batches of a school are asked for and made one after the other."""
_EFFECTIVE_SQL = f"""
    SELECT c.id AS claim_id, c.version AS claim_version, c.kind, c.variant, c.form, c.destination_code, c.reported_on,
        c.batch_id, s.code AS school_code, f.id AS confirmation_id, f.state AS confirmation_state,
        (SELECT l.digest FROM report_line l WHERE l.batch_id = c.batch_id AND l.graduate_id = g.id) AS reported_digest,
        g.id AS graduate_id, g.candidate_no, g.student_no, g.name, g.gender, g.id_type, g.id_number, g.origin,
        g.ethnicity, g.political_status, g.degree, g.major, g.major_code, g.enrolled_on, g.graduates_on,
        g.training_mode, g.commissioned_by, g.rest, g.transfer_number
    FROM claim c JOIN graduate g ON g.id = c.graduate_id JOIN school s ON s.id = c.school_id
        LEFT JOIN confirmation f ON f.graduate_id = g.id
    WHERE c.school_id = :school AND c.class_year = :year AND c.{in_states(ClaimState.EFFECTIVE)}
        AND g.base_state <> 'deleted'
    ORDER BY g.college_id, g.major, g.student_no, g.id
"""  # noqa: S608  (only constants)
_EFFECTIVE = text(_EFFECTIVE_SQL)
_EFFECTIVE_LOCKED = text(_EFFECTIVE_SQL + " FOR UPDATE OF c")
_REST = text(f"""
    SELECT count(*) FILTER (WHERE c.id IS NULL) AS without,
        count(*) FILTER (WHERE c.state = 'terminating') AS ending
    FROM graduate g LEFT JOIN claim c ON c.graduate_id = g.id
        AND c.{in_states(ClaimState.EFFECTIVE, ClaimState.TERMINATING)}
    WHERE g.school_id = :school AND g.class_year = :year AND g.base_state <> 'deleted'
""")  # noqa: S608  (only constants)
_MARK = text(f"""
    UPDATE claim c SET batch_id = :batch, reported_on = coalesce(c.reported_on, :day)
    FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS integer[])) seen (id, version)
    WHERE (c.id, c.version) = (seen.id, seen.version) AND c.{in_states(ClaimState.EFFECTIVE)}
""")  # noqa: S608  (only constants)
_GIVE = text("""
    UPDATE graduate g SET transfer_number = fresh.number
    FROM unnest(CAST(:graduates AS uuid[]), CAST(:numbers AS text[])) fresh (id, number)
    WHERE g.id = fresh.id AND g.transfer_number IS NULL
""")
