"""Documents by the SHA-256 of their bytes, and files of persons sealed, both on any shelf."""

from __future__ import annotations

import hashlib
from uuid import UUID

from app.sealing import Sealer, Unreadable
from app.storage.errors import Damaged, NotStored
from app.storage.shelf import Shelf


class Store:
    """Documents: the same bytes are kept once, other bytes can never take their name."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their SHA-256 (64 hex digits); what is there and sound is left alone."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self._holds(sha256, content):
            self.shelf.write(sha256, content)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Read and check: what comes back is what was put, or :class:`Damaged` is raised; :class:`NotStored`."""
        content = self.shelf.read(sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Damaged(sha256)
        return content

    def _holds(self, sha256: str, content: bytes) -> bool:
        try:
            return self.shelf.read(sha256) == content
        except NotStored:
            return False


class Vault:
    """Files that show persons (proofs, photos): a stolen disk or bucket holds noise under names that tell nothing.

    Each file belongs to one owner's row and is named by a keyed hash of owner and part. So no two rows share bytes,
    and forgetting a row's files can never take another's; equal pictures are told by the row's fingerprints instead.
    """

    def __init__(self, shelf: Shelf, sealer: Sealer) -> None:
        self.shelf, self._sealer = shelf, sealer

    def put(self, owner: UUID, part: str, content: bytes) -> None:
        """Seal and keep a part; a part put again replaces the former."""
        name = self._name(owner, part)
        self.shelf.write(name, self._sealer.seal_bytes(content, f"file:{name}"))

    def get(self, owner: UUID, part: str) -> bytes:
        """The part again; raises :class:`NotStored`, or :class:`Damaged` for what was altered or swapped."""
        name = self._name(owner, part)
        try:
            return self._sealer.open_bytes(self.shelf.read(name), f"file:{name}")
        except Unreadable as error:
            raise Damaged(name) from error

    def remove(self, owner: UUID, part: str) -> None:
        """Forget a part, whether it is there or not."""
        self.shelf.remove(self._name(owner, part))

    def _name(self, owner: UUID, part: str) -> str:
        return self._sealer.index(f"{owner}:{part}", "file").hex()
