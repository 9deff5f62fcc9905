"""The environment of a development system is what product and stand-in accept, and its secrets are made once."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from app.settings import Settings
from sandbox.settings import Settings as SandboxSettings
from stack.settings_for_development import environment, needs_sandbox, sandbox_environment

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
    read = SandboxSettings.from_environment(made | sandbox_environment(PUBLIC))
    assert (read.app_id, read.app_secret) == (made["WECHAT_APP_ID"], made["WECHAT_APP_SECRET"])
    assert read.callback_url.startswith(PUBLIC)
    assert read.h5_domain == "127.0.0.1:8000"


def test_secrets_are_made_once_and_differ_between_systems(tmp_path: Path) -> None:
    first = settings(tmp_path / "one")
    assert settings(tmp_path / "one") == first
    other = settings(tmp_path / "other")
    secret = ("QX_TOKEN_KEYS", "QX_DATA_KEYS", "QX_INDEX_KEY", "QX_PDF_KEY_PASSPHRASE", "WECHAT_APP_SECRET")
    assert all(first[name] != other[name] for name in secret)


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
    assert not needs_sandbox(dict.fromkeys(("WECHAT_API_URL", "WECHAT_OPEN_URL", "CHSI_CAS_URL"), "https://x.example"))


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
