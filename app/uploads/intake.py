"""Taking a file in: known, sniffed, scanned, developed, then row, files, likeness. The one way in for every sender.

A row is written first and counts as kept only when its files are stored, so that a crash between leaves nothing that
no row knows of. Repeating the same bytes gives the same upload, until it has been handed in.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import IO, Any, Final

import structlog
from sqlalchemy import Connection, Row, text

from app.db import Database
from app.models import Scan
from app.problems import NotFound, TooMany, UploadBusy, UploadMissing, UploadTooLarge
from app.sealing import Sealer
from app.storage.errors import StorageAway
from app.storage.store import Vault
from app.uploads.darkroom import Darkroom, Developed
from app.uploads.scanner import Scanner
from app.uploads.sniff import HEAD, Form, Named, look

LARGEST: Final = 20 * 1000 * 1000
"""Bytes of one file (docs/rules.md, 上传)."""
MOST_LOOSE: Final = 100
"""Files a graduate may have lying about that are in no filing; nine a filing and a few tries are far fewer."""
log = structlog.get_logger("app.uploads")


@dataclass(frozen=True)
class Sender:
    """Who sends: an account, or an employer's one-time link; and for whose filing."""

    graduate_id: uuid.UUID
    account_id: uuid.UUID | None = None
    link_id: uuid.UUID | None = None


COLUMNS = """
    id, school_id, class_year, graduate_id, account_id, link_id, kind, file_name, original_size, original_width,
    original_height, page_sizes, page_widths, page_heights, warnings, scan, created_at, kept_at, filing_id, submitted_at
"""
"""What a row of an upload is read as, everywhere."""
_MINE = "graduate_id = :graduate AND coalesce(account_id, link_id) = :hand AND submitted_at IS NULL"
_KNOWN = text(f"""
    SELECT g.id AS known, u.*, (SELECT count(*) FROM upload l WHERE l.graduate_id = g.id
        AND l.filing_id IS NULL AND l.submitted_at IS NULL) AS loose
    FROM graduate g LEFT JOIN (SELECT {COLUMNS} FROM upload WHERE {_MINE} AND digest = :digest) u ON true
    WHERE g.id = :graduate AND g.base_state <> 'deleted'
""")  # noqa: S608  (only constants of this module)
_ENTER = text(f"""
    INSERT INTO upload (id, school_id, class_year, graduate_id, account_id, link_id, kind, file_name, digest,
        original_size, original_width, original_height, page_sizes, page_widths, page_heights, warnings, likeness,
        bands, scan)
    SELECT :id, g.school_id, g.class_year, g.id, :account, :link, :kind, :name, :digest, :size, :width, :height,
        :page_sizes, :page_widths, :page_heights, :warnings, CAST(:likeness AS bit(256)),
        ARRAY(SELECT g.school_id % 32768 * 65536 + band FROM unnest(CAST(:bands AS int[])) band), :scan
    FROM graduate g WHERE g.id = :graduate
    ON CONFLICT (graduate_id, coalesce(account_id, link_id), digest) WHERE submitted_at IS NULL
        DO UPDATE SET file_name = upload.file_name
    RETURNING {COLUMNS}
""")  # noqa: S608
_KEEP = text(f"""
    UPDATE upload SET kept_at = coalesce(kept_at, now()) WHERE id = :id AND digest IS NOT NULL RETURNING {COLUMNS}
""")  # noqa: S608


@dataclass(frozen=True)
class Intake:
    """Everything needed to take files in; one per process."""

    db: Database
    sealer: Sealer
    vault: Vault
    darkroom: Darkroom
    scanner: Scanner

    def take(self, sender: Sender, file: IO[bytes], name: str | None, media_type: str | None) -> Row[Any]:
        """Take a file with a descriptor; returns its row (:data:`COLUMNS`), kept.

        Raises :class:`NotFound` for an unknown graduate, :class:`TooMany`, and the problems that begin with Upload.
        """
        named, digest, size = self._looked_at(file, name, media_type)
        with self.db.reading() as connection:
            known = self._known(connection, sender, digest)
        if known.kept_at is not None:
            return known
        if known.loose >= MOST_LOOSE:
            raise TooMany("没有提交的材料太多，请先删除不用的，再上传。")
        scan = self.scanner.scan(file)
        developed = self.darkroom.develop(file, named.form)
        with self.db.transaction() as connection:
            values = _values(sender, named, digest, size, scan, developed)
            row = connection.execute(_ENTER, values).one()
        self._store(row.id, file, named.form, developed)
        with self.db.transaction() as connection:
            kept = connection.execute(_KEEP, {"id": row.id}).one_or_none()
        if kept is None:  # removed by another hand meanwhile
            raise UploadMissing
        return kept

    def _looked_at(self, file: IO[bytes], name: str | None, media_type: str | None) -> tuple[Named, bytes, int]:
        size = file.seek(0, 2)
        if size > LARGEST:
            raise UploadTooLarge
        if size == 0:
            raise UploadMissing
        file.seek(0)
        named = look(file.read(HEAD), name, media_type)
        file.seek(0)
        return named, self.sealer.index_of_file(file, "upload"), size

    def _known(self, connection: Connection, sender: Sender, digest: bytes) -> Row[Any]:
        """The same file already here, if any, and how many lie about; :class:`NotFound` for no graduate."""
        hand = sender.account_id or sender.link_id
        asked = {"graduate": sender.graduate_id, "hand": hand, "digest": digest}
        found = connection.execute(_KNOWN, asked).one_or_none()
        if found is None:
            raise NotFound
        return found

    def _store(self, upload: uuid.UUID, file: IO[bytes], form: Form, developed: Developed) -> None:
        """All parts; :class:`UploadBusy` where they cannot be kept now: the next try takes the row up again."""
        try:
            for part, content in developed.parts.items():
                self.vault.put(upload, part, content)
            if form is Form.PDF:  # kept as it came
                file.seek(0)
                self.vault.put(upload, "original", file.read())
        except (OSError, StorageAway) as error:
            log.error("upload not stored", upload_id=str(upload), reason=type(error).__name__)
            raise UploadBusy(headers={"Retry-After": "10"}) from error


def _values(sender: Sender, named: Named, digest: bytes, size: int, scan: Scan, developed: Developed) -> dict[str, Any]:
    facts = developed.facts
    original = developed.parts.get("original")
    sizes, widths, heights = (list(column) for column in zip(*facts["pages"], strict=True))
    return {
        "id": uuid.uuid4(),
        "graduate": sender.graduate_id,
        "account": sender.account_id,
        "link": sender.link_id,
        "kind": "pdf" if named.form is Form.PDF else "image",
        "name": named.name,
        "digest": digest,
        "size": size if original is None else len(original),
        "width": facts["width"],
        "height": facts["height"],
        "page_sizes": sizes,
        "page_widths": widths,
        "page_heights": heights,
        "warnings": facts["warnings"],
        "likeness": facts["likeness"],
        "bands": facts["bands"],
        "scan": scan.value,
    }
