"""Single blows at the worst moment: PostgreSQL gone while calls are under way, a sweeper dead while it tells."""

from __future__ import annotations

import random

from tests.chaos.checker import judge
from tests.chaos.crowd import Crowd, make_followers
from tests.chaos.run import Chaos
from tests.chaos.system import System
from tests.factories import make_world
from tests.sandbox.running import eventually

TOLD = "SELECT count(*) FROM event WHERE name = 'invitation.sent' AND fanned_out_at IS NOT NULL"
WRITTEN = "SELECT count(*) FROM message WHERE template = 'invitation_received'"
HALF_TOLD = """
    SELECT count(*) FROM event e WHERE e.name = 'invitation.sent'
        AND (e.fanned_out_at IS NOT NULL) <> EXISTS (SELECT FROM message m WHERE m.event_id = e.id)
"""
SLOW = """
    CREATE FUNCTION take_a_while() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(2); RETURN NULL; END $$;
    CREATE TRIGGER slow AFTER INSERT ON message FOR EACH STATEMENT EXECUTE FUNCTION take_a_while();
"""
IN_THE_MIDDLE = """
    SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%INSERT INTO message%'
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


def test_a_sweeper_killed_while_it_tells_leaves_no_event_half_told(system: System) -> None:
    for sender in system.senders:  # they tell as well, and shall not now
        sender.terminate()
    system.execute(SLOW)
    crowd = crowd_of(system, 60)
    crowd.invite(60)
    eventually(lambda: system.scalar(IN_THE_MIDDLE), 20)
    for sweeper in system.sweepers:
        sweeper.kill()
    eventually(lambda: system.scalar(IN_THE_MIDDLE) == 0, 20)
    assert system.scalar(TOLD) == system.scalar(WRITTEN) < crowd.begun, "the kill came too late to hit anything"
    assert system.scalar(HALF_TOLD) == 0
    system.execute("DROP TRIGGER slow ON message")
    system.processes.sweeper()
    eventually(lambda: system.scalar(TOLD) == crowd.begun, 20)
    assert (system.scalar(HALF_TOLD), system.scalar(WRITTEN)) == (0, crowd.begun)
