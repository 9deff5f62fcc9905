"""相同或相似的材料: finding the same picture among all of a school, however often it was scaled, compressed or trimmed.

Three steps, each on what the one before leaves over: an index finds what shares an eighth of a short hash, a longer
hash of 256 bits sorts out what only has light and dark alike, and what is left is laid over each other
(:mod:`app.uploads.resemblance`). The last takes a fifth of a second a pair, so workers do it, after the upload.
"""

from __future__ import annotations

import io
import uuid
from typing import Final

import structlog
from PIL import Image
from sqlalchemy import Row, text

from app.db import Database
from app.storage.errors import StorageAway, StorageError
from app.storage.store import Vault
from app.uploads import resemblance

FAR: Final = 64
"""Bits of the long hash by which copies differ at most: 3 % cut off at each side make 16 to 66, all else up to 10."""
MOST: Final = 40
"""Pictures that one is compared with, the nearest first; only forms of one template, scanned, come near so many."""
log = structlog.get_logger("app.uploads")

_NEXT = text("""
    SELECT id, school_id, graduate_id, digest, likeness, bands FROM upload
    WHERE kept_at IS NOT NULL AND compared_at IS NULL ORDER BY kept_at LIMIT 1
""")
_SAME_BYTES = text("""
    SELECT id FROM upload WHERE school_id = :school_id AND digest = :digest AND kept_at IS NOT NULL
        AND graduate_id <> :graduate_id
""")
_NEAR = text("""
    SELECT id FROM upload
    WHERE bands && CAST(:bands AS int[]) AND school_id = :school_id AND graduate_id <> :graduate_id
        AND kept_at IS NOT NULL AND bit_count(likeness # CAST(:likeness AS bit(256))) <= :far
    ORDER BY bit_count(likeness # CAST(:likeness AS bit(256))), created_at LIMIT :most
""")
_NOTE = text("""
    INSERT INTO upload_likeness (upload_id, other_id, difference)
    SELECT least(u.id, o.id), greatest(u.id, o.id), :difference FROM upload u, upload o
    WHERE u.id = :upload AND o.id = :other AND u.kept_at IS NOT NULL AND o.kept_at IS NOT NULL
    ON CONFLICT DO NOTHING
""")
_COMPARED = text("UPDATE upload SET compared_at = now() WHERE id = :upload")


def compare_due(db: Database, vault: Vault) -> bool:
    """Compare the upload that has waited longest with all before it; False where none waits or the store is away.

    Two workers may take the same one: they find the same. Of two uploads the one compared later sees the other, as
    both were kept before that.
    """
    with db.reading() as connection:
        row = connection.execute(_NEXT).one_or_none()
        if row is None:
            return False
        same = {found.id: 0 for found in connection.execute(_SAME_BYTES, dict(row._mapping))}
        asked = dict(row._mapping) | {"far": FAR, "most": MOST}
        near = [found.id for found in connection.execute(_NEAR, asked)] if row.likeness else []
    try:
        found = same | _resembling(vault, row, [other for other in near if other not in same])
    except StorageAway as error:
        log.warning("not compared", upload_id=str(row.id), reason=type(error).__name__)
        return False
    with db.transaction() as connection:
        for other, difference in found.items():
            connection.execute(_NOTE, {"upload": row.id, "other": other, "difference": difference})
        connection.execute(_COMPARED, {"upload": row.id})
    return True


def _resembling(vault: Vault, row: Row[object], others: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Those that show the same, with the difference in hundredths (at least 1: the bytes are not the same)."""
    mini = _mini(vault, row.id) if others else None
    found = {}
    for other in others if mini else []:
        theirs = _mini(vault, other)
        if theirs and mini and (difference := resemblance.difference(mini, theirs)) < resemblance.SAME:
            found[other] = max(1, round(difference * 100))
    return found


def _mini(vault: Vault, upload: uuid.UUID) -> Image.Image | None:
    """The small picture of an upload; None where it is gone meanwhile or damaged: no other must wait for it."""
    try:
        mini = Image.open(io.BytesIO(vault.get(upload, "mini")), formats=("JPEG",))
        return mini.convert("L")
    except StorageAway:
        raise
    except (StorageError, OSError) as error:
        log.warning("nothing to compare", upload_id=str(upload), reason=type(error).__name__)
        return None
