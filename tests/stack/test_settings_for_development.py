"""The environment of a development system is what product and stand-in accept, and its secrets are made once."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from app.settings import Settings
from sandbox.settings import Settings as SandboxSettings
from stack.settings_for_development import STOOD_IN_FOR, environment, needs_sandbox, sandbox_environment

ENGINES = {"DATABASE_URL": "postgresql+psycopg://quxiang@/quxiang?host=/somewhere", "REDIS_URL": "unix:///somewhere"}
PUBLIC, SANDBOX = "http://127.0.0.1:8000", "http://127.0.0.1:8090"


def settings(data: Path, **given: str) -> dict[str, str]:
    return environment(data, ENGINES, PUBLIC, SANDBOX, given)


def test_the_product_starts_with_it(tmp_path: Path) -> None:
    read = Settings.from_environment(settings(tmp_path))
    assert not read.production
    assert read.public_url == PUBLIC
    assert read.wechat.api_url == read.wechat.open_url == SANDBOX
    assert "invitation_received" in read.wechat.templates


def test_the_stand_in_accepts_the_same_account(tmp_path: Path) -> None:
    made = settings(tmp_path)
    read = SandboxSettings.from_environment(made | sandbox_environment(PUBLIC, made, 8025))
    assert (read.app_id, read.app_secret) == (made["WECHAT_APP_ID"], made["WECHAT_APP_SECRET"])
    assert read.callback_url.startswith(PUBLIC)
    assert read.h5_domain == "127.0.0.1:8000"
    account = (read.sms_secret_id, read.sms_secret_key, read.sms_sdk_app_id, read.sms_sign_name)
    names = ("SMS_SECRET_ID", "SMS_SECRET_KEY", "SMS_SDK_APP_ID", "SMS_SIGN_NAME")
    assert account == tuple(made[name] for name in names)
    assert read.smtp_port == 8025
    assert read.sms_callback_url.startswith(PUBLIC)


def test_the_product_is_told_where_text_messages_and_mails_go(tmp_path: Path) -> None:
    made = environment(tmp_path, ENGINES, PUBLIC, SANDBOX, {}, smtp_port=8025)
    assert made["SMTP_URL"] == "smtp://127.0.0.1:8025"
    assert made["SMS_API_URL"] == SANDBOX
    assert json.loads(made["SMS_TEMPLATES"])["invitation_received"] == "sms-invitation_received"
    assert "@" in made["MAIL_FROM"]
    assert "SMTP_URL" not in settings(tmp_path)


def test_secrets_are_made_once_and_differ_between_systems(tmp_path: Path) -> None:
    first = settings(tmp_path / "one")
    assert settings(tmp_path / "one") == first
    other = settings(tmp_path / "other")
    keys = ("QX_TOKEN_KEYS", "QX_DATA_KEYS", "QX_INDEX_KEY", "QX_PDF_KEY_PASSPHRASE")
    accounts = ("WECHAT_APP_SECRET", "SMS_SECRET_ID", "SMS_SECRET_KEY")
    assert all(first[name] != other[name] for name in (*keys, *accounts))


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    made = settings(tmp_path)
    for file in (tmp_path / "dev.env", Path(made["QX_PDF_KEY"]), Path(made["QX_QR_KEY"])):
        assert file.stat().st_mode & 0o777 == 0o600, file


def test_a_secret_that_a_newer_version_needs_is_added_and_the_others_stay(tmp_path: Path) -> None:
    first = settings(tmp_path)
    kept = [line for line in (tmp_path / "dev.env").read_text().splitlines() if not line.startswith("WECHAT_TOKEN=")]
    (tmp_path / "dev.env").write_text("\n".join(kept))
    second = settings(tmp_path)
    assert second["WECHAT_TOKEN"] and second["WECHAT_TOKEN"] != first["WECHAT_TOKEN"]
    assert {**second, "WECHAT_TOKEN": ""} == {**first, "WECHAT_TOKEN": ""}


def test_what_is_set_outside_takes_the_stand_ins_place_one_by_one(tmp_path: Path) -> None:
    made = settings(tmp_path, WECHAT_APP_ID="wx1111111111111111", CHSI_CAS_URL="https://cas.example.edu.cn/cas")
    assert made["WECHAT_APP_ID"] == "wx1111111111111111"
    assert made["CHSI_CAS_URL"] == "https://cas.example.edu.cn/cas"
    assert made["WECHAT_API_URL"] == SANDBOX
    assert needs_sandbox({"WECHAT_API_URL": "https://api.example", "WECHAT_OPEN_URL": "https://open.example"})
    assert needs_sandbox(dict.fromkeys(("WECHAT_API_URL", "WECHAT_OPEN_URL", "CHSI_CAS_URL"), "https://x.example"))
    assert not needs_sandbox(dict.fromkeys(STOOD_IN_FOR, "https://x.example"))


def test_the_pdf_signer_is_certified_by_an_authority_that_says_it_is_for_development(tmp_path: Path) -> None:
    made = settings(tmp_path)
    key, signer, chain = pkcs12.load_key_and_certificates(
        Path(made["QX_PDF_KEY"]).read_bytes(), made["QX_PDF_KEY_PASSPHRASE"].encode()
    )
    assert key and signer
    (authority,) = chain
    signer.verify_directly_issued_by(authority)
    assert authority == x509.load_pem_x509_certificate((tmp_path / "keys" / "pdf-authority.pem").read_bytes())
    assert "开发环境" in signer.subject.rfc4514_string() and "无法律效力" in signer.subject.rfc4514_string()
    usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and usage.content_commitment and not usage.key_cert_sign


def test_the_qr_key_signs(tmp_path: Path) -> None:
    key = load_pem_private_key(Path(settings(tmp_path)["QX_QR_KEY"]).read_bytes(), None)
    assert type(key).__name__ == "Ed25519PrivateKey"
