"""Passwords (密码) of employers and staff: argon2id, equal time whoever asks, made anew when its cost is raised."""

from __future__ import annotations

import threading
import uuid
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Executable, Row, bindparam, select, update

from app.db import Database
from app.models import Account
from app.problems import Invalid, WrongPassword

LONGEST = 128
SHORTEST = 10

# 24 ms and 19 MiB on the machine this was measured on: one of the pairs OWASP's password storage sheet holds equal,
# the one that leaves a small server its memory when many log in at once.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(4)


def hashed(password: str) -> str:
    """A new password as it is stored; raises :class:`Invalid` when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid.field("/password", f"密码须为 {SHORTEST} 到 {LONGEST} 个字符。")
    with _AT_ONCE:
        return HASHER.hash(password)


def check(db: Database, login: str, password: str) -> uuid.UUID:
    """The account that this log-in name and password belong to; raises :class:`WrongPassword` and never says why.

    No connection is held while the hash is computed.
    """
    with db.reading() as connection:
        row = connection.execute(_BY_LOGIN, {"login": login.strip()}).one_or_none()
    stored = row.password if row is not None and row.password else _of_nobody()
    if not _fits(stored, password) or row is None or not row.password or row.disabled_at is not None:
        raise WrongPassword
    if HASHER.check_needs_rehash(stored):
        _make_anew(db, row, password)
    return uuid.UUID(str(row.id))


_BY_LOGIN: Executable = select(Account.id, Account.password, Account.disabled_at).where(
    Account.login == bindparam("login")
)


def _fits(stored: str, password: str) -> bool:
    try:
        with _AT_ONCE:
            return HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _of_nobody() -> str:
    """A hash nobody has: an unknown log-in name costs the same time as a known one."""
    return HASHER.hash(uuid.uuid4().hex)


def _make_anew(db: Database, row: Row[Any], password: str) -> None:
    """Keep the password under today's cost, unless somebody has changed it in between."""
    with db.transaction() as connection:
        connection.execute(
            update(Account)
            .where(Account.id == row.id, Account.password == row.password)
            .values(password=HASHER.hash(password))
        )
