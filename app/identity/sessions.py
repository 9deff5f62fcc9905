"""Sessions (登录会话): a chain of refresh tokens of one browser, each good once, the chain ended by log-out or misuse.

A token is ``chain id | 32 bytes``; the database keeps SHA-256 of the present and the previous one. The successor of a
token is derived from it with a key of ours, so that a phone which repeats a request whose answer it never got is given
the very same successor. Showing any older token means that two parties hold the chain: it ends.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row, and_, case, func, insert, or_, select, update

from app import clock
from app.access import Role
from app.models import Account, SignIn
from app.problems import NotSignedIn
from app.settings import Settings

log = structlog.get_logger("app.identity")

SECRET_BYTES = 32
GRACE = timedelta(seconds=30)
"""How long the previous token still works: a repeated request, or two tabs at the same moment."""
LASTS = {Role.GRADUATE: timedelta(days=7)}
"""Longest life of a chain by role."""
LASTS_ELSE = timedelta(hours=12)
IDLE = timedelta(minutes=45)
"""Office and employer sessions end when not refreshed for this long: half an hour of idleness, counted from the last
refresh, which may lie one access token's life (15 minutes) before the last click."""


def lasts(role: str) -> timedelta:
    """The longest life of a chain, and so of its cookie."""
    return LASTS.get(Role(role), LASTS_ELSE)


class SessionEnded(NotSignedIn):
    """The token had been used before: someone else may hold it, so the whole chain was ended."""

    keeps_what_was_written = True


def begin(connection: Connection, account_id: uuid.UUID, role: str) -> str:
    """Open a chain for one browser; returns the refresh token for its cookie."""
    chain, secret = uuid.uuid4(), secrets.token_bytes(SECRET_BYTES)
    expires_at = clock.now() + lasts(role)
    connection.execute(
        insert(SignIn).values(id=chain, account_id=account_id, token=_digest(secret), expires_at=expires_at)
    )
    return _written(chain, secret)


def refresh(connection: Connection, settings: Settings, token: str) -> tuple[uuid.UUID, str]:
    """The account and the next refresh token; raises :class:`NotSignedIn`, or :class:`SessionEnded` for an old one."""
    chain, secret = _read(token)
    successor = _successor(settings.token_keys[0].secret, chain, secret)
    moved = connection.execute(
        update(SignIn)
        .where(SignIn.id == chain, SignIn.token == _digest(secret), _alive(), Account.id == SignIn.account_id)
        .values(previous=SignIn.token, token=_digest(successor), rotated_at=func.clock_timestamp())
        .returning(SignIn.account_id)
    ).one_or_none()
    if moved is not None:
        return moved.account_id, _written(chain, successor)
    return _repeated(connection, settings, chain, secret)


def _repeated(connection: Connection, settings: Settings, chain: uuid.UUID, secret: bytes) -> tuple[uuid.UUID, str]:
    """A token that is not the present one: a repeated request within its grace, or misuse."""
    row = connection.execute(
        select(
            SignIn.account_id,
            SignIn.token,
            SignIn.previous,
            _alive().label("alive"),
            (SignIn.rotated_at > func.clock_timestamp() - GRACE).label("in_grace"),
        )
        .join(Account, Account.id == SignIn.account_id)
        .where(SignIn.id == chain)
        .with_for_update(of=SignIn)
    ).one_or_none()
    if row is None or not row.alive or row.token == _digest(secret):
        raise NotSignedIn
    if row.previous == _digest(secret) and row.in_grace:
        for key in settings.token_keys:  # a key may have been added since
            successor = _successor(key.secret, chain, secret)
            if _digest(successor) == row.token:
                return row.account_id, _written(chain, successor)
        raise NotSignedIn
    log.warning("refresh_token_reused", account=str(row.account_id), chain=str(chain))
    _end_chain(connection, row, chain)
    raise SessionEnded


def end(connection: Connection, token: str) -> None:
    """退出: end the chain of this token and every access token of its account; an unknown token is already out.

    The account's other browsers get a new access token by their own refresh.
    """
    try:
        chain, secret = _read(token)
    except NotSignedIn:
        return
    digest = _digest(secret)
    row = connection.execute(
        select(SignIn.account_id)
        .where(SignIn.id == chain, or_(SignIn.token == digest, SignIn.previous == digest), SignIn.ended_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is not None:
        _end_chain(connection, row, chain)


def end_access(connection: Connection, account_id: uuid.UUID) -> None:
    """End every access token of the account at once."""
    connection.execute(
        update(Account).where(Account.id == account_id).values(session_version=Account.session_version + 1)
    )


def end_all(connection: Connection, account_id: uuid.UUID) -> None:
    """End every chain and access token of the account, as after a new password."""
    connection.execute(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp())
    )
    end_access(connection, account_id)


def _end_chain(connection: Connection, row: Row[Any], chain: uuid.UUID) -> None:
    connection.execute(update(SignIn).where(SignIn.id == chain).values(ended_at=func.clock_timestamp()))
    end_access(connection, row.account_id)


def _alive() -> Any:
    """Neither ended, nor past its longest life, nor idle too long, and the account still good."""
    now = func.clock_timestamp()
    idle_since = case((Account.role == Role.GRADUATE, now - LASTS[Role.GRADUATE]), else_=now - IDLE)
    return and_(
        SignIn.ended_at.is_(None),
        SignIn.expires_at > now,
        SignIn.rotated_at > idle_since,
        Account.disabled_at.is_(None),
    )


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _successor(key: bytes, chain: uuid.UUID, secret: bytes) -> bytes:
    return hmac.new(key, b"refresh\0" + chain.bytes + secret, hashlib.sha256).digest()


def _written(chain: uuid.UUID, secret: bytes) -> str:
    return base64.urlsafe_b64encode(chain.bytes + secret).decode()


def _read(token: str) -> tuple[uuid.UUID, bytes]:
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise NotSignedIn from None
    if len(raw) != 16 + SECRET_BYTES:
        raise NotSignedIn
    return uuid.UUID(bytes=raw[:16]), raw[16:]
