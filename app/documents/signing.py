"""The platform's digital signature on a PDF (PAdES-B-B): who issued the file, and that nothing was changed since.

It is the platform's signature, not the parties': see the level of signature printed in the document.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.stamp.noop import NoOpStampStyle

from app.clock import now
from app.documents.errors import UnusableKey

FIELD = "PlatformSignature"
READABLE_FIELD = "平台数字签名"
REASON = "证明本文件由平台出具，且出具后未被改动"
LOCATION = "中国"
LABEL_BOX = (478, 775, 538, 796)  # over the label at the head of page 1, in points: a click there opens the signature
RESERVED = 12_288  # hex digits for the CMS object: two EC certificates take a third, an RSA chain of three fits
DEVELOPMENT = "去向 开发环境"  # the organisation that issues development certificates; a test holds it to the maker
# The certificate's ASN.1 objects read themselves on first use, and two threads at it see each other's halves.
_turn = threading.Lock()


@dataclass(frozen=True)
class Signer:
    """A signing key with its certificate, ready for use; may be shared between threads."""

    pades: signers.SimpleSigner
    certificate: x509.Certificate

    @property
    def name(self) -> str:
        """The common name of the certificate: who signs."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else self.certificate.subject.rfc4514_string()


@lru_cache(maxsize=4)
def load_signer(path: Path, passphrase: str) -> Signer:
    """Read a PKCS#12 file once per process; raises :class:`UnusableKey`, never telling what the passphrase was."""
    certificate = _certificate(path, passphrase)
    pades = signers.SimpleSigner.load_pkcs12(str(path), passphrase=passphrase.encode() or None)  # type: ignore[no-untyped-call]
    if pades is None:
        raise UnusableKey("the PDF key is of a kind that cannot sign")
    return Signer(pades, certificate)


def sign(pdf: bytes, signer: Signer) -> bytes:
    """The PDF with a certifying PAdES-B-B signature appended; no later change is permitted."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=signer.name,
        reason=REASON,
        location=LOCATION,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    field = SigFieldSpec(FIELD, on_page=0, box=LABEL_BOX, readable_field_name=READABLE_FIELD)
    made = signers.PdfSigner(meta, signer.pades, stamp_style=NoOpStampStyle(), new_field_spec=field)
    with _turn:
        return bytes(made.sign_pdf(writer, bytes_reserved=RESERVED).getbuffer())


def is_development_certificate(path: Path, passphrase: str) -> bool:
    """Whether the key was made for development by this project's own tools; production must refuse it.

    Raises :class:`UnusableKey` when the file cannot be read.
    """
    issuer = _certificate(path, passphrase).issuer
    return any(item.value == DEVELOPMENT for item in issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def _certificate(path: Path, passphrase: str) -> x509.Certificate:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase.encode() or None)
    except (OSError, ValueError) as error:
        raise UnusableKey(f"the PDF key cannot be read: {type(error).__name__}") from None
    if key is None or certificate is None:
        raise UnusableKey("the PDF key file lacks the private key or its certificate")
    if not certificate.not_valid_before_utc <= now() <= certificate.not_valid_after_utc:
        raise UnusableKey("the certificate of the PDF key is not valid today")
    return certificate
