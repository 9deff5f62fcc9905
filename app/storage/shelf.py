"""What a place that keeps bytes must be able to do; a folder and a bucket are such places."""

from __future__ import annotations

from typing import Protocol

from app.storage.errors import NotStored

HEX_DIGITS = frozenset("0123456789abcdef")


class Shelf(Protocol):
    """Keeps bytes by name. A name is 64 lower-case hex digits: it says nothing of what lies there."""

    def write(self, name: str, content: bytes) -> None:
        """Keep the bytes durably; a reader sees the whole or nothing. What lay there before is replaced."""

    def read(self, name: str) -> bytes:
        """The bytes; raises :class:`NotStored`."""

    def remove(self, name: str) -> None:
        """Forget the bytes; forgetting what is not there changes nothing."""


def require_name(name: str) -> str:
    """The name, or :class:`NotStored`: what keeps a name from outside (``../``) from becoming a path or a key."""
    if len(name) != 64 or not HEX_DIGITS.issuperset(name):
        raise NotStored("not a name of ours")
    return name
