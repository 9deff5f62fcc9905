"""The QR code: scanned from paper by someone else's reader, checked offline with the public key alone."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.documents import qr
from app.documents.agreement import typeset
from app.documents.clauses import terms_hash
from app.documents.errors import ForgedCode, UnreadableCode, UnusableKey
from stack.certificates import make_qr_key
from tests.documents.samples import GRADUATE, HOST, KEY, PUBLIC_URL, document, text
from tests.documents.tools import codes_in, pictures_of

HASH = terms_hash(text())
WHEN = datetime(2026, 3, 18, 4, 20, tzinfo=UTC)
NUMBER = "2026119999480217365"
CODE = qr.issue(KEY, public_url=PUBLIC_URL, number=NUMBER, terms_hash=HASH, issued_at=WHEN)
TOKEN = CODE.rpartition("/")[2]
PUBLIC = qr.jwks(KEY)


@pytest.mark.parametrize("dots_per_inch", [100, 150, 300])
def test_another_reader_scans_the_printed_page_and_finds_the_signed_address(tmp_path: Path, dots_per_inch: int) -> None:
    agreement = document()
    pages = pictures_of(typeset(agreement), tmp_path, dots_per_inch=dots_per_inch)
    assert [code for page in pages for code in codes_in(page)] == [agreement.qr_url]


def test_a_genuine_code_says_number_text_and_time() -> None:
    for form in (CODE, TOKEN):
        claims = qr.read(form, PUBLIC, issuer=HOST)
        assert (claims.number, claims.issued_at, claims.typ) == (NUMBER, WHEN, "agreement")
        assert claims.fits(HASH)
        assert not claims.fits(terms_hash(text(name="另一人")))


def test_a_code_holds_nothing_about_a_person() -> None:
    payload = json.loads(base64.urlsafe_b64decode(TOKEN.split(".")[1] + "=="))
    assert set(payload) == {"iss", "sub", "th", "iat", "typ"}
    assert GRADUATE.name not in json.dumps(payload, ensure_ascii=False)


def test_the_public_keys_hold_nothing_secret() -> None:
    assert set(PUBLIC["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg"}


def test_a_code_of_a_former_key_is_read_while_that_key_is_published() -> None:
    newer = qr.qr_key(Ed25519PrivateKey.generate())
    assert qr.read(CODE, qr.jwks(newer, KEY), issuer=HOST).number == NUMBER
    with pytest.raises(ForgedCode):
        qr.read(CODE, qr.jwks(newer), issuer=HOST)


@given(place=st.integers(0, len(TOKEN) - 1), other=st.sampled_from("ABCabc019-_."))
def test_no_changed_character_passes(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    try:
        claims = qr.read(changed, PUBLIC, issuer=HOST)
    except (ForgedCode, UnreadableCode):
        return
    # Base64 leaves bits unused at the end of a part: such a spelling decodes to the same signed bytes.
    assert claims == qr.read(TOKEN, PUBLIC, issuer=HOST)


def test_codes_signed_by_others_are_forged() -> None:
    stranger = qr.QrKey(Ed25519PrivateKey.generate(), KEY.kid)
    claims = {"iss": HOST, "sub": NUMBER, "th": qr.shortened(HASH), "iat": 1, "typ": "agreement"}
    forged = [
        qr.issue(stranger, public_url=PUBLIC_URL, number=NUMBER, terms_hash=HASH, issued_at=WHEN),
        qr.issue(KEY, public_url="https://elsewhere.example", number=NUMBER, terms_hash=HASH, issued_at=WHEN),
        jwt.encode(claims, "", algorithm="none", headers={"kid": KEY.kid}),
        jwt.encode(claims, PUBLIC["keys"][0]["x"].encode(), algorithm="HS256", headers={"kid": KEY.kid}),
        jwt.encode({"iss": HOST, "sub": NUMBER}, KEY.private, algorithm="EdDSA", headers={"kid": KEY.kid}),
        jwt.encode(claims, KEY.private, algorithm="EdDSA"),
    ]
    for code in forged:
        with pytest.raises(ForgedCode):
            qr.read(code, PUBLIC, issuer=HOST)


@given(st.one_of(st.text(), st.text(alphabet="abcXYZ019-_.", min_size=1).map(lambda rest: f"{PUBLIC_URL}/v/{rest}")))
def test_what_is_no_code_is_refused_whatever_it_is(rubbish: str) -> None:
    with pytest.raises((UnreadableCode, ForgedCode)):
        qr.read(rubbish, PUBLIC, issuer=HOST)


def test_a_book_instead_of_a_code_is_refused_unread() -> None:
    with pytest.raises(UnreadableCode):
        qr.read(TOKEN + "A" * 5_000, PUBLIC, issuer=HOST)


def test_the_key_file_of_a_development_system_can_be_used(tmp_path: Path) -> None:
    make_qr_key(tmp_path / "qr.pem")
    key = qr.load_qr_key(tmp_path / "qr.pem")
    code = qr.issue(key, public_url=PUBLIC_URL, number=NUMBER, terms_hash=HASH, issued_at=WHEN)
    assert qr.read(code, qr.jwks(key), issuer=HOST).number == NUMBER


def test_a_key_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "qr.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    for path in (tmp_path / "qr.pem", tmp_path / "absent.pem"):
        with pytest.raises(UnusableKey):
            qr.load_qr_key(path)
