"""One frozen, typed object read once from the environment; an odd or unsafe value stops the start with a sentence."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

KEY_BYTES = 32  # AES-256, HMAC-SHA-256 and HS256 all want 256 bits


class UnsafeSettings(Exception):
    """The environment lacks something or holds something the service must not start with."""


@dataclass(frozen=True)
class Key:
    """One key of a ring: ``kid`` is written beside what it made, so that it can be found again after rotation."""

    kid: str
    secret: bytes


@dataclass(frozen=True)
class WeChat:
    """The public account (公众号) and where its API is reached."""

    app_id: str
    app_secret: str
    token: str
    aes_key: str
    api_url: str
    open_url: str
    templates: Mapping[str, str]
    callback_sealed: bool = True
    """安全模式: pushes that are not sealed are refused."""
    send_rate: int = 25
    """Template messages a second for the whole account; WeChat publishes no limit and answers bursts with -1."""
    connections: int = 16
    """Calls a sending process has under way at once at most."""
    daily_limit: int = 100_000
    """Template messages a day until WeChat has said what the limit is."""
    reserve: int = 20
    """Per cent of the day's limit that only urgent messages may use."""
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    """订阅消息: our template names → ids of the account; empty while template messages are allowed."""


@dataclass(frozen=True)
class QuietHours:
    """夜间不打扰, Beijing time; may go over midnight."""

    start: time
    until: time

    def hold(self, at: time) -> bool:
        """Whether ``at`` lies within."""
        if self.start <= self.until:
            return self.start <= at < self.until
        return at >= self.start or at < self.until


@dataclass(frozen=True)
class Settings:
    """Everything the product is told from outside. URLs carry no trailing slash."""

    production: bool
    database_url: str
    redis_url: str
    public_url: str
    token_keys: tuple[Key, ...]
    data_keys: tuple[Key, ...]
    index_key: bytes
    storage_dir: Path
    web_dist: Path
    pdf_key: Path
    pdf_key_passphrase: str
    qr_key: Path
    wechat: WeChat
    chsi_cas_url: str
    quiet_hours: QuietHours | None = None
    pool_size: int = 4
    trusted_proxies: int = 0

    @property
    def host(self) -> str:
        """The host (and port) people reach us at."""
        return urlsplit(self.public_url).netloc

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
        """Read and check the environment; raises :class:`UnsafeSettings` with every fault found."""
        reader = _Reader(environment)
        settings = reader.read()
        if reader.faults:
            raise UnsafeSettings("cannot start: " + "; ".join(reader.faults))
        return settings


class _Reader:
    """Collects every fault before complaining, so that an operator mends them in one go."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.faults: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self.environment.get(name, default)
        if not value:
            self.faults.append(f"{name} is not set")
            return ""
        return value

    def url(self, name: str, *, secure: bool) -> str:
        value = self.text(name).rstrip("/")
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc):
            self.faults.append(f"{name} must be an http(s) URL")
        elif value and secure and parts.scheme != "https":
            self.faults.append(f"{name} must use https in production")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.environment.get(name, str(default))
        if not value.isdigit() or not low <= int(value) <= high:
            self.faults.append(f"{name} must be a whole number from {low} to {high}")
            return default
        return int(value)

    def choice(self, name: str, default: str, *others: str) -> str:
        value = self.environment.get(name) or default
        if value not in (default, *others):
            self.faults.append(f"{name} must be {' or '.join((default, *others))}")
        return value

    def secret(self, name: str, value: str) -> bytes:
        try:
            secret = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:
            self.faults.append(f"{name} must be {KEY_BYTES} random bytes in base64url")
        return secret

    def ring(self, name: str) -> tuple[Key, ...]:
        keys = []
        for part in filter(None, self.text(name).split(",")):
            kid, _, value = part.partition(":")
            keys.append(Key(kid.strip(), self.secret(name, value.strip())))
        if len({key.kid for key in keys}) != len(keys):
            self.faults.append(f"{name} names a key twice")
        return tuple(keys)

    def quiet_hours(self) -> QuietHours | None:
        value = self.environment.get("QX_QUIET_HOURS") or "22:00-08:00"
        if value == "off":
            return None
        try:
            start, until = (time.fromisoformat(part) for part in value.split("-"))
        except ValueError:
            self.faults.append("QX_QUIET_HOURS must be like 22:00-08:00, or off")
            return None
        return QuietHours(start, until)

    def templates(self, name: str) -> Mapping[str, str]:
        try:
            value = json.loads(self.text(name, "{}"))
        except ValueError:
            value = None
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            self.faults.append(f"{name} must be a JSON object of template names to ids")
            return {}
        return value

    def read(self) -> Settings:
        mode = self.text("QX_ENV", "production")
        if mode not in ("production", "development"):
            self.faults.append("QX_ENV must be production or development")
        production = mode == "production"
        database_url = self.text("DATABASE_URL")
        if database_url.startswith(("postgres://", "postgresql://")):
            database_url = "postgresql+psycopg://" + database_url.split("://", 1)[1]
        if database_url and not database_url.startswith("postgresql+psycopg://"):
            self.faults.append("DATABASE_URL must be a PostgreSQL URL")
        wechat = WeChat(
            app_id=self.text("WECHAT_APP_ID"),
            app_secret=self.text("WECHAT_APP_SECRET"),
            token=self.text("WECHAT_TOKEN"),
            aes_key=self.text("WECHAT_AES_KEY"),
            api_url=self.url("WECHAT_API_URL", secure=production),
            open_url=self.url("WECHAT_OPEN_URL", secure=production),
            templates=self.templates("WECHAT_TEMPLATES"),
            callback_sealed=self.choice("WECHAT_CALLBACK_MODE", "aes", "plain") == "aes",
            send_rate=self.number("WECHAT_SEND_RATE", 25, 1, 100_000),
            connections=self.number("WECHAT_CONNECTIONS", 16, 1, 256),
            daily_limit=self.number("WECHAT_DAILY_LIMIT", 100_000, 1, 1_000_000_000),
            reserve=self.number("WECHAT_URGENT_RESERVE", 20, 0, 100),
            subscriptions=self.templates("WECHAT_SUBSCRIPTIONS"),
        )
        if wechat.aes_key and len(wechat.aes_key) != 43:
            self.faults.append("WECHAT_AES_KEY must have 43 characters")
        return Settings(
            production=production,
            database_url=database_url,
            redis_url=self.text("REDIS_URL"),
            public_url=self.url("QX_PUBLIC_URL", secure=production),
            token_keys=self.ring("QX_TOKEN_KEYS"),
            data_keys=self.ring("QX_DATA_KEYS"),
            index_key=self.secret("QX_INDEX_KEY", self.text("QX_INDEX_KEY")),
            storage_dir=Path(self.text("QX_STORAGE_DIR")),
            web_dist=Path(self.environment.get("QX_WEB_DIST") or "web/dist"),
            pdf_key=Path(self.text("QX_PDF_KEY")),
            pdf_key_passphrase=self.environment.get("QX_PDF_KEY_PASSPHRASE", ""),
            qr_key=Path(self.text("QX_QR_KEY")),
            wechat=wechat,
            chsi_cas_url=self.url("CHSI_CAS_URL", secure=production),
            quiet_hours=self.quiet_hours(),
            pool_size=self.number("QX_POOL_SIZE", 4, 1, 64),
            trusted_proxies=self.number("QX_TRUSTED_PROXIES", 0, 0, 5),
        )
