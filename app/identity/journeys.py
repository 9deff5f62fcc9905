"""Journeys (登录过程) to WeChat or CHSI and back: a state used once, good for ten minutes, for one browser only."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from app import clock
from app.models import LoginAttempt

Way = Literal["wechat", "chsi"]
LIFE = clock.minutes(10)
STATE = re.compile(r"[0-9a-f]{48}[12]")
"""Letters and digits only, as WeChat wants a state; the last digit counts the tries."""
BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")
HOME = "/s/"
_PATH = re.compile(r"/s/[A-Za-z0-9/._~!$&'()*+,;=:@%?-]*")
LONGEST_PATH = 500


@dataclass(frozen=True)
class Journey:
    """Where a browser wants to go, whom WeChat said it is, and whether this is the second try."""

    next: str
    openid: str | None
    second_try: bool


def own_path(path: str | None) -> str:
    """The path if it is one of the graduates' pages, else their home; nothing else is ever redirected to."""
    if path is None or len(path) > LONGEST_PATH or not _PATH.fullmatch(path):
        return HOME
    # Neither may lead out (//, ..) nor back into the log-in, where it would go in circles.
    if path.startswith("/s/login") or any(part in path.lower() for part in ("//", "/.", "%2e", "%2f", "%5c")):
        return HOME
    return path


def new_browser() -> str:
    """The secret of a browser, for its cookie."""
    return secrets.token_urlsafe(32)


def begin(
    connection: Connection,
    browser: str,
    way: Way,
    next_path: str,
    *,
    openid: str | None = None,
    second_try: bool = False,
) -> str:
    """Note a journey and return its state."""
    state = secrets.token_hex(24) + ("2" if second_try else "1")
    connection.execute(
        insert(LoginAttempt).values(
            secret=_digest(state),
            browser=_digest(browser),
            way=way,
            next=own_path(next_path),
            openid=openid,
            expires_at=clock.now() + LIFE,
        )
    )
    return state


def finish(connection: Connection, browser: str, way: Way, state: str) -> Journey | None:
    """The journey this state began in this browser, now used up; None when unknown, foreign, used or too old."""
    if not STATE.fullmatch(state):
        return None
    row = connection.execute(
        update(LoginAttempt)
        .where(
            LoginAttempt.secret == _digest(state),
            LoginAttempt.browser == _digest(browser),
            LoginAttempt.way == way,
            LoginAttempt.used_at.is_(None),
            LoginAttempt.expires_at > func.clock_timestamp(),
        )
        .values(used_at=func.clock_timestamp())
        .returning(LoginAttempt.next, LoginAttempt.openid)
    ).one_or_none()
    return Journey(row.next, row.openid, state.endswith("2")) if row is not None else None


def used_before(connection: Connection, browser: str, state: str) -> Journey | None:
    """A journey this browser has already finished: a page was reloaded or opened from the browser's history."""
    row = connection.execute(
        select(LoginAttempt.next, LoginAttempt.openid).where(
            LoginAttempt.secret == _digest(state),
            LoginAttempt.browser == _digest(browser),
            LoginAttempt.used_at.is_not(None),
        )
    ).one_or_none()
    return Journey(row.next, row.openid, state.endswith("2")) if row is not None else None


def remember_openid(connection: Connection, state: str, openid: str) -> None:
    """Keep whom WeChat said this browser is, to be bound by the CHSI log-in that follows."""
    connection.execute(update(LoginAttempt).where(LoginAttempt.secret == _digest(state)).values(openid=openid))


def openid_of(connection: Connection, browser: str) -> str | None:
    """Whom WeChat last said this browser is, if that was minutes ago."""
    return connection.scalar(
        select(LoginAttempt.openid)
        .where(
            LoginAttempt.browser == _digest(browser),
            LoginAttempt.way == "wechat",
            LoginAttempt.used_at > func.clock_timestamp() - LIFE,
        )
        .order_by(LoginAttempt.used_at.desc())
        .limit(1)
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
