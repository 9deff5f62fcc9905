"""Web log-in (网页授权): codes that are good once, and the tokens they are exchanged for."""

from __future__ import annotations

import hashlib
import secrets
import threading
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from sandbox.chat import Follower
from sandbox.clock import Clock
from sandbox.errors import WeChatError

CODE_LIFE = 300
TOKEN_LIFE = 7200
REFRESH_LIFE = 30 * 86400


@dataclass(slots=True)
class Grant:
    """Who allowed what. ``openid`` is virtual when ``snapshot`` is set."""

    openid: str
    scope: str
    snapshot: bool
    made: float
    used: bool = False


class Codes:
    """Codes and web tokens, in memory: none outlives a restart, as none outlives minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def issue(self, follower: Follower, scope: str) -> str:
        """A code for the browser to carry back; five minutes, once."""
        openid = virtual_openid(follower.openid) if follower.snapshot else follower.openid
        code = "0" + secrets.token_hex(16)[:31]
        with self._lock:
            now = self._clock.now()
            for old in [c for c, g in self._codes.items() if g.made < now - 2 * CODE_LIFE]:
                del self._codes[old]
            self._codes[code] = Grant(openid, scope, follower.snapshot, now)
        return code

    def exchange(self, code: str) -> tuple[Grant, str, str]:
        """Grant, access token, refresh token. Raises 40029 (unknown, too old), 40163 (used)."""
        with self._lock:
            grant = self._codes.get(code)
            if grant is None or grant.made < self._clock.now() - CODE_LIFE:
                raise WeChatError(40029)
            if grant.used:
                raise WeChatError(40163)
            grant.used = True
            return grant, *self._open(grant)

    def refresh(self, refresh_token: str) -> tuple[Grant, str]:
        """A new access token. Raises 40030."""
        with self._lock:
            grant = self._refresh.get(refresh_token)
            if grant is None or grant.made < self._clock.now() - REFRESH_LIFE:
                raise WeChatError(40030)
            fresh = Grant(grant.openid, grant.scope, grant.snapshot, self._clock.now(), True)
            token = secrets.token_urlsafe(64)
            self._tokens[token] = fresh
            return fresh, token

    def grant_of(self, token: str, openid: str) -> Grant:
        """Raises 41001, 40001, 42001 (two hours), 40003 (another user's openid)."""
        if not token:
            raise WeChatError(41001)
        grant = self._tokens.get(token)
        if grant is None:
            raise WeChatError(40001)
        if grant.made < self._clock.now() - TOKEN_LIFE:
            raise WeChatError(42001)
        if grant.openid != openid:
            raise WeChatError(40003)
        return grant

    def _open(self, grant: Grant) -> tuple[str, str]:
        token, refresh = secrets.token_urlsafe(64), secrets.token_urlsafe(64)
        self._tokens[token] = self._refresh[refresh] = grant
        return token, refresh


def virtual_openid(openid: str) -> str:
    """The identity a snapshot page gives: stable, of the right shape, nobody's."""
    digest = hashlib.sha256(b"snapshot:" + openid.encode()).digest()
    return "o" + urlsafe_b64encode(digest).decode()[:27]
