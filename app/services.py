"""What every process holds once: settings, database, Redis, keys. Made at the start, handed down, never global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from redis import Redis

from app.codes import data, soundness
from app.db import Database
from app.documents import qr, signing
from app.documents.errors import UnusableKey
from app.limits import Limiter
from app.notify.wechat import Client
from app.sealing import Sealer
from app.settings import Settings, UnsafeSettings
from app.storage.folder import Folder
from app.storage.shelf import Shelf
from app.storage.store import Store, Vault
from app.uploads.darkroom import Darkroom
from app.uploads.intake import Intake
from app.uploads.removal import Removal
from app.uploads.scanner import Clamd, NoScanner


@dataclass(frozen=True)
class Services:
    """The long-lived things of one process."""

    settings: Settings
    db: Database
    redis: Redis
    sealer: Sealer
    store: Store
    vault: Vault
    limiter: Limiter

    @staticmethod
    def build(settings: Settings, *, after_commit: Callable[[], None] | None = None, jobs: bool = False) -> Services:
        """Open everything; ``jobs`` allows longer statements, as a worker or a command needs them."""
        use_codes(settings)
        redis = open_redis(settings.redis_url)
        sealer = Sealer(settings)
        shelf = open_shelf(settings)
        return Services(
            settings=settings,
            db=Database(
                settings.database_url,
                pool_size=settings.pool_size,
                statement_timeout_ms=30_000 if jobs else 5_000,
                after_commit=after_commit,
            ),
            redis=redis,
            sealer=sealer,
            store=Store(shelf),
            vault=Vault(shelf, sealer),
            limiter=Limiter(redis),
        )

    @cached_property
    def wechat(self) -> Client:
        """The guarded client for rare calls; made by the process that first needs it."""
        return Client(self.settings.wechat, self.redis)

    @cached_property
    def intake(self) -> Intake:
        """Takes uploads in; its darkroom is begun with the first file."""
        clamd = self.settings.clamd
        return Intake(self.db, self.sealer, self.vault, Darkroom(), Clamd(*clamd) if clamd else NoScanner())

    @property
    def removal(self) -> Removal:
        """Removes uploads."""
        return Removal(self.db, self.vault)

    def close(self) -> None:
        """Give everything back."""
        if "intake" in self.__dict__:
            self.intake.darkroom.close()
        if "wechat" in self.__dict__:
            self.wechat.close()
        self.db.dispose()
        self.redis.close()


def use_codes(settings: Settings) -> None:
    """Read the school's own codes and figures, if it has any; raises :class:`UnsafeSettings` with every fault."""
    data.use(settings.codes_dir)
    if settings.codes_dir is None:
        return
    faults = soundness.faults() if settings.codes_dir.is_dir() else ["no such folder"]
    if faults:
        data.use(None)
        raise UnsafeSettings("cannot start: QX_CODES_DIR: " + "; ".join(faults))


def require_usable_keys(settings: Settings) -> None:
    """Stop a start that could not sign documents, or would sign them with development keys in production.

    Raises :class:`UnsafeSettings`.
    """
    try:
        qr.load_qr_key(settings.qr_key)
        signing.load_signer(settings.pdf_key, settings.pdf_key_passphrase)
    except UnusableKey as error:
        raise UnsafeSettings(f"cannot start: QX_QR_KEY or QX_PDF_KEY: {error}") from None
    if settings.production and signing.is_development_certificate(settings.pdf_key, settings.pdf_key_passphrase):
        raise UnsafeSettings("cannot start: QX_PDF_KEY is the development key; production needs one of its own")


def open_shelf(settings: Settings) -> Shelf:
    """Where files are kept: the bucket, where one is set, or the folder."""
    if settings.bucket is None:
        return Folder(settings.storage_dir)
    from app.storage.bucket import Bucket  # loads the client of a hundred services: 40 MB only those pay who use it

    return Bucket(settings.bucket)


def open_redis(url: str) -> Redis:
    """A client that gives up quickly: nothing that matters waits for Redis."""
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
