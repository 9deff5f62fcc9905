"""Documents kept by the SHA-256 of their bytes: the same bytes are kept once, other bytes can never take their name."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol

from app.documents.errors import Damaged, NotStored

HEX_DIGITS = frozenset("0123456789abcdef")


class Store(Protocol):
    """Where bytes are kept; a bucket of an object store can stand in for the folder."""

    def put(self, content: bytes) -> str:
        """Keep the bytes durably and return their SHA-256 (64 hex digits); keeping them again changes nothing."""

    def get(self, sha256: str) -> bytes:
        """The bytes; raises :class:`NotStored` or :class:`Damaged`."""


class FolderStore:
    """A folder with two levels of subfolders (``ab/cd/abcd…``), so that no directory grows large."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Write beside, flush to disk, rename: a reader or a power cut sees the whole file or none."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self._path(sha256)
        if self._holds(target, content):
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        for directory in (target.parent, target.parent.parent, self.root):
            _flush_directory(directory)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Read and check: what comes back is what was put, or :class:`Damaged` is raised."""
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotStored(sha256) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Damaged(sha256)
        return content

    def _path(self, sha256: str) -> Path:
        # Also what keeps a name from outside (../) from becoming a path.
        if len(sha256) != 64 or not HEX_DIGITS.issuperset(sha256):
            raise NotStored("not a SHA-256 in lower-case hex")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def _holds(self, target: Path, content: bytes) -> bool:
        """Whether the file is there and sound; a damaged one is written anew."""
        try:
            return target.read_bytes() == content
        except FileNotFoundError:
            return False


def _flush_directory(directory: Path) -> None:
    """Make the new name itself durable, not only the bytes behind it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
