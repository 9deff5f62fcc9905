"""The platform's digital signature on a PDF (PAdES-B-B): who issued the file, and that nothing was changed since.

It is the platform's signature, not the parties': see the level of signature printed in the document.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.stamp.noop import NoOpStampStyle

from app.documents import qr
from app.documents.errors import UnusableKey

FIELD = "PlatformSignature"
READABLE_FIELD = "平台数字签名"
REASON = "证明本文件由平台出具，且出具后未被改动"
LOCATION = "中国"
LABEL_BOX = (478, 775, 538, 796)  # over the label at the head of page 1, in points: a click there opens the signature
RESERVED = 12_288  # hex digits for the CMS object: two EC certificates take a third, an RSA chain of three fits

PDF_KEY_FILE, QR_KEY_FILE, AUTHORITY_FILE = "pdf-signing.p12", "qr-ed25519.pem", "authority.pem"
DEVELOPMENT = "去向开发环境（不得用于生产）"
TEN_YEARS = timedelta(days=3653)


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
    return bytes(made.sign_pdf(writer, bytes_reserved=RESERVED).getbuffer())


def is_development_certificate(path: Path, passphrase: str) -> bool:
    """Whether the key came from :func:`make_development_key`; production must refuse it.

    Raises :class:`UnusableKey` when the file cannot be read.
    """
    issuer = _certificate(path, passphrase).issuer
    return any(item.value == DEVELOPMENT for item in issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def make_development_key(directory: Path, passphrase: str = "") -> None:
    """Fill a directory with keys for one machine: PDF key with certificate, its authority's certificate, QR key.

    Files that exist stay as they are, so a second call changes nothing. Anyone may make such keys: they prove nothing,
    and :func:`is_development_certificate` knows them.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (directory / QR_KEY_FILE).exists():
        qr.make_qr_key(directory / QR_KEY_FILE)
    if (directory / PDF_KEY_FILE).exists():
        return
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certify("去向开发用根证书", authority_key, authority_key, authority=True)
    certificate = _certify("去向开发用文件签名", key, authority_key, authority=False)
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    (directory / AUTHORITY_FILE).write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    bundle = pkcs12.serialize_key_and_certificates(b"quxiang", key, certificate, [authority], encryption)
    (directory / PDF_KEY_FILE).touch(mode=0o600)
    (directory / PDF_KEY_FILE).write_bytes(bundle)


def _certificate(path: Path, passphrase: str) -> x509.Certificate:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase.encode() or None)
    except (OSError, ValueError) as error:
        raise UnusableKey(f"the PDF key cannot be read: {type(error).__name__}") from None
    if key is None or certificate is None:
        raise UnusableKey("the PDF key file lacks the private key or its certificate")
    return certificate


def _certify(
    name: str, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey, *, authority: bool
) -> x509.Certificate:
    """A certificate of the development authority, for itself or for the signing key."""
    now = datetime.now(UTC)

    def named(common_name: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )

    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("去向开发用根证书"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
