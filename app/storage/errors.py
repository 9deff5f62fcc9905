"""What can be wrong with something kept."""

from __future__ import annotations


class StorageError(Exception):
    """Bytes were not found or not believed."""


class NotStored(StorageError):
    """Nothing is kept under this name."""


class Damaged(StorageError):
    """The stored bytes are no longer what was put."""


class StorageAway(StorageError):
    """The place does not answer; nothing is known about what it holds."""
