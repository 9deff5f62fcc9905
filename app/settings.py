"""One frozen, typed object read once from the environment; an odd or unsafe value stops the start with a sentence."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

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
class Sms:
    """The account with the SMS provider (腾讯云短信) and where its API is reached."""

    api_url: str
    secret_id: str
    secret_key: str
    app_id: str
    sign_name: str
    """短信签名 as approved, without 【】"""
    templates: Mapping[str, str]
    callback_token: str
    """The part of the address that delivery reports are sent to which nobody else knows."""


@dataclass(frozen=True)
class Mail:
    """The mail server (SMTP) and as whom we write."""

    host: str
    port: int
    security: str
    """``none``, ``starttls`` or ``tls`` from the first byte"""
    user: str
    password: str
    sender: str
    """the From header"""


@dataclass(frozen=True)
class Bucket:
    """An S3-compatible object store that keeps files instead of the folder."""

    url: str
    """the endpoint, without the bucket's name"""
    name: str
    key_id: str
    secret: str
    region: str
    by_path: bool
    """``url/name/key`` instead of ``name.url/key``: most stores of one's own want it"""


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
    sms: Sms | None = None
    """None: this channel is off."""
    mail: Mail | None = None
    """None: this channel is off."""
    codes_dir: Path | None = None
    """The school's own files of codes and figures; None: ours."""
    bucket: Bucket | None = None
    """None: files are kept in ``storage_dir``."""
    clamd: tuple[str, int] | None = None
    """Host and port of ClamAV's daemon; None: uploads are labelled 未扫描."""
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


_SMS = (
    "SMS_API_URL", "SMS_SECRET_ID", "SMS_SECRET_KEY", "SMS_SDK_APP_ID", "SMS_SIGN_NAME", "SMS_TEMPLATES",
)  # fmt: skip
_MAIL = ("SMTP_URL", "MAIL_FROM")
_BUCKET = ("S3_URL", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
_SMTP = {"smtp": ("none", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}
"""Scheme → security and usual port."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,200}")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")


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

    def folder(self, name: str) -> Path | None:
        value = self.environment.get(name)
        return Path(value) if value else None

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

    def given(self, *names: str) -> bool:
        """Whether something optional is set up: by none of its variables, or by all."""
        missing = [name for name in names if not self.environment.get(name)]
        if missing and len(missing) < len(names):
            self.faults.append(f"{', '.join(missing)} not set: set up wholly or not at all")
        return not missing

    def sms(self, *, secure: bool) -> Sms | None:
        if not self.given(*_SMS):
            return None
        url, token = self.url("SMS_API_URL", secure=secure), self.text("SMS_CALLBACK_TOKEN")
        if urlsplit(url).path:
            self.faults.append("SMS_API_URL must not have a path: requests are signed for /")
        if token and not _TOKEN.fullmatch(token):
            self.faults.append("SMS_CALLBACK_TOKEN must be at least 32 letters, digits, - or _")
        return Sms(
            api_url=url,
            secret_id=self.text("SMS_SECRET_ID"),
            secret_key=self.text("SMS_SECRET_KEY"),
            app_id=self.text("SMS_SDK_APP_ID"),
            sign_name=self.text("SMS_SIGN_NAME"),
            templates=self.templates("SMS_TEMPLATES"),
            callback_token=token,
        )

    def mail(self, *, secure: bool) -> Mail | None:
        if not self.given(*_MAIL):
            return None
        parts, sender = urlsplit(self.text("SMTP_URL")), self.text("MAIL_FROM")
        security, port = _SMTP.get(parts.scheme, ("", 0))
        if not _ADDRESS.fullmatch(parseaddr(sender)[1]) or not sender.isprintable():
            self.faults.append("MAIL_FROM must be an address, as 名称 <name@host>")
        try:
            port = parts.port or port
        except ValueError:
            security = ""
        host = parts.hostname or ""
        if not security or not host or parts.path not in ("", "/"):
            self.faults.append("SMTP_URL must be smtp://, smtps:// or smtp+starttls:// with host and port")
        elif secure and security == "none" and host not in _THIS_MACHINE:
            self.faults.append("SMTP_URL must use smtps or smtp+starttls in production, unless the relay is local")
        return Mail(host, port, security, unquote(parts.username or ""), unquote(parts.password or ""), sender)

    def bucket(self, *, secure: bool) -> Bucket | None:
        if not self.given(*_BUCKET):
            return None
        local = urlsplit(self.text("S3_URL")).hostname in _THIS_MACHINE
        return Bucket(
            url=self.url("S3_URL", secure=secure and not local),
            name=self.text("S3_BUCKET"),
            key_id=self.text("S3_ACCESS_KEY_ID"),
            secret=self.text("S3_SECRET_ACCESS_KEY"),
            region=self.environment.get("S3_REGION") or "us-east-1",
            by_path=self.choice("S3_ADDRESSING", "path", "virtual") == "path",
        )

    def clamd(self) -> tuple[str, int] | None:
        value = self.environment.get("CLAMD_ADDRESS")
        if not value:
            return None
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            self.faults.append("CLAMD_ADDRESS must be host:port")
            return None
        return host.strip("[]"), int(port)

    def wechat(self, *, secure: bool) -> WeChat:
        wechat = WeChat(
            app_id=self.text("WECHAT_APP_ID"),
            app_secret=self.text("WECHAT_APP_SECRET"),
            token=self.text("WECHAT_TOKEN"),
            aes_key=self.text("WECHAT_AES_KEY"),
            api_url=self.url("WECHAT_API_URL", secure=secure),
            open_url=self.url("WECHAT_OPEN_URL", secure=secure),
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
        return wechat

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
            wechat=self.wechat(secure=production),
            chsi_cas_url=self.url("CHSI_CAS_URL", secure=production),
            quiet_hours=self.quiet_hours(),
            sms=self.sms(secure=production),
            mail=self.mail(secure=production),
            codes_dir=self.folder("QX_CODES_DIR"),
            bucket=self.bucket(secure=production),
            clamd=self.clamd(),
            pool_size=self.number("QX_POOL_SIZE", 4, 1, 64),
            trusted_proxies=self.number("QX_TRUSTED_PROXIES", 0, 0, 5),
        )
