"""就业协议书: the text composed from form and party, and the PDF made once the signing is effective."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, text

from app import clock
from app.codes import regions
from app.codes.tables import label
from app.db import Database, table
from app.documents import agreement, qr, signing
from app.documents.clauses import Clause, Graduate, Parties, clauses, terms_hash
from app.documents.errors import DocumentError, UnusableKey
from app.models import Document, DocumentState
from app.sealing import Sealer, mask_id_number, mask_phone
from app.settings import Settings
from app.storage.store import Store

DOCUMENT = table(Document)
RETRY = timedelta(minutes=1)
TRIES = 5
DESK = {"counsellor": "辅导员审核", "college": "学院审核", "school": "学校审核"}


@dataclass(frozen=True)
class Composed:
    """The text as it is shown, hashed and printed."""

    party: dict[str, Any]
    clauses: list[dict[str, Any]]
    terms_hash: str


def compose(terms: Mapping[str, Any], graduate: Row[Any], sealer: Sealer) -> Composed:
    """The full text for this graduate (a roster row with school and college names)."""
    party = Graduate(
        name=graduate.name,
        gender=label("gender", graduate.gender),
        school=graduate.school_name,
        college=graduate.college_name,
        major=graduate.major,
        degree=label("degree_short", graduate.degree),
        study_years=f"{float(graduate.study_years):g}",
        graduates_on=f"{graduate.graduates_on[:4]}-{graduate.graduates_on[4:]}",
        origin=regions.full_name(graduate.origin),
        id_number_masked=mask_id_number(sealer.open(graduate.id_number, "id_number")),
        phone_masked=mask_phone(sealer.open(graduate.phone, "phone")) if graduate.phone else "",
    )
    shown = clauses(terms, Parties(party), label)
    return Composed(asdict(party), [clause.as_json() for clause in shown], terms_hash(shown))


@dataclass(frozen=True)
class Printer:
    """What making a document needs beside the database."""

    settings: Settings
    store: Store


_PRINTED = text("""
    SELECT c.id, c.agreement_number, c.evidence, c.effective_at, s.name AS school,
        i.terms->>'employer_name' AS employer, i.sent_at, a.name AS sender, i.party->>'name' AS graduate,
        coalesce((SELECT json_agg(json_build_object('stage', r.stage, 'at', r.decided_at, 'who', ra.name,
            'office', coalesce(co.name, '就业指导中心')) ORDER BY r.id)
            FROM filing f JOIN review r ON r.filing_id = f.id JOIN account ra ON ra.id = r.account_id
            LEFT JOIN college co ON co.id = ra.college_id
            WHERE f.claim_id = c.id AND f.lane = 'destination'), '[]') AS reviews
    FROM claim c JOIN invitation i ON i.id = c.invitation_id JOIN school s ON s.id = c.school_id
        JOIN account a ON a.id = i.sent_by WHERE c.id = :claim
""")


def make_due(database: Database, printer: Printer, *, many: int = 20) -> int:
    """Make the documents that are due, each in its own transaction; returns how many. Any number may run at once."""
    made = 0
    while made < many and _make_next(database, printer):
        made += 1
    return made


def _make_next(database: Database, printer: Printer) -> bool:
    """Take one due document under lock, make it, and record it; false when nothing is due."""
    due = (
        select(Document.id, Document.subject, Document.attempts)
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
    wanted = select(Document).where(Document.subject == claim, Document.kind == "agreement")
    row = connection.execute(wanted.order_by(Document.number.desc()).limit(1).with_for_update()).one_or_none()
    if row is None or row.state != DocumentState.DUE:
        return row
    _make(connection, printer, row)
    return connection.execute(wanted.order_by(Document.number.desc()).limit(1)).one()


def _make(connection: Connection, printer: Printer, row: Any) -> None:
    try:
        content = _print(connection, printer, row.subject)
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


def _print(connection: Connection, printer: Printer, claim: uuid.UUID) -> bytes:
    row = connection.execute(_PRINTED, {"claim": claim}).one()
    settings = printer.settings
    evidence = row.evidence
    shown = tuple(Clause.from_json(item) for item in evidence["clauses"])
    code = qr.issue(
        qr.load_qr_key(settings.qr_key),
        public_url=settings.public_url,
        number=row.agreement_number,
        terms_hash=evidence["terms_hash"],
        issued_at=row.effective_at,
    )
    unsigned = agreement.typeset(
        agreement.AgreementDocument(
            number=row.agreement_number,
            text=shown,
            confirmations=_confirmations(row),
            issuer=f"{row.school}去向系统",
            qr_url=code,
            check_url=settings.public_url,
            made_at=row.effective_at.replace(microsecond=0),  # PDF dates know seconds only
        )
    )
    return signing.sign(unsigned, signing.load_signer(settings.pdf_key, settings.pdf_key_passphrase))


def _confirmations(row: Row[Any]) -> tuple[agreement.Confirmation, ...]:
    accepted = datetime.fromisoformat(row.evidence["accepted_at"])
    return (
        agreement.Confirmation("单位发出", f"{row.employer} {row.sender}", row.sent_at, "单位账号"),
        agreement.Confirmation("毕业生应约", row.graduate, accepted, "账号与操作码"),
        *(
            agreement.Confirmation(
                DESK[review["stage"]],
                f"{review['office']} {review['who']}",
                datetime.fromisoformat(review["at"]),
                "审核账号",
            )
            for review in row.reviews
        ),
    )
