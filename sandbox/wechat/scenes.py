"""QR codes with a scene (带参数的二维码)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.store import Store


@dataclass(slots=True)
class Scene:
    """One code: what it says (a text, or ``numbered``), and until when (seconds; 0 = for ever)."""

    ticket: str
    key: str
    scene: str
    expires: float
    numbered: bool = False


class Scenes:
    """All codes made, by ticket and by the short key in their address; ``permanent`` counts those for ever."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store
        self._by_ticket: dict[str, Scene] = {}
        self._by_key: dict[str, Scene] = {}
        self.permanent = 0
        for _, raw in store.load("scene"):
            self._place(Scene(**raw))

    def make(self, scene: str, seconds: int, numbered: bool) -> Scene:
        """A new code that lives ``seconds`` (0 = for ever)."""
        expires = self._clock.now() + seconds if seconds else 0.0
        made = Scene("gQ" + secrets.token_urlsafe(60), secrets.token_urlsafe(16), scene, expires, numbered)
        self._place(made)
        self._store.put("scene", made.ticket, made)
        return made

    def by_ticket(self, ticket: str) -> Scene | None:
        """The code that was given this ticket."""
        return self._by_ticket.get(ticket)

    def by_key(self, key: str) -> Scene | None:
        """The code whose address ends in ``key``."""
        return self._by_key.get(key)

    def is_alive(self, scene: Scene) -> bool:
        """Whether it may still be scanned."""
        return not scene.expires or self._clock.now() < scene.expires

    def _place(self, scene: Scene) -> None:
        self._by_ticket[scene.ticket] = scene
        self._by_key[scene.key] = scene
        self.permanent += not scene.expires
