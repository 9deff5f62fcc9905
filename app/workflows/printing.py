"""Documents (电子文件) that are due are made: by the job, or on the spot for whoever asks first (docs/rules.md)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, text

from app import clock
from app.db import Database, table
from app.documents.errors import DocumentError, UnusableKey
from app.models import Document, DocumentState
from app.workflows.agreement import PRINTS, Printer

DOCUMENT = table(Document)
RETRY = timedelta(minutes=1)
TRIES = 5


def make_due(database: Database, printer: Printer, *, many: int = 20) -> int:
    """Make the documents that are due, each in its own transaction; returns how many. Any number may run at once."""
    made = 0
    while made < many and _make_next(database, printer):
        made += 1
    return made


def _make_next(database: Database, printer: Printer) -> bool:
    """Take one due document under lock, make it, and record it; false when nothing is due."""
    due = (
        select(Document.id, Document.subject, Document.kind, Document.attempts)
        .where(Document.state == DocumentState.DUE, Document.due_at <= text("now()"))
        .order_by(Document.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with database.transaction() as connection:
        row = connection.execute(due).one_or_none()
        if row is None:
            return False
        _make(connection, printer, row)
    return True


def ensure_made(connection: Connection, printer: Printer, claim: uuid.UUID) -> Row[Any] | None:
    """The agreement's document, made on the spot if it is still due (a first download need not wait for the job).

    None where there is no such document; a failed one is returned as it is.
    """
    wanted = select(Document).where(Document.subject == claim, Document.kind.in_(PRINTS))
    row = connection.execute(wanted.order_by(Document.number.desc()).limit(1).with_for_update()).one_or_none()
    if row is None or row.state != DocumentState.DUE:
        return row
    _make(connection, printer, row)
    return connection.execute(wanted.order_by(Document.number.desc()).limit(1)).one()


def _make(connection: Connection, printer: Printer, row: Any) -> None:
    try:
        content = PRINTS[row.kind](connection, printer, row.subject)
        sha256 = printer.store.put(content)
    except (OSError, UnusableKey) as error:  # the machine's fault, not the document's: worth another try
        values = _failed(row, type(error).__name__, final=row.attempts + 1 >= TRIES)
    except DocumentError as error:
        values = _failed(row, str(error), final=True)
    else:
        values = {
            "state": DocumentState.MADE,
            "sha256": sha256,
            "size": len(content),
            "made_at": clock.now(),
            "attempts": row.attempts + 1,
        }
    connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == row.id).values(**values))


def _failed(row: Any, fault: str, *, final: bool) -> dict[str, Any]:
    state = DocumentState.FAILED if final else DocumentState.DUE
    return {"state": state, "fault": fault, "attempts": row.attempts + 1, "due_at": clock.now() + RETRY}


def try_again(connection: Connection, document: uuid.UUID | None = None) -> int:
    """Make failed documents, all or one, due again, with all their tries; returns how many."""
    failed = [DOCUMENT.c.state == DocumentState.FAILED]
    if document is not None:
        failed.append(DOCUMENT.c.id == document)
    again = {"state": DocumentState.DUE, "attempts": 0, "due_at": text("now()")}
    return connection.execute(DOCUMENT.update().where(*failed).values(**again)).rowcount
