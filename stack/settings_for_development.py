"""The environment of a development system: secrets made once, addresses of what runs beside it.

Whatever is set in the environment already wins, one by one; so a real WeChat account or CHSI takes the stand-in's
place by setting its variables.
"""

from __future__ import annotations

import base64
import json
import secrets
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from stack.certificates import make_pdf_signer, make_qr_key, write_secret
from stack.places import make_directory

CHECKOUT = Path(__file__).resolve().parent.parent
STOOD_IN_FOR = ("WECHAT_API_URL", "WECHAT_OPEN_URL", "CHSI_CAS_URL", "SMS_API_URL", "SMTP_URL")
SMS_ACCOUNT = ("SMS_SECRET_ID", "SMS_SECRET_KEY", "SMS_SDK_APP_ID", "SMS_SIGN_NAME")
SIGN_NAME = "去向"
_ALPHANUMERIC = string.ascii_letters + string.digits


def environment(
    data: Path,
    engines: Mapping[str, str],
    public_url: str,
    sandbox_url: str,
    given: Mapping[str, str],
    smtp_port: int = 0,
) -> dict[str, str]:
    """Everything the product reads, as text.

    ``data`` is where secrets and files stay; ``engines`` has ``DATABASE_URL`` and ``REDIS_URL``; URLs carry no
    trailing slash; ``given`` is the environment we were started in; ``smtp_port`` is the stand-in's, 0 for none.
    """
    kept = _secrets(data)
    keys = _key_files(data, kept["QX_PDF_KEY_PASSPHRASE"])
    made = {
        **kept,
        **keys,
        "QX_ENV": "development",
        "QX_QUIET_HOURS": "off",  # who tries the system at night wants to see its messages
        "QX_PUBLIC_URL": public_url,
        "QX_STORAGE_DIR": str(data / "files"),
        "QX_WEB_DIST": str(CHECKOUT / "web" / "dist"),
        "WECHAT_API_URL": sandbox_url,
        "WECHAT_OPEN_URL": sandbox_url,
        "WECHAT_TEMPLATES": json.dumps(_ids("message_templates", "tpl-")),
        "CHSI_CAS_URL": f"{sandbox_url}/cas",
        "SMS_API_URL": sandbox_url,
        "SMS_SIGN_NAME": SIGN_NAME,
        "SMS_TEMPLATES": json.dumps(_ids("sms_templates", "sms-")),
    }
    if smtp_port:
        made["MAIL_FROM"] = "no-reply@quxiang.example"
        made["SMTP_URL"] = f"smtp://127.0.0.1:{smtp_port}"
    return {name: given.get(name) or value for name, value in made.items()} | dict(engines)


def sandbox_environment(
    public_url: str, settings: Mapping[str, str] = MappingProxyType({}), smtp_port: int = 0
) -> dict[str, str]:
    """What the stand-in is told besides the WeChat account: where the product answers, and with what it will come.

    ``settings`` are the product's, of which the SMS account is taken.
    """
    account = {f"SANDBOX_{name}": settings[name] for name in SMS_ACCOUNT if name in settings}
    return account | {
        "SANDBOX_CALLBACK_URL": f"{public_url}/wechat/callback",
        "SANDBOX_SMS_CALLBACK_URL": f"{public_url}/sms/report/{settings.get('SMS_CALLBACK_TOKEN', '')}",
        "SANDBOX_H5_DOMAIN": public_url.split("://", 1)[1],
        "SANDBOX_H5_URL": f"{public_url}/auth/wechat/start?next=/s/",
        "SANDBOX_SMTP_PORT": str(smtp_port),
    }


def needs_sandbox(given: Mapping[str, str]) -> bool:
    """Whether anything still points at the stand-in."""
    return not all(given.get(name) for name in STOOD_IN_FOR)


_MADE: Mapping[str, Callable[[], str]] = {
    "QX_TOKEN_KEYS": lambda: f"dev1:{_random_key()}",
    "QX_DATA_KEYS": lambda: f"dev1:{_random_key()}",
    "QX_INDEX_KEY": lambda: _random_key(),
    "QX_PDF_KEY_PASSPHRASE": lambda: secrets.token_urlsafe(24),
    "WECHAT_APP_ID": lambda: f"wx{secrets.token_hex(8)}",
    "WECHAT_APP_SECRET": lambda: secrets.token_hex(16),
    "WECHAT_TOKEN": lambda: _random_text(24),
    "WECHAT_AES_KEY": lambda: _random_text(43),
    "SMS_SECRET_ID": lambda: f"AKID{_random_text(32)}",
    "SMS_SECRET_KEY": lambda: _random_text(32),
    "SMS_SDK_APP_ID": lambda: f"14{secrets.randbelow(10**8):08d}",
    "SMS_CALLBACK_TOKEN": lambda: _random_text(40),
}


def _secrets(data: Path) -> dict[str, str]:
    """The secrets of ``data``, made once: losing them would make what is encrypted in the database unreadable."""
    make_directory(data)
    file = data / "dev.env"
    kept = read_environment(file) if file.exists() else {}
    missing = {name: make() for name, make in _MADE.items() if name not in kept}
    if missing:
        kept |= missing
        lines = ["# Secrets of this development system; made once, worthless elsewhere.\n"]
        lines += [f"{name}={value}\n" for name, value in sorted(kept.items())]
        write_secret(file, "".join(lines).encode())
    return kept


def read_environment(file: Path) -> dict[str, str]:
    """``NAME=value`` lines; what stands after ``#`` at a line's start is a remark."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _key_files(data: Path, passphrase: str) -> dict[str, str]:
    keys = data / "keys"
    make_directory(keys)
    pdf, qr = keys / "pdf-signer.p12", keys / "qr.pem"
    if not pdf.exists():
        make_pdf_signer(pdf, keys / "pdf-authority.pem", passphrase)
    if not qr.exists():
        make_qr_key(qr)
    return {"QX_PDF_KEY": str(pdf), "QX_QR_KEY": str(qr)}


def _ids(table: str, prefix: str) -> dict[str, str]:
    """Our name of each template → its id in the stand-in's account, which is the name after ``prefix``."""
    entries = json.loads((CHECKOUT / "sandbox" / f"{table}.json").read_text())
    return {entry["id"].removeprefix(prefix): entry["id"] for entry in entries}


def _random_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))
