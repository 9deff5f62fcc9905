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

from stack.certificates import make_pdf_signer, make_qr_key, write_secret
from stack.places import make_directory

CHECKOUT = Path(__file__).resolve().parent.parent
_ALPHANUMERIC = string.ascii_letters + string.digits


def environment(
    data: Path, engines: Mapping[str, str], public_url: str, sandbox_url: str, given: Mapping[str, str]
) -> dict[str, str]:
    """Everything the product reads, as text.

    ``data`` is where secrets and files stay; ``engines`` has ``DATABASE_URL`` and ``REDIS_URL``; URLs carry no
    trailing slash; ``given`` is the environment we were started in.
    """
    kept = _secrets(data)
    keys = _key_files(data, kept["QX_PDF_KEY_PASSPHRASE"])
    made = {
        **kept,
        **keys,
        "QX_ENV": "development",
        "QX_PUBLIC_URL": public_url,
        "QX_STORAGE_DIR": str(data / "files"),
        "QX_WEB_DIST": str(CHECKOUT / "web" / "dist"),
        "WECHAT_API_URL": sandbox_url,
        "WECHAT_OPEN_URL": sandbox_url,
        "WECHAT_TEMPLATES": json.dumps(_templates()),
        "CHSI_CAS_URL": f"{sandbox_url}/cas",
    }
    return {name: given.get(name) or value for name, value in made.items()} | dict(engines)


def sandbox_environment(public_url: str) -> dict[str, str]:
    """What the stand-in is told besides the account's secrets: where the product answers."""
    return {
        "SANDBOX_CALLBACK_URL": f"{public_url}/wechat/callback",
        "SANDBOX_H5_DOMAIN": public_url.split("://", 1)[1],
        "SANDBOX_H5_URL": f"{public_url}/auth/wechat/start?next=/s/",
    }


def needs_sandbox(given: Mapping[str, str]) -> bool:
    """Whether anything still points at the stand-in."""
    return not all(given.get(name) for name in ("WECHAT_API_URL", "WECHAT_OPEN_URL", "CHSI_CAS_URL"))


_MADE: Mapping[str, Callable[[], str]] = {
    "QX_TOKEN_KEYS": lambda: f"dev1:{_random_key()}",
    "QX_DATA_KEYS": lambda: f"dev1:{_random_key()}",
    "QX_INDEX_KEY": lambda: _random_key(),
    "QX_PDF_KEY_PASSPHRASE": lambda: secrets.token_urlsafe(24),
    "WECHAT_APP_ID": lambda: f"wx{secrets.token_hex(8)}",
    "WECHAT_APP_SECRET": lambda: secrets.token_hex(16),
    "WECHAT_TOKEN": lambda: _random_text(24),
    "WECHAT_AES_KEY": lambda: _random_text(43),
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


def _templates() -> dict[str, str]:
    """Our name of each message template → its id in the stand-in's account, ``tpl-NAME`` there."""
    table = json.loads((CHECKOUT / "sandbox" / "message_templates.json").read_text())
    return {entry["id"].removeprefix("tpl-"): entry["id"] for entry in table}


def _random_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))
