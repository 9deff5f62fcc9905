"""就业协议书: the text composed from form and party, and its PDF: of an online signing, or to be stamped on paper."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from app.codes import regions
from app.codes.tables import label
from app.db import table
from app.documents import agreement, paper, qr, signing
from app.documents.clauses import ONLINE, Clause, Graduate, Manner, Parties, clauses, terms_hash
from app.models import Claim
from app.sealing import Sealer, mask_id_number, mask_phone
from app.settings import Settings
from app.storage.store import Store

DESK = {"counsellor": "辅导员审核", "college": "学院审核", "school": "学校审核"}


@dataclass(frozen=True)
class Composed:
    """The text as it is shown, hashed and printed."""

    party: dict[str, Any]
    clauses: list[dict[str, Any]]
    terms_hash: str


def compose(terms: Mapping[str, Any], graduate: Row[Any], sealer: Sealer, manner: Manner = ONLINE) -> Composed:
    """The full text for this graduate (a roster row with school and college names), to be signed in this manner."""
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
    shown = clauses(terms, Parties(party), label, manner)
    return Composed(asdict(party), [clause.as_json() for clause in shown], terms_hash(shown))


@dataclass(frozen=True)
class Printer:
    """What making a document needs beside the database."""

    settings: Settings
    store: Store


_REVIEWS = """coalesce((SELECT json_agg(json_build_object('stage', r.stage, 'at', r.decided_at, 'who', ra.name,
            'office', coalesce(co.name, '就业指导中心')) ORDER BY r.id)
            FROM filing f JOIN review r ON r.filing_id = f.id AND r.round = f.round
            JOIN account ra ON ra.id = r.account_id LEFT JOIN college co ON co.id = ra.college_id
            WHERE f.claim_id = c.id AND f.lane = 'destination'), '[]') AS reviews"""
_ONLINE = text(f"""
    SELECT c.id, c.agreement_number, c.evidence, c.effective_at, s.name AS school,
        i.terms->>'employer_name' AS employer, i.sent_at, a.name AS sender, i.party->>'name' AS graduate, {_REVIEWS}
    FROM claim c JOIN invitation i ON i.id = c.invitation_id JOIN school s ON s.id = c.school_id
        JOIN account a ON a.id = i.sent_by WHERE c.id = :claim
""")  # noqa: S608  (only constants)
_PAPER = text(f"""
    SELECT c.agreement_number, c.evidence, c.form, g.*, s.name AS school, s.name AS school_name,
        gc.name AS college_name, p.submitted_at, fb.name AS filed_by, {_REVIEWS}
    FROM claim c JOIN graduate g ON g.id = c.graduate_id JOIN school s ON s.id = c.school_id
        JOIN college gc ON gc.id = g.college_id
        JOIN filing p ON p.claim_id = c.id AND p.lane = 'destination' LEFT JOIN account fb ON fb.id = p.filed_by
    WHERE c.id = :claim
""")  # noqa: S608


def _online(connection: Connection, printer: Printer, claim: uuid.UUID) -> bytes:
    """What both parties confirmed online and the offices approved."""
    row = connection.execute(_ONLINE, {"claim": claim}).one()
    return _signed(printer, row, row.evidence, _confirmations(row), row.effective_at)


def _paper(connection: Connection, printer: Printer, claim: uuid.UUID) -> bytes:
    """What the offices approved, to be stamped. Its text is kept with the claim, for the check of its code."""
    row = connection.execute(_PAPER, {"claim": claim}).one()
    evidence = row.evidence or asdict(compose(row.form, row, Sealer(printer.settings), paper.MANNER))
    connection.execute(table(Claim).update().where(Claim.id == claim).values(evidence=evidence))
    by = f"{row.filed_by}（代为填报）" if row.filed_by else row.name
    lines = (agreement.Confirmation("毕业生申请", by, row.submitted_at, "账号填报"), *_reviewed(row))
    return _signed(printer, row, evidence, lines, lines[-1].at, paper.LOOK)


PRINTS: Mapping[str, Callable[[Connection, Printer, uuid.UUID], bytes]] = {
    "agreement": _online,
    "paper_agreement": _paper,
}
"""Kind of document → what makes its bytes from the claim it is of."""


def _signed(
    printer: Printer,
    row: Row[Any],
    evidence: Mapping[str, Any],
    confirmations: tuple[agreement.Confirmation, ...],
    at: datetime,
    look: agreement.Look = agreement.CONFIRMED,
) -> bytes:
    """The agreement with its number and code, signed by the platform."""
    settings = printer.settings
    code = qr.issue(
        qr.load_qr_key(settings.qr_key),
        public_url=settings.public_url,
        number=row.agreement_number,
        terms_hash=evidence["terms_hash"],
        issued_at=at,
    )
    unsigned = agreement.typeset(
        agreement.AgreementDocument(
            number=row.agreement_number,
            text=tuple(Clause.from_json(item) for item in evidence["clauses"]),
            confirmations=confirmations,
            issuer=f"{row.school}去向系统",
            qr_url=code,
            check_url=f"{settings.public_url}{qr.PATH}",
            made_at=at.replace(microsecond=0),  # PDF dates know seconds only
            look=look,
        )
    )
    return signing.sign(unsigned, signing.load_signer(settings.pdf_key, settings.pdf_key_passphrase))


def _confirmations(row: Row[Any]) -> tuple[agreement.Confirmation, ...]:
    accepted = datetime.fromisoformat(row.evidence["accepted_at"])
    return (
        agreement.Confirmation("单位发出", f"{row.employer} {row.sender}", row.sent_at, "单位账号"),
        agreement.Confirmation("毕业生应约", row.graduate, accepted, "账号与操作码"),
        *_reviewed(row),
    )


def _reviewed(row: Row[Any]) -> tuple[agreement.Confirmation, ...]:
    return tuple(
        agreement.Confirmation(
            DESK[review["stage"]],
            f"{review['office']} {review['who']}",
            datetime.fromisoformat(review["at"]),
            "审核账号",
        )
        for review in row.reviews
    )
