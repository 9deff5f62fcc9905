"""The QR code on an agreement: a signed payload (EdDSA JWT) inside the address of the public page that confirms it.

The payload holds the number, a shortened hash of the text and who issued it, never personal data. Whoever has the
public key (:func:`jwks`) can check authenticity offline: nothing but the JWT is needed. The number typed from the QR
code proves no more than that we issued it; whether it still holds is what the public page answers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isqrt
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import jwt
import zxingcpp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.documents.errors import ForgedCode, UnreadableCode, UnusableKey

AGREEMENT = "agreement"
PATH = "/v/"
HASH_BYTES = 16  # 128 bits bind the text as firmly as needed and keep the code coarse enough to scan from paper
LONGEST = 2000
DARK = re.compile(rb"\x00+")


@dataclass(frozen=True)
class QrKey:
    """The key that signs payloads; ``kid`` is the start of its RFC 7638 thumbprint."""

    private: Ed25519PrivateKey
    kid: str

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as a JWK."""
        return {**_public_members(self.private), "kid": self.kid, "use": "sig", "alg": "EdDSA"}


@dataclass(frozen=True)
class QrClaims:
    """What a genuine payload says. ``text_hash`` is the shortened terms hash, base64url."""

    number: str
    text_hash: str
    issued_at: datetime
    typ: str

    def fits(self, terms_hash: str) -> bool:
        """Whether the payload was made for the text with this SHA-256 (hex)."""
        return self.text_hash == shortened(terms_hash)


def load_qr_key(path: Path) -> QrKey:
    """Read an Ed25519 private key (PEM, PKCS#8); raises :class:`UnusableKey`."""
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UnusableKey(f"the QR key cannot be read: {type(error).__name__}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise UnusableKey("the QR key must be an Ed25519 key")
    return qr_key(private)


def qr_key(private: Ed25519PrivateKey) -> QrKey:
    """Name a key by its thumbprint."""
    canonical = json.dumps(_public_members(private), sort_keys=True, separators=(",", ":"))
    return QrKey(private, _base64url(hashlib.sha256(canonical.encode()).digest())[:8])


def issue(
    key: QrKey, *, public_url: str, number: str, terms_hash: str, issued_at: datetime, typ: str = AGREEMENT
) -> str:
    """The address to draw: ``{public_url}/v/{jwt}``."""
    claims = {
        "iss": urlsplit(public_url).netloc,
        "sub": number,
        "th": shortened(terms_hash),
        "iat": int(issued_at.timestamp()),
        "typ": typ,
    }
    # The header's own typ would only repeat "JWT" and make the code finer.
    token = jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid, "typ": None})
    return f"{public_url}{PATH}{token}"


def read(code: str, jwks: dict[str, Any], *, issuer: str) -> QrClaims:
    """Check a JWT, or the whole address with it, against public keys alone.

    ``issuer`` is the host of the public address. Raises :class:`UnreadableCode` or :class:`ForgedCode`.
    """
    token = code.rpartition(PATH)[2]
    if len(token) > LONGEST:
        raise UnreadableCode("far too long")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError:
        raise UnreadableCode("not a signed code") from None
    known = next((item for item in jwks["keys"] if item["kid"] == kid), None)
    if known is None:
        raise ForgedCode("signed with a key that is not ours")
    try:
        claims = jwt.decode(
            token,
            jwt.PyJWK(known),
            algorithms=["EdDSA"],
            issuer=issuer,
            # Authenticity does not depend on the reader's clock, which may be behind ours.
            options={"verify_iat": False, "require": ["iss", "sub", "th", "iat", "typ"]},
        )
    except jwt.InvalidTokenError as error:
        raise ForgedCode(type(error).__name__) from None
    return QrClaims(claims["sub"], claims["th"], datetime.fromtimestamp(claims["iat"], UTC), claims["typ"])


def jwks(*keys: QrKey) -> dict[str, Any]:
    """The public keys as a JWK set, older ones included for as long as their codes are around."""
    return {"keys": [key.jwk for key in keys]}


def shortened(terms_hash: str) -> str:
    """The first 16 bytes of a SHA-256 given in hex, base64url."""
    return _base64url(bytes.fromhex(terms_hash)[:HASH_BYTES])


def svg(content: str) -> str:
    """Draw a QR code (error correction M) as one SVG path, one unit a module, without the quiet zone around it."""
    symbol = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    # The image offers the buffer protocol, which its type stub does not say: one byte a module, 0 being dark.
    modules = bytes(cast(Any, symbol.to_image(scale=1, add_quiet_zones=False)))
    size = isqrt(len(modules))
    path = "".join(
        f"M{run.start()} {row}h{run.end() - run.start()}v1H{run.start()}z"
        for row in range(size)
        for run in DARK.finditer(modules[row * size : (row + 1) * size])
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>'


def _public_members(private: Ed25519PrivateKey) -> dict[str, str]:
    """What RFC 7638 hashes of an Ed25519 key (RFC 8037)."""
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(private.public_key().public_bytes_raw())}


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
