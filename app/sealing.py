"""Keeps personal data unreadable at rest: AES-256-GCM with rotatable keys, a blind index, a keyed PIN check."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import IO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.settings import Settings

NONCE_BYTES = 12


class Unreadable(Exception):
    """The sealed value was altered, or its key is not in the ring."""


class Sealer:
    """Seals and opens single values. The purpose is bound in, so that a phone cannot be swapped for an ID number."""

    def __init__(self, settings: Settings) -> None:
        self._current = settings.data_keys[0].kid.encode()
        self._ring = {key.kid.encode(): AESGCM(key.secret) for key in settings.data_keys}
        self._index_key = settings.index_key

    def seal(self, text: str, purpose: str) -> bytes:
        """A text sealed, see :meth:`seal_bytes`."""
        return self.seal_bytes(text.encode(), purpose)

    def open(self, sealed: bytes, purpose: str) -> str:
        """The text again; raises :class:`Unreadable`."""
        return self.open_bytes(bytes(sealed), purpose).decode()

    def seal_bytes(self, content: bytes, purpose: str) -> bytes:
        """``kid | 0x00 | nonce | ciphertext``."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        body = self._ring[self._current].encrypt(nonce, content, purpose.encode())
        return self._current + b"\0" + nonce + body

    def open_bytes(self, sealed: bytes, purpose: str) -> bytes:
        """The bytes again; raises :class:`Unreadable`."""
        kid, _, rest = sealed.partition(b"\0")
        cipher = self._ring.get(kid)
        if cipher is None:
            raise Unreadable("the key of this value is not in the ring")
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], purpose.encode())
        except InvalidTag as error:
            raise Unreadable("this value was altered, or sealed for another purpose") from error

    def index(self, text: str, purpose: str) -> bytes:
        """A keyed fingerprint to find a sealed value by, without being able to guess it from the database."""
        return self._mac(f"index:{purpose}:{text}")

    def index_of_file(self, file: IO[bytes], purpose: str) -> bytes:
        """The same for what is read to its end: two files are equal or not, and nobody can try which."""
        mac = hmac.new(self._index_key, f"index:{purpose}:".encode(), hashlib.sha256)
        while chunk := file.read(1 << 16):
            mac.update(chunk)
        return mac.digest()

    def secret(self, name: str, purpose: str) -> str:
        """A secret of 192 bits in letters fit for an address. It can be made again from its name and need be kept
        nowhere; without the key nobody can guess it."""
        return base64.urlsafe_b64encode(self._mac(f"secret:{purpose}:{name}")[:24]).decode()

    def pin(self, graduate: UUID, pin: str) -> bytes:
        """The stored form of a six-digit PIN (操作码).

        A million possibilities fall to any slow hash in minutes, so the strength lies in a key kept outside the
        database and in the five tries counted inside it (docs/decisions/0002-pin.md).
        """
        return self._mac(f"pin:{graduate}:{pin}")

    def _mac(self, text: str) -> bytes:
        return hmac.new(self._index_key, text.encode(), hashlib.sha256).digest()


def mask_id_number(number: str) -> str:
    """An ID number (证件号) as lists show it: the last four characters only."""
    return "*" * max(len(number) - 4, 0) + number[-4:]


def mask_phone(phone: str) -> str:
    """A phone as 「138****6027」."""
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 8 else "****"


def mask_email(address: str) -> str:
    """An e-mail address as 「z***@example.com」."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}***@{host}"


def mask_name(name: str) -> str:
    """A person's name as 「林**」."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def mask_own_name(name: str) -> str:
    """A name as its owner recognises it and others do not: 「林*夏」, 「林*」."""
    return name[:1] + "*" * max(len(name) - 2, 1) + (name[-1] if len(name) > 2 else "")
