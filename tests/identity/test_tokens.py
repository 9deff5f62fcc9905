from __future__ import annotations

import base64
import hmac
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import insert, select, update

from app import clock
from app.access import Role
from app.db import count_statements
from app.identity import cards, sessions, tokens
from app.models import Account, IdempotentAnswer
from app.problems import Invalid, NotSignedIn
from app.services import Services
from app.settings import Key, Settings
from tests.factories import World, make_graduate


def account(services: Services, account_id: Any) -> Any:
    with services.db.reading() as connection:
        return connection.execute(select(Account).where(Account.id == account_id)).one()


def issued(services: Services, world: World) -> str:
    token, seconds = tokens.issue(services.settings, account(services, world.employer.id))
    assert seconds == 900
    return token


def test_a_token_names_the_account_and_nothing_personal(services: Services, world: World) -> None:
    token = issued(services, world)
    ticket = tokens.read(services.settings, f"Bearer {token}")
    assert (ticket.account, ticket.role, ticket.version) == (world.employer.id, Role.EMPLOYER, 1)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "role", "ver", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == 900
    assert jwt.get_unverified_header(token) == {
        "alg": "HS256",
        "typ": "at+jwt",
        "kid": services.settings.token_keys[0].kid,
    }


def test_a_ring_of_keys_reads_what_an_older_key_signed(services: Services, world: World) -> None:
    token = issued(services, world)
    new = Key("new1", b"n" * 32)
    rotated = replace(services.settings, token_keys=(new, *services.settings.token_keys))
    assert tokens.read(rotated, f"Bearer {token}").account == world.employer.id
    withdrawn = replace(services.settings, token_keys=(new,))
    with pytest.raises(NotSignedIn):
        tokens.read(withdrawn, f"Bearer {token}")


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _forgeries(settings: Settings, claims: dict[str, Any]) -> dict[str, str]:
    """Tokens that must all be refused, by what is wrong with them."""
    key = settings.token_keys[0]

    def signed(
        changes: dict[str, Any] | None = None, *, secret: bytes = key.secret, algorithm: str = "HS256", **header: Any
    ) -> str:
        body = {name: value for name, value in (claims | (changes or {})).items() if value is not None}
        return jwt.encode(body, secret, algorithm, headers={"kid": key.kid, "typ": "at+jwt"} | header)

    def unsigned(algorithm: str) -> str:
        header = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid}
        return f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}."

    def signed_by_hand(secret: bytes, algorithm: str = "HS256", digest: str = "sha256") -> str:
        start = unsigned(algorithm).rstrip(".")
        return f"{start}.{_b64(hmac.new(secret, start.encode(), digest).digest())}"

    assert tokens.read(settings, f"Bearer {signed_by_hand(key.secret)}")  # the forger's tools are good
    good = signed()
    head, body, signature = good.split(".")
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    other = _b64(json.dumps(claims | {"sub": str(uuid.uuid4())}).encode())
    return {
        "alg none": unsigned("none"),
        "alg NONE": unsigned("NONE"),
        "no signature": f"{head}.{body}.",
        "other body": f"{head}.{other}.{signature}",
        "truncated": good[:-2],
        "another key": signed(secret=b"x" * 32),
        "empty key": signed_by_hand(b""),
        "a public key as secret": signed_by_hand(pem),
        "another algorithm": signed_by_hand(key.secret, "HS512", "sha512"),
        "unknown kid": signed(kid="other"),
        "kid of a file": signed(kid="../../dev/null"),
        "no kid": signed(kid=""),
        "key within": signed(jwk={"kty": "oct", "k": _b64(key.secret)}),
        "jku": signed(jku="https://evil.example/keys"),
        "wrong type": signed(typ="JWT"),
        "card": signed({"aud": "name-card"}, typ="card+jwt"),
        "audience": signed({"aud": "download"}),
        "audiences": signed({"aud": ["api", "other"]}),
        "issuer": signed({"iss": "https://evil.example"}),
        "expired by a second": signed({"exp": int(time.time()) - 1}),
        "not yet": signed({"nbf": int(time.time()) + 60}),
        "issued tomorrow": signed({"iat": int(time.time()) + 86_400}),
        **{f"no {name}": signed({name: None}) for name in claims},
        "role unknown": signed({"role": "clock-master"}),
        "subject no id": signed({"sub": "1 OR 1=1"}),
        "version a text": signed({"ver": "1"}),
        "version true": signed({"ver": True}),
        "far too long": signed({"more": "x" * 5_000}),
        "nothing": "",
        "dots": "..",
        "not base64": "ä.ö.ü",
    }


def test_no_forged_token_is_taken(services: Services, world: World) -> None:
    claims = jwt.decode(issued(services, world), options={"verify_signature": False})
    forgeries = _forgeries(services.settings, claims)
    assert len(forgeries) >= 18
    for fault, token in forgeries.items():
        with pytest.raises(NotSignedIn):
            assert not tokens.read(services.settings, f"Bearer {token}"), fault
    for header in ("", "Bearer", "Basic abc", issued(services, world), f"Token {issued(services, world)}"):
        with pytest.raises(NotSignedIn):
            tokens.read(services.settings, header)


def test_a_token_that_was_good_is_not_good_after_its_time(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issued(services, world)
    assert tokens.read(services.settings, f"Bearer {token}")
    later = time.time() + 901
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotSignedIn):
        tokens.read(services.settings, f"Bearer {token}")


def test_the_actor_and_the_kept_answer_come_in_one_statement(services: Services, world: World) -> None:
    graduate = make_graduate(world)
    token, _ = tokens.issue(services.settings, account(services, graduate.id))
    ticket = tokens.read(services.settings, f"Bearer {token}")
    key = uuid.uuid4()
    with services.db.transaction() as connection:
        kept = {"account_id": graduate.id, "key": key, "fingerprint": b"f", "status": 200, "body": b"{}"}
        connection.execute(insert(IdempotentAnswer).values(**kept))
    statements: list[str] = []
    stop = count_statements(services.db.engine, statements)
    with services.db.reading() as connection:
        actor, found = tokens.actor_of(connection, ticket, "req", key)
        _, nothing = tokens.actor_of(connection, ticket, "req", uuid.uuid4())
        _, without = tokens.actor_of(connection, ticket, "req")
    stop()
    assert len(statements) == 3
    assert (actor.role, actor.graduate_id, actor.school_id) == (Role.GRADUATE, graduate.graduate_id, world.school_id)
    assert actor.college_id == world.colleges[0]
    assert found is not None
    assert (found.status, bytes(found.body)) == (200, b"{}")
    assert nothing is None
    assert without is None


def test_the_kept_answer_of_another_account_is_not_ones_own(services: Services, world: World) -> None:
    key = uuid.uuid4()
    with services.db.transaction() as connection:
        kept = {"account_id": world.school_office.id, "key": key, "fingerprint": b"f", "status": 200, "body": b"{}"}
        connection.execute(insert(IdempotentAnswer).values(**kept))
    ticket = tokens.read(services.settings, f"Bearer {issued(services, world)}")
    with services.db.reading() as connection:
        assert tokens.actor_of(connection, ticket, "req", key)[1] is None


@pytest.mark.parametrize(
    "change",
    [
        lambda: update(Account).values(session_version=Account.session_version + 1),
        lambda: update(Account).values(disabled_at=clock.now()),
        lambda: update(Account).where(Account.role == "employer").values(role="school", school_id=1),
    ],
    ids=["session ended", "disabled", "role changed"],
)
def test_what_ended_with_the_account_is_refused_on_the_next_request(
    services: Services, world: World, change: Callable[[], Any]
) -> None:
    ticket = tokens.read(services.settings, f"Bearer {issued(services, world)}")
    with services.db.reading() as connection:
        tokens.actor_of(connection, ticket, "req")
    with services.db.transaction() as connection:
        connection.execute(change().where(Account.id == world.employer.id))
    with services.db.reading() as connection, pytest.raises(NotSignedIn):
        tokens.actor_of(connection, ticket, "req")


def test_every_access_token_can_be_ended_at_once(services: Services, world: World) -> None:
    ticket = tokens.read(services.settings, f"Bearer {issued(services, world)}")
    assert world.employer.id is not None
    with services.db.transaction() as connection:
        sessions.end_access(connection, world.employer.id)
    with services.db.reading() as connection, pytest.raises(NotSignedIn):
        tokens.actor_of(connection, ticket, "req")


# The name card


def test_a_card_names_the_graduate_for_ten_minutes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    graduate = uuid.uuid4()
    card, url, expires_at = cards.make_card(settings, graduate)
    assert cards.read_card(settings, card) == graduate
    assert url == f"{settings.public_url}/e/invite?card={card}"
    assert 590 < (expires_at - clock.now()).total_seconds() <= 600
    before = clock.now() - clock.minutes(11)
    monkeypatch.setattr(clock, "now", lambda: before)
    old, _, _ = cards.make_card(settings, graduate)
    monkeypatch.undo()
    for wrong in (old, card[:-3], "", "a.b.c", card + "x"):
        with pytest.raises(Invalid):
            cards.read_card(settings, wrong)


def test_an_access_token_is_no_card_and_a_card_no_access_token(services: Services, world: World) -> None:
    card, _, _ = cards.make_card(services.settings, uuid.uuid4())
    with pytest.raises(NotSignedIn):
        tokens.read(services.settings, f"Bearer {card}")
    with pytest.raises(Invalid):
        cards.read_card(services.settings, issued(services, world))
