"""access_token in its two kinds (token, stable_token) and jsapi_ticket.

Rules: a call of ``token`` always makes a new one and lets the old live five more minutes;
``stable_token`` repeats the same one until five minutes before its end; the two do not touch
each other; a forced refresh ends the stable one at once, at most 20 times a day and once in 30 s.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import date

from sandbox.clock import Clock, in_beijing
from sandbox.errors import WeChatError
from sandbox.store import Store

LIFE = 7200
OVERLAP = 300
FORCED_A_DAY = 20
FORCED_APART = 30
KEPT_AFTER_END = 86400


@dataclass(slots=True)
class Token:
    """One token that was given out. ``replaced`` tells whether a newer one ended it."""

    value: str
    kind: str
    issued: float
    expires: float
    replaced: bool = False


class TokenAuthority:
    """Gives out tokens and knows which of them still open the door."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store
        self._lock = threading.Lock()
        self._known: dict[str, Token] = {}
        self._current: dict[str, Token] = {}
        self._forced: list[float] = []
        self.issued = {"token": 0, "stable_token": 0, "ticket": 0}
        for _, raw in store.load("token"):
            self._remember(Token(**raw))
        for _, raw in store.load("tokens_issued"):
            self.issued.update(raw)

    def check(self, value: str) -> None:
        """Raises 41001 (missing), 42001 (its time is over) or 40001 (replaced, unknown)."""
        if not value:
            raise WeChatError(41001)
        token = self._known.get(value)
        if token is None or token.kind == "ticket":
            raise WeChatError(40001)
        if self._clock.now() >= token.expires:
            raise WeChatError(40001 if token.replaced else 42001)

    def new_token(self) -> Token:
        """As GET /cgi-bin/token."""
        with self._lock:
            old = self._current.get("token")
            if old:
                self._end(old, OVERLAP)
            return self._issue("token")

    def stable_token(self, force: bool) -> Token:
        """As POST /cgi-bin/stable_token. Raises 45009 at the 21st forced refresh of a day."""
        with self._lock:
            now = self._clock.now()
            current = self._current.get("stable_token")
            alive = current is not None and now < current.expires
            if current is None or not alive:
                return self._issue("stable_token")
            if force:
                return self._force(current, now)
            if current.expires - now <= OVERLAP:
                return self._issue("stable_token")
            return current

    def ticket(self) -> Token:
        """The jsapi ticket: the same while it lives."""
        with self._lock:
            current = self._current.get("ticket")
            if current and self._clock.now() < current.expires:
                return current
            return self._issue("ticket")

    def expire_all(self) -> int:
        """Every token ends now (a fault to try); returns how many did."""
        with self._lock:
            now = self._clock.now()
            living = [token for token in self._known.values() if token.expires > now]
            for token in living:
                token.expires = now
                self._keep(token)
            return len(living)

    def _force(self, current: Token, now: float) -> Token:
        today = _day(now)
        self._forced = [at for at in self._forced if _day(at) == today]
        if self._forced and now - self._forced[-1] < FORCED_APART:
            return current
        if len(self._forced) >= FORCED_A_DAY:
            raise WeChatError(45009)
        self._forced.append(now)
        self._end(current, 0)
        return self._issue("stable_token")

    def _end(self, token: Token, after: float) -> None:
        token.expires = min(token.expires, self._clock.now() + after)
        token.replaced = True
        self._keep(token)

    def _issue(self, kind: str) -> Token:
        now = self._clock.now()
        # Real ones have 130 and more characters; whoever stores 64 of them should notice here.
        token = Token(f"{len(kind)}_" + secrets.token_urlsafe(110), kind, now, now + LIFE)
        self._remember(token)
        self._keep(token)
        self.issued[kind] += 1
        self._store.put("tokens_issued", "all", self.issued)
        self._forget_old(now)
        return token

    def _remember(self, token: Token) -> None:
        self._known[token.value] = token
        current = self._current.get(token.kind)
        if current is None or token.issued >= current.issued:
            self._current[token.kind] = token

    def _keep(self, token: Token) -> None:
        self._store.put("token", token.value, token)

    def _forget_old(self, now: float) -> None:
        for value in [v for v, t in self._known.items() if t.expires < now - KEPT_AFTER_END]:
            del self._known[value]


def _day(at: float) -> date:
    return in_beijing(at).date()
