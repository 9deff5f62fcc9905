"""Single blows at the worst moment: PostgreSQL gone while calls are under way, a sweeper dead while it tells."""

from __future__ import annotations

import random
from functools import partial

from tests.chaos.checker import judge
from tests.chaos.crowd import Crowd, make_followers
from tests.chaos.run import Chaos
from tests.chaos.system import System
from tests.factories import make_world
from tests.sandbox.running import eventually

TOLD = """
    SELECT count(*) FROM event WHERE name = 'invitation.sent' AND fanned_out_at IS NOT NULL
"""
HALF_TOLD = """
    SELECT count(*) FROM event e WHERE e.name = 'invitation.sent'
        AND (e.fanned_out_at IS NOT NULL) <> EXISTS (SELECT FROM message m WHERE m.event_id = e.id)
"""


def crowd_of(system: System, count: int) -> Crowd:
    world = make_world(system.services)
    return Crowd(world, make_followers(world, system.sandbox, count), random.Random(1))


def test_postgres_gone_while_a_batch_is_under_way_loses_and_doubles_nothing(system: System) -> None:
    crowd = crowd_of(system, 90)
    system.sandbox.set(answer_delay=0.4)
    crowd.invite(90)
    eventually(lambda: system.accepted() > 10, 20)
    system.crash("postgres")
    known = "SELECT count(*) FROM message WHERE wechat_msgid IS NOT NULL"
    assert system.accepted() > system.scalar(known), "no answer was lost: the crash hit nothing"
    system.sandbox.set(answer_delay=0)
    Chaos(system, crowd, [], 1).come_to_rest()
    found = judge(system.services, system.sandbox)
    assert (found.lost, found.doubled, found.unexplained, found.other) == ([], [], [], [])
    assert found.repeats > 0


def test_sweepers_killed_while_they_tell_leave_no_event_half_told(system: System) -> None:
    """A message is there if and only if its event is marked as told, whenever one looks."""
    crowd = crowd_of(system, 400)
    for part in range(1, 5):
        crowd.invite(100)
        eventually(partial(_tells, system, 100 * (part - 1)), 20)
        for number in range(len(system.sweepers)):
            system.sweepers[number].process.kill()
        assert system.scalar(HALF_TOLD) == 0
        for number in range(len(system.sweepers)):
            system.kill(system.sweepers, number)
    eventually(lambda: system.scalar(TOLD) == crowd.begun, 20)
    assert system.scalar(HALF_TOLD) == 0
    twice = "SELECT count(*) FROM (SELECT 1 FROM message GROUP BY event_id, recipient, kind HAVING count(*) > 1) d"
    assert system.scalar(twice) == 0


def _tells(system: System, before: int) -> bool:
    """Whether telling of the next ones has begun, at least in a transaction that is not committed yet."""
    writing = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%INSERT INTO message%' AND state <> 'idle'"
    return bool(system.scalar(TOLD) > before or system.scalar(writing) > 1)
