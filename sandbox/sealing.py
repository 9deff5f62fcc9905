"""Signature and AES sealing of pushed messages (消息加解密), written from the platform's rules.

Written apart from the library that the product opens them with, so that one checks the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

# PKCS#7 with blocks of 32 bytes, not of AES's own 16: the platform's choice.
BLOCK = 32


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts: token, timestamp, nonce and, when sealed, the sealed text."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


def seal(text: str, aes_key: str, app_id: str) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, length, text and app id."""
    body = text.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(body)) + body + app_id.encode()
    padding = BLOCK - len(plain) % BLOCK
    cipher = _cipher(aes_key).encryptor()
    sealed = cipher.update(plain + bytes([padding]) * padding) + cipher.finalize()
    return base64.b64encode(sealed).decode()


def unseal(sealed: str, aes_key: str, app_id: str) -> str:
    """The text inside. Raises ValueError when it was not sealed for this account."""
    cipher = _cipher(aes_key).decryptor()
    try:
        plain = cipher.update(base64.b64decode(sealed, validate=True)) + cipher.finalize()
        plain = plain[16 : -plain[-1]]
        (length,) = struct.unpack(">I", plain[:4])
        text, receiver = plain[4 : 4 + length].decode(), plain[4 + length :]
    except (ValueError, IndexError, struct.error) as error:
        raise ValueError("the sealed text cannot be opened") from error
    if not hmac.compare_digest(receiver, app_id.encode()):
        raise ValueError("sealed for another account")
    return text


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
