"""Typesetting an agreement (电子就业协议书) to PDF with typst."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, cast

import typst

from app.clock import in_words
from app.documents import fonts, numbers, qr
from app.documents.clauses import Clause, terms_hash
from app.documents.errors import NotTypeset

TEMPLATE = Path(__file__).with_name("agreement.typ")
TITLE = "普通高等学校毕业生就业协议书"
RARE = "𠮷"
STANDARD: Final = "a-2a"  # archival PDF, tagged for screen readers


class ForkedTooLate(RuntimeError):
    """Typesetting here would wait for ever for threads that stayed in the parent process."""


@dataclass(frozen=True)
class Confirmation:
    """One line of the confirmations: step (单位发出, 毕业生应约, …), who, when (any time zone), how."""

    step: str
    who: str
    at: datetime
    how: str


@dataclass(frozen=True)
class Look:
    """What the paper says of itself. ``signatures`` are fields left empty for a party: whose, and lines to fill in."""

    edition: str
    label: str
    level: str
    signatures: tuple[tuple[str, tuple[str, ...]], ...] = ()


CONFIRMED = Look(
    edition="电子",
    label="平台确认件",
    level=(
        "签署级别：账号 + 操作码 + 证据留存。平台的数字签名只证明文件由平台出具且未被改动，不是双方的可靠电子签名"
        "（《电子签名法》第十三条）。"
    ),
)
"""Signed online: both parties confirmed by account and PIN."""


@dataclass(frozen=True)
class AgreementDocument:
    """Everything printed. ``text`` is the accepted text, stored with the acceptance, never composed anew.

    ``issuer`` names who runs the platform; ``qr_url`` is the signed address drawn as QR code; ``check_url`` is where a
    person types the number; ``made_at`` becomes the file's creation date, so equal input gives equal bytes.
    """

    number: str
    text: tuple[Clause, ...]
    confirmations: tuple[Confirmation, ...]
    issuer: str
    qr_url: str
    check_url: str
    made_at: datetime
    look: Look = CONFIRMED


def typeset(agreement: AgreementDocument) -> bytes:
    """The agreement as PDF/A-2a, unsigned. Raises ``MissingGlyph`` or ``NotTypeset`` (:mod:`app.documents.errors`)."""
    return _compile(content_json(agreement), agreement.made_at)


def content_json(agreement: AgreementDocument) -> str:
    """What the template reads, every character known to have a glyph."""
    content = _content(agreement)
    fonts.require_glyphs("".join(_strings(content)))
    return json.dumps({**content, "qr": qr.svg(agreement.qr_url)}, ensure_ascii=False)


def warm_up() -> None:
    """Read fonts and template before the first document is asked for (half a second, once per process)."""
    fonts.require_glyphs(RARE)
    with _turn:
        _compiler(os.getpid())


def _content(agreement: AgreementDocument) -> dict[str, Any]:
    """All that is printed as text."""
    by_kind: dict[str, list[Clause]] = {"party": [], "preamble": [], "clause": []}
    for clause in agreement.text:
        by_kind["clause" if clause.numeral else clause.kind].append(clause)
    return {
        "title": TITLE,
        "edition": agreement.look.edition,
        "label": agreement.look.label,
        "level": agreement.look.level,
        "signatures": agreement.look.signatures,
        "issuer": agreement.issuer,
        "number": numbers.grouped(agreement.number),
        "parties": [{"title": clause.title, "rows": clause.rows} for clause in by_kind["party"]],
        "preamble": "".join(by_kind["preamble"][0].paragraphs),
        "clauses": [
            {
                "numeral": clause.numeral,
                "title": clause.title,
                "paragraphs": clause.paragraphs,
                "quoted": 1 if clause.kind == "supplement" else -1,
            }
            for clause in by_kind["clause"]
        ],
        "confirmations": [[line.step, line.who, in_words(line.at), line.how] for line in agreement.confirmations],
        "check_url": agreement.check_url,
        "terms_hash": terms_hash(agreement.text),
    }


def _strings(value: Any) -> Iterator[str]:
    """Every string somewhere inside plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


_turn = threading.Lock()  # the compiler refuses a second caller while one is in it
_typeset_in: int | None = None  # the process that has typeset; its compiler's threads do not survive a fork


@lru_cache(maxsize=1)
def _compiler(process: int) -> typst.Compiler:
    """The one compiler of this process, kept: making it anew costs more than a document."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(fonts.FOLDERS))
    return typst.Compiler(font_paths=found)


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def _compile(content: str, made_at: datetime) -> bytes:
    global _typeset_in
    process = os.getpid()
    if _typeset_in not in (None, process):
        raise ForkedTooLate("this process was forked from one that had already typeset; fork first, typeset later")
    with _turn:
        _typeset_in = process
        try:
            pdf = _compiler(process).compile(
                # Files in memory, by name; the type stub knows single files only.
                cast(Any, {"main": _template(), "agreement.json": content.encode()}),
                format="pdf",
                pdf_standards=STANDARD,
                timestamp=made_at,
            )
        except typst.TypstError as error:
            raise NotTypeset("协议书排版失败，请联系平台处理。") from error
    assert isinstance(pdf, bytes)
    return pdf
