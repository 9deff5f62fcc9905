"""A folder as a shelf."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from app.storage.errors import NotStored
from app.storage.shelf import require_name


class Folder:
    """Two levels of subfolders (``ab/cd/abcd…``), so that no directory grows large."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: bytes) -> None:
        """Write beside, flush to disk, rename: a reader or a power cut sees the whole file or none."""
        target = self._path(name)
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

    def read(self, name: str) -> bytes:
        """The whole file."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise NotStored(name) from None

    def remove(self, name: str) -> None:
        """Unlink; the empty subfolders stay, as others will come."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        require_name(name)
        return self.root / name[:2] / name[2:4] / name


def _flush_directory(directory: Path) -> None:
    """Make the new name itself durable, not only the bytes behind it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
