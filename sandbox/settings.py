"""What a sandbox is told at its start, read from the environment once and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

# Well-known values for development. They open nothing outside this program.
DEVELOPMENT_ACCOUNT = {
    "WECHAT_APP_ID": "wx0123456789abcdef",
    "WECHAT_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "WECHAT_TOKEN": "quxiangsandbox",
    "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
DEVELOPMENT_SMS = {
    "ID": "AKIDsandbox0123456789abcdefghijklmnop",
    "KEY": "sandbox0123456789abcdefghijklmno",
    "APP": "1400006666",
}
CALLBACK_MODES = ("plain", "aes", "both")


class BadSettings(ValueError):
    """A setting cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Settings:
    """One public account, one CHSI, one SMS account, one mailbox, and how they behave. Times are seconds."""

    data: Path
    app_id: str
    app_secret: str
    token: str
    aes_key: str
    original_id: str = "gh_5f1c7a0b93de"
    account_name: str = "去向"
    callback_url: str = "http://127.0.0.1:8000/wechat/callback"
    callback_mode: str = "aes"
    callback_timeout: float = 5.0
    callback_pause: float = 1.0
    callback_threads: int = 16
    h5_domain: str = "127.0.0.1:8000"
    h5_url: str = "http://127.0.0.1:8000/"
    cas_services: tuple[str, ...] = ()
    cas_ticket_life: float = 60.0
    answer_delay: float = 0.0
    receipt_delay: float = 0.2
    duplicate_window: float = 60.0
    advance_url: str = ""
    template_files: tuple[Path, ...] = ()
    daily_limits: Mapping[str, int] = field(default_factory=dict)
    minute_limits: Mapping[str, int] = field(default_factory=dict)
    client_msg_id_memory: float = 600.0
    openid_hourly_limit: int = 0
    sensitive_words: tuple[str, ...] = ()
    ip_whitelist: tuple[str, ...] = ()
    secret_frozen: bool = False
    scene_limit: int = 100_000
    smtp_port: int = 0
    sms_secret_id: str = DEVELOPMENT_SMS["ID"]
    sms_secret_key: str = DEVELOPMENT_SMS["KEY"]
    sms_sdk_app_id: str = DEVELOPMENT_SMS["APP"]
    sms_sign_name: str = "去向"
    sms_callback_url: str = ""
    sms_report_delay: float = 0.5
    sms_interval: float = 30.0
    sms_hourly_limit: int = 5
    sms_daily_limit: int = 10
    sms_blacklist: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for complaint in self._complaints():
            raise BadSettings(complaint)

    def _complaints_of_channels(self) -> list[str]:
        counts = (self.openid_hourly_limit, self.scene_limit, self.sms_hourly_limit, self.sms_daily_limit)
        rules = [
            (0 <= self.smtp_port < 65536, "SANDBOX_SMTP_PORT is a port, or 0: none"),
            (self.sms_secret_id and self.sms_secret_key, "SANDBOX_SMS_SECRET_ID or _SECRET_KEY is empty"),
            (re.fullmatch(r"\d{4,20}", self.sms_sdk_app_id), "SANDBOX_SMS_SDK_APP_ID must be digits"),
            (
                not self.sms_callback_url or self.sms_callback_url.startswith(("http://", "https://")),
                "SANDBOX_SMS_CALLBACK_URL must be http(s) or empty",
            ),
            (min(counts) >= 0, "limits are not negative"),
        ]
        return [sentence for holds, sentence in rules if not holds]

    def _complaints(self) -> list[str]:
        rules = [
            (re.fullmatch(r"wx[0-9a-zA-Z]{8,30}", self.app_id), "WECHAT_APP_ID must look like wx…"),
            (self.app_secret, "WECHAT_APP_SECRET is empty"),
            (re.fullmatch(r"[0-9A-Za-z]{3,32}", self.token), "WECHAT_TOKEN: 3-32 letters, digits"),
            (
                re.fullmatch(r"[0-9A-Za-z]{43}", self.aes_key),
                "WECHAT_AES_KEY must be 43 letters and digits",
            ),
            (
                self.callback_mode in CALLBACK_MODES,
                "SANDBOX_CALLBACK_MODE must be plain, aes or both",
            ),
            (
                not self.callback_url or self.callback_url.startswith(("http://", "https://")),
                "SANDBOX_CALLBACK_URL must be http(s) or empty",
            ),
            ("/" not in self.h5_domain, "SANDBOX_H5_DOMAIN is host:port without a path"),
            (
                self.h5_url.startswith(("http://", "https://")),
                "SANDBOX_H5_URL must be http(s)",
            ),
            (
                min(self._seconds()) >= 0,
                "delays and windows are not negative",
            ),
        ]
        return [sentence for holds, sentence in rules if not holds] + self._complaints_of_channels()

    def _seconds(self) -> tuple[float, ...]:
        windows = (self.duplicate_window, self.client_msg_id_memory, self.sms_interval)
        return (self.answer_delay, self.receipt_delay, self.sms_report_delay, *windows)

    @property
    def cas_hosts(self) -> tuple[str, ...]:
        """The host:port values that may be a CAS ``service``; the H5 domain unless set."""
        return self.cas_services or (self.h5_domain,)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read ``WECHAT_*`` and ``SANDBOX_*``. Raises BadSettings."""
        account = {name: environ.get(name) or value for name, value in DEVELOPMENT_ACCOUNT.items()}
        given: dict[str, Any] = {}
        for item in fields(cls):
            raw = environ.get("SANDBOX_" + item.name.upper())
            if raw is not None and item.name in PLAIN_TYPES:
                given[item.name] = read_value(item.name, raw)
        given.setdefault("data", Path(".data/sandbox"))
        return cls(
            app_id=account["WECHAT_APP_ID"],
            app_secret=account["WECHAT_APP_SECRET"],
            token=account["WECHAT_TOKEN"],
            aes_key=account["WECHAT_AES_KEY"],
            **given,
        )

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """The same settings with some of CHANGEABLE replaced. Raises BadSettings."""
        unknown = sorted(set(values) - CHANGEABLE)
        if unknown:
            raise BadSettings(f"cannot be changed while running: {', '.join(unknown)}")
        new = {name: read_value(name, value) for name, value in values.items()}
        return replace(self, **new)

    def shown(self) -> dict[str, Any]:
        """The changeable settings as JSON values."""
        return {name: getattr(self, name) for name in sorted(CHANGEABLE)}


PLAIN_TYPES: dict[str, type] = {
    "data": Path,
    "original_id": str,
    "account_name": str,
    "callback_url": str,
    "callback_mode": str,
    "callback_timeout": float,
    "callback_pause": float,
    "callback_threads": int,
    "h5_domain": str,
    "h5_url": str,
    "cas_services": tuple,
    "cas_ticket_life": float,
    "answer_delay": float,
    "receipt_delay": float,
    "duplicate_window": float,
    "advance_url": str,
    "template_files": tuple,
    "daily_limits": dict,
    "minute_limits": dict,
    "client_msg_id_memory": float,
    "openid_hourly_limit": int,
    "sensitive_words": tuple,
    "ip_whitelist": tuple,
    "secret_frozen": bool,
    "scene_limit": int,
    "smtp_port": int,
    "sms_secret_id": str,
    "sms_secret_key": str,
    "sms_sdk_app_id": str,
    "sms_sign_name": str,
    "sms_callback_url": str,
    "sms_report_delay": float,
    "sms_interval": float,
    "sms_hourly_limit": int,
    "sms_daily_limit": int,
    "sms_blacklist": tuple,
}

AT_THE_START = {"data", "original_id", "callback_threads", "template_files", "smtp_port"}
CHANGEABLE = frozenset(PLAIN_TYPES) - AT_THE_START - {"sms_secret_id", "sms_secret_key", "sms_sdk_app_id"}


SWITCH = {True: True, False: False, "1": True, "0": False, "true": True, "false": False, "": False}


def read_value(name: str, raw: Any) -> Any:
    """One setting from text or JSON. Raises BadSettings when it is of another type."""
    kind = PLAIN_TYPES[name]
    try:
        if kind is tuple:
            parts = raw.split(",") if isinstance(raw, str) else raw
            cleaned = [part.strip() for part in parts if part.strip()]
            return tuple(Path(part) for part in cleaned) if name == "template_files" else tuple(cleaned)
        if kind is dict:
            return {str(path): int(count) for path, count in dict(raw).items()}
        if kind is bool:
            return SWITCH[raw]
        if kind in (int, float) and isinstance(raw, bool):
            raise TypeError
        if kind is str and not isinstance(raw, str):
            raise TypeError
        return kind(raw)
    except (TypeError, ValueError, AttributeError, KeyError):
        raise BadSettings(f"SANDBOX_{name.upper()}: {raw!r} is not a {kind.__name__}") from None
