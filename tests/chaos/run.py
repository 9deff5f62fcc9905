"""One run: invitations flow in, the plan is carried out among them, then everything may come to rest."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from redis import Redis

from tests.chaos import plan
from tests.chaos.crowd import Crowd
from tests.chaos.plan import Act
from tests.chaos.system import System
from tests.notify.processes import Running

STILL = 1.5
"""Seconds without an accepted message after which the next act does not wait for more."""
PACE = 0.05
PORTION = 50
BACKLOG = 20
"""So many messages at least, or a twentieth of all, are under way when something breaks."""
REST = 300
"""Seconds that the end of a run may take."""

_UNDER_WAY = """
    SELECT (SELECT count(*) FROM message WHERE state IN ('queued', 'sending', 'rate_limited') AND due_at <= now())
        + (SELECT count(*) FROM event WHERE fanned_out_at IS NULL)
"""
_UNSETTLED = """
    SELECT EXISTS (SELECT FROM message WHERE state = 'unsure') AND EXISTS (
        SELECT FROM wechat_callback WHERE handled_at IS NULL AND received_at > now() - interval '20 seconds')
"""


@dataclass
class Chaos:
    """Carries a plan out on a system; ``journal`` says when what was done, in seconds since the begin."""

    system: System
    crowd: Crowd
    acts: Sequence[Act]
    seed: int
    journal: list[str] = field(default_factory=list)
    seconds: float = 0.0
    unused: list[str] = field(default_factory=list)
    """faults that met no message"""
    _left: list[str] = field(default_factory=list)
    _passed_at: float = 0.0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._blows: dict[str, Callable[[], object]] = {
            plan.KILL_SENDER: lambda: self._kill_one(self.system.senders),
            plan.KILL_SWEEPER: lambda: self._kill_one(self.system.sweepers),
            plan.EMPTY_REDIS: self._empty_redis,
            plan.CRASH_REDIS: lambda: self.system.crash("redis"),
            plan.CRASH_POSTGRES: lambda: self.system.crash("postgres"),
            plan.EXPIRE_TOKENS: lambda: self.system.sandbox.control("POST", "/tokens/expire"),
            plan.LEAVE: self._leave,
        }

    def play(self) -> None:
        """The whole run. Raises AssertionError when it does not come to rest."""
        begun = time.monotonic()
        self._flow(begun)
        self.come_to_rest()
        self.seconds = time.monotonic() - begun

    def _flow(self, begun: float) -> None:
        for act in self.acts:
            self._invite_up_to(act.at)
            accepted = self._wait_for(act.at - max(BACKLOG, len(self.crowd.people) // 20))
            self.journal.append(f"{time.monotonic() - begun:7.2f} s  {accepted:6} accepted  {act}")
            self._do(act)
        self._invite_up_to(len(self.crowd.people))

    def _invite_up_to(self, count: int) -> None:
        while (missing := count - self.crowd.begun) > 0:
            self.crowd.invite(min(missing, PORTION))
            self.crowd.stir()
            self._pass()

    def _wait_for(self, count: int) -> int:
        """Until so many were accepted, or nothing moves; returns how many were."""
        accepted, moved_at = self.system.accepted(), time.monotonic()
        while accepted < count and time.monotonic() - moved_at < STILL:
            time.sleep(PACE)
            self._pass()
            before, accepted = accepted, self.system.accepted()
            moved_at = time.monotonic() if accepted > before else moved_at
        return accepted

    def _pass(self) -> None:
        """Time is made short each second."""
        if time.monotonic() - self._passed_at > 1:
            self._passed_at = time.monotonic()
            self.system.let_time_pass()

    def _do(self, act: Act) -> None:
        if act.rule:
            self.system.sandbox.control("POST", "/faults", act.rule)
        else:
            self._blows[act.what]()

    def _kill_one(self, running: list[Running]) -> None:
        self.system.kill(running, self._dice.randrange(len(running)))

    def _empty_redis(self) -> None:
        with Redis.from_url(self.system.services.settings.redis_url) as connection:
            connection.flushall()

    def _leave(self) -> None:
        _, openid = self._dice.choice(self.crowd.people)
        self._left.append(openid)
        self.system.sandbox.control("PATCH", f"/followers/{openid}", {"following": False})

    def come_to_rest(self) -> None:
        """Faults end when their calls are used up; whoever left comes back; nothing is under way any more."""
        self._until(lambda: self.system.scalar(_UNDER_WAY) == 0)
        self.unused = [str(rule) for rule in self.system.sandbox.control("GET", "/faults")["faults"]]
        self.system.sandbox.control("DELETE", "/faults")
        for openid in self._left:
            self.system.sandbox.control("PATCH", f"/followers/{openid}", {"following": True})
        self._until(lambda: bool(self.system.sandbox.control("GET", "/callbacks")["idle"]))
        self._until(partial(self._looks_twice, 1.5))
        self._until(lambda: not self.system.scalar(_UNSETTLED))

    def _looks_twice(self, seconds: float) -> bool:
        """Whether nothing is under way now and a tick of the sweeper later."""
        if self.system.scalar(_UNDER_WAY):
            return False
        time.sleep(seconds)
        return bool(self.system.scalar(_UNDER_WAY) == 0)

    def _until(self, rested: Callable[[], bool]) -> None:
        end = time.monotonic() + REST
        while not rested():
            assert time.monotonic() < end, f"{self.system.scalar(_UNDER_WAY)} messages and events never came to rest"
            time.sleep(0.3)
            self.system.let_time_pass()
