"""The platform's signature, judged by two validators that are not ours."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko.stamp import TextStamp, TextStampStyle
from pyhanko_certvalidator import ValidationContext

from app.documents.agreement import typeset
from app.documents.errors import UnusableKey
from app.documents.signing import Signer, is_development_certificate, load_signer, sign
from stack.certificates import make_pdf_signer
from tests.documents.samples import document
from tests.documents.tools import signature_report, text_of

PASSPHRASE = "correct horse"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_pdf_signer(folder / "pdf.p12", folder / "authority.pem", PASSPHRASE)
    return folder


@pytest.fixture(scope="module")
def signer(keys: Path) -> Signer:
    return load_signer(keys / "pdf.p12", PASSPHRASE)


@pytest.fixture(scope="module")
def signed(signer: Signer) -> bytes:
    return sign(typeset(document()), signer)


def judged(pdf: bytes, keys: Path) -> PdfSignatureStatus:
    root = load_cert_from_pemder(keys / "authority.pem")  # type: ignore[no-untyped-call]
    trusted = ValidationContext(trust_roots=[root], allow_fetching=False)
    [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return validate_pdf_signature(signature, trusted)


def test_the_signature_is_intact_trusted_and_covers_the_whole_file(signed: bytes, keys: Path) -> None:
    status = judged(signed, keys)
    assert status.bottom_line
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_another_validator_finds_it_valid_too(signed: bytes, tmp_path: Path) -> None:
    report = signature_report(signed, tmp_path)
    assert "Signature Validation: Signature is Valid." in report
    assert "Signature Type: ETSI.CAdES.detached" in report
    assert "Total document signed" in report


def test_without_the_authority_nobody_trusts_it(signed: bytes, tmp_path: Path) -> None:
    make_pdf_signer(tmp_path / "other.p12", tmp_path / "authority.pem", "x")
    status = judged(signed, tmp_path)
    assert status.intact
    assert not status.trusted


def test_signing_leaves_the_document_as_it_was(signer: Signer) -> None:
    pdf = typeset(document())
    signed = sign(pdf, signer)
    assert signed.startswith(pdf)
    assert text_of(signed) == text_of(pdf)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_one_altered_byte_breaks_the_signature(signed: bytes, keys: Path, tmp_path: Path, share: float) -> None:
    place = (
        signed.index(b"stream\n", int(len(typeset(document())) * share)) + 40
    )  # inside content, not in the structure
    altered = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    assert "Signature is Valid" not in signature_report(altered, tmp_path)
    assert not judged(altered, keys).intact


def test_something_appended_later_is_noticed(signed: bytes, keys: Path, signer: Signer) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    TextStamp(writer, TextStampStyle(stamp_text="salary doubled", text_box_style=TextBoxStyle())).apply(0, 100, 100)
    changed = io.BytesIO()
    writer.write(changed)  # type: ignore[no-untyped-call]
    assert not judged(changed.getvalue(), keys).bottom_line


def test_reason_and_field_are_in_chinese(signed: bytes) -> None:
    [signature] = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    assert "出具后未被改动" in signature.sig_object["/Reason"]
    assert signature.sig_field["/TU"] == "平台数字签名"


def test_threads_share_one_signer(signer: Signer, keys: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: sign(typeset(document()), signer), range(8)))
    assert all(judged(pdf, keys).bottom_line for pdf in made)


def test_the_key_is_read_once_per_process(keys: Path, signer: Signer) -> None:
    assert load_signer(keys / "pdf.p12", PASSPHRASE) is signer


def test_a_development_key_is_known_as_such(keys: Path) -> None:
    assert is_development_certificate(keys / "pdf.p12", PASSPHRASE)


def test_an_unusable_key_is_refused_without_telling_the_passphrase(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.p12").write_bytes(b"0\x82")
    for path, passphrase in (
        (keys / "pdf.p12", "wrong secret"),
        (tmp_path / "absent", ""),
        (tmp_path / "broken.p12", ""),
    ):
        with pytest.raises(UnusableKey) as refused:
            load_signer(path, passphrase)
        assert "wrong secret" not in str(refused.value)
