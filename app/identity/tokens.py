"""Access tokens of minutes, and from one of them the actor of a request as the account stands now."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from sqlalchemy import Connection, Executable, Row, and_, bindparam, func, select

from app import clock
from app.access import Actor, Role
from app.models import Account, Graduate, IdempotentAnswer
from app.problems import NotSignedIn
from app.settings import Key, Settings

ALGORITHM = "HS256"
TYPE = "at+jwt"  # RFC 9068: no other token of ours can be taken for an access token
AUDIENCE = "api"
LIFE = clock.minutes(15)
CLAIMS = ["iss", "aud", "sub", "role", "ver", "iat", "exp", "jti"]
LONGEST = 2_000
"""Characters of a token; ours have about 400. Nothing longer is parsed."""


@dataclass(frozen=True)
class Ticket:
    """What a valid access token says. ``version`` must still be the account's ``session_version``."""

    account: uuid.UUID
    role: Role
    version: int

    @property
    def parameters(self) -> dict[str, Any]:
        """What :data:`STILL_GOOD` asks for."""
        return {"account": self.account, "role": self.role.value, "version": self.version}


STILL_GOOD = "a.id = :account AND a.role = :role AND a.session_version = :version AND a.disabled_at IS NULL"
"""Over ``account a``: the session was not ended, the account neither disabled nor given another role."""


def issue(settings: Settings, account: Row[Any]) -> tuple[str, int]:
    """An access token for an account row (id, role, session_version) and its life in seconds."""
    made = clock.now()
    claims = {"sub": str(account.id), "role": account.role, "ver": account.session_version}
    return sign(settings, claims, audience=AUDIENCE, token_type=TYPE, made=made, life=LIFE), int(LIFE.total_seconds())


def sign(
    settings: Settings, claims: dict[str, Any], *, audience: str, token_type: str, made: datetime, life: Any
) -> str:
    """A signed token with the newest key of the ring, whose ``kid`` it carries."""
    key = settings.token_keys[0]
    whole = {
        "iss": settings.public_url,
        "aud": audience,
        "iat": made,
        "exp": made + life,
        "jti": uuid.uuid4().hex,
        **claims,
    }
    return jwt.encode(whole, key.secret, ALGORITHM, headers={"kid": key.kid, "typ": token_type})


def verify(
    settings: Settings, token: str, *, audience: str, token_type: str, required: list[str]
) -> dict[str, Any] | None:
    """The claims of a token of ours for this audience; None for anything else, whatever is wrong with it."""
    return _claims(
        settings.token_keys, settings.public_url, token, audience=audience, token_type=token_type, required=required
    )


def _claims(
    keys: tuple[Key, ...], issuer: str, token: str, *, audience: str, token_type: str, required: list[str]
) -> dict[str, Any] | None:
    try:
        if len(token) > LONGEST:
            return None
        header = jwt.get_unverified_header(token)
        key = next((key for key in keys if key.kid == header.get("kid")), None)
        if key is None or header.get("typ") != token_type or not set(header) <= {"alg", "kid", "typ"}:
            return None
        claims = jwt.decode(
            token,
            key.secret,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            options={"require": required, "strict_aud": True},
        )
    except (jwt.InvalidTokenError, ValueError):
        return None
    return dict(claims)


def read(settings: Settings, authorization: str) -> Ticket:
    """The ticket in an ``Authorization`` header; raises :class:`NotSignedIn` for any fault, without saying which."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn
    ticket, expires = _ticket(settings.token_keys, settings.public_url, token.strip())
    if expires <= time.time():
        raise NotSignedIn
    return ticket


# A phone shows the same token for minutes; checking its signature costs as much as asking the database. Only good
# tokens are remembered (a fault is raised), and what can change meanwhile, time and account, is asked every time.
@lru_cache(maxsize=10_000)
def _ticket(keys: tuple[Key, ...], issuer: str, token: str) -> tuple[Ticket, float]:
    claims = _claims(keys, issuer, token, audience=AUDIENCE, token_type=TYPE, required=CLAIMS)
    if claims is None or type(claims["ver"]) is not int:
        raise NotSignedIn
    try:
        return Ticket(uuid.UUID(claims["sub"]), Role(claims["role"]), claims["ver"]), float(claims["exp"])
    except (ValueError, AttributeError, TypeError):
        raise NotSignedIn from None


_ACCOUNT: Executable = (
    select(
        Account.id,
        Account.role,
        Account.name,
        Account.graduate_id,
        Account.employer_id,
        func.coalesce(Account.school_id, Graduate.school_id).label("school_id"),
        func.coalesce(Account.college_id, Graduate.college_id).label("college_id"),
        IdempotentAnswer.account_id.label("kept_for"),
        IdempotentAnswer.fingerprint,
        IdempotentAnswer.status,
        IdempotentAnswer.body,
        IdempotentAnswer.etag,
    )
    .select_from(Account)
    .outerjoin(Graduate, Graduate.id == Account.graduate_id)
    .outerjoin(
        IdempotentAnswer,
        and_(IdempotentAnswer.account_id == Account.id, IdempotentAnswer.key == bindparam("key")),
    )
    .where(
        Account.id == bindparam("account"),
        Account.role == bindparam("role"),
        Account.session_version == bindparam("version"),
        Account.disabled_at.is_(None),
    )
)


def actor_of(
    connection: Connection, ticket: Ticket, request_id: str, idempotency_key: uuid.UUID | None = None
) -> tuple[Actor, Row[Any] | None]:
    """The actor, and the answer kept under the key (fingerprint, status, body, etag) or None; in one statement.

    Raises :class:`NotSignedIn` once the session was ended, the account disabled or its role changed.
    """
    row = connection.execute(_ACCOUNT, {**ticket.parameters, "key": idempotency_key}).one_or_none()
    if row is None:
        raise NotSignedIn
    actor = Actor(
        role=ticket.role,
        id=row.id,
        name=row.name,
        graduate_id=row.graduate_id,
        employer_id=row.employer_id,
        school_id=row.school_id,
        college_id=row.college_id,
        request_id=request_id,
    )
    return actor, row if row.kept_for is not None else None
