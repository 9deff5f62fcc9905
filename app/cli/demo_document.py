"""What anybody can see of an agreement's PDF: whether the signature holds, who signed, and where its QR code leads."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

SCALE = 3
"""Pixels a point: what a phone's camera sees of a page is better."""


@dataclass(frozen=True)
class Looked:
    """What was found in a PDF. ``good``: the signature fits and covers the whole file."""

    pages: int
    good: bool
    signature: str
    signer: str
    address: str | None
    number: str = ""


def look_at(pdf: bytes) -> Looked:
    """Check the signature, then read the QR code off the pages as a phone would."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    if len(signatures) != 1:
        return Looked(0, False, f"{len(signatures)} 个", "无", None)
    # Whether the authority is trusted is for the reader's own list of authorities to say; a development one is on none.
    status = validate_pdf_signature(signatures[0], signer_validation_context=ValidationContext(trust_roots=[]))
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    good = bool(status.intact and status.valid and whole)
    told = "完好且覆盖全文" if good else "无效"
    document = pypdfium2.PdfDocument(pdf)
    codes = [code.text for page in document for code in zxingcpp.read_barcodes(page.render(scale=SCALE).to_pil())]
    name = str(status.signing_cert.subject.native.get("common_name", "?"))
    return Looked(len(document), good, told, name, codes[0] if codes else None)
