"""Many graduates whose phones follow the public account, and what happens to their invitations."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, text

from app.access import Actor
from app.models import Account, Graduate, WechatFollower
from app.services import Services
from tests import factories
from tests.factories import World, make_world
from tests.sandbox.running import APP_ID, Sandbox

PORTION = 1000
A_TRANSACTION = 25
WITHDRAWN_AT_ONCE = 250
"""One in so many invitations is withdrawn before it is told."""

_RESTED = text("""
    SELECT subject FROM message WHERE subject = ANY(:subjects) AND template = 'invitation_received'
    GROUP BY subject HAVING bool_and(state NOT IN ('queued', 'sending', 'rate_limited'))
""")


def make_followers(world: World, sandbox: Sandbox, count: int) -> list[tuple[Actor, str]]:
    """So many graduates with an account and a phone bound to it, by plain inserts; with their openids."""
    found: list[tuple[Actor, str]] = []
    while len(found) < count:
        many = min(PORTION, count - len(found))
        names = [{"nickname": "林知夏"}] * many
        openids = [made["openid"] for made in sandbox.control("POST", "/followers", {"followers": names})["followers"]]
        rows = [factories.graduate_values(world) for _ in openids]
        actors = [factories.graduate_actor(row, uuid.uuid4()) for row in rows]
        accounts = [{"id": a.id, "role": "graduate", "name": a.name, "graduate_id": a.graduate_id} for a in actors]
        phones = [
            {"app_id": APP_ID, "openid": openid, "account_id": a.id, "following": True}
            for a, openid in zip(actors, openids, strict=True)
        ]
        with world.services.db.transaction() as connection:
            connection.execute(insert(Graduate), rows)
            connection.execute(insert(Account), accounts)
            connection.execute(insert(WechatFollower).values(bound_at=text("now()")), phones)
        found += zip(actors, openids, strict=True)
    return found


@dataclass
class Crowd:
    """Invitations that come bit by bit; some are answered, taken back, extended or about to end soon after."""

    world: World
    people: list[tuple[Actor, str]]
    dice: random.Random
    invited: list[tuple[Actor, uuid.UUID]] = field(default_factory=list)
    _stirred: int = 0
    _gone: int = 0

    @classmethod
    def gather(cls, services: Services, sandbox: Sandbox, count: int, seed: int) -> Crowd:
        world = make_world(services)
        return cls(world, make_followers(world, sandbox, count), random.Random(seed))

    @property
    def begun(self) -> int:
        """How many were invited."""
        return len(self.invited) + self._gone

    def invite(self, many: int) -> None:
        """The next ``many`` people, through the workflow; some invitations are withdrawn before they are told."""
        todo = self.people[self.begun : self.begun + many]
        for start in range(0, len(todo), A_TRANSACTION):
            with self.world.services.db.transaction() as connection:
                sent = [
                    (graduate, factories.send_on(connection, self.world, graduate))
                    for graduate, _ in todo[start : start + A_TRANSACTION]
                ]
            self.invited += sent
            if self.dice.random() < len(sent) / WITHDRAWN_AT_ONCE:
                self._withdraw(*self.invited.pop())
                self._gone += 1

    def stir(self) -> None:
        """Life goes on: something happens to one in eight invitations once their message has come to rest.

        People act minutes after a message, not in the milliseconds in which its fate is open; but see :meth:`invite`.
        """
        fresh = {sent: graduate for graduate, sent in self.invited[self._stirred :]}
        with self.world.services.db.reading() as connection:
            rested = set(connection.execute(_RESTED, {"subjects": list(fresh)}).scalars())
        ready = next((n for n, sent in enumerate(fresh) if sent not in rested), len(fresh))
        self._stirred += ready
        for sent in list(fresh)[:ready]:
            if self.dice.random() < 1 / 8:
                self.dice.choice((self._withdraw, self._refuse, self._extend, self._remind))(fresh[sent], sent)

    def _withdraw(self, graduate: Actor, sent: uuid.UUID) -> None:
        factories.withdraw(self.world, self.world.employer, sent)

    def _refuse(self, graduate: Actor, sent: uuid.UUID) -> None:
        factories.refuse(self.world, graduate, sent)

    def _extend(self, graduate: Actor, sent: uuid.UUID) -> None:
        factories.extend(self.world, self.world.employer, sent, 9)

    def _remind(self, graduate: Actor, sent: uuid.UUID) -> None:
        """The moment of its reminders has come, if they are written already."""
        come: Any = text("UPDATE message SET due_at = now(), next_try_at = now() WHERE subject = :sent AND reminder")
        with self.world.services.db.transaction() as connection:
            connection.execute(come, {"sent": sent})
