"""One bad row stops nobody: overdue invitations, open events; and waking never costs a request anything."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy.exc import OperationalError

from app import jobs
from app.notify import outbox
from app.services import Services
from app.workflows import deadlines
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post
from tests.sandbox.running import eventually


def overdue(world: World, count: int) -> list[uuid.UUID]:
    """So many invitations whose time is over."""
    found = []
    for _ in range(count):
        sent = factories.send(world, factories.make_graduate(world))
        factories.move_deadline(world, sent, -1)
        found.append(sent)
    return found


def test_the_clock_takes_exactly_what_is_overdue(world: World, services: Services) -> None:
    gone = overdue(world, 12)
    open_still = factories.send(world, factories.make_graduate(world))
    assert deadlines.expire_due(services.db) == len(gone)
    assert factories.row(world, open_still).state == "pending"
    assert {factories.row(world, sent).state for sent in gone} == {"expired"}
    assert deadlines.expire_due(services.db) == 0


def test_more_than_a_batch_is_taken_in_one_go(
    world: World, post: Post, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BATCH", 5)
    overdue(world, 13)
    assert deadlines.expire_due(services.db) == 13


POISON = """
    CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'poisoned row'; END $$
"""


def test_a_row_that_throws_is_put_off_and_the_others_expire(world: World, post: Post, services: Services) -> None:
    good, bad = overdue(world, 6), overdue(world, 1)[0]
    post.execute(POISON)
    post.execute(
        f"CREATE TRIGGER poison BEFORE UPDATE OF state ON invitation FOR EACH ROW"
        f" WHEN (OLD.id = '{bad}') EXECUTE FUNCTION refuse_poison()"
    )
    try:
        assert deadlines.expire_due(services.db) == len(good)
        row = factories.row(world, bad)
        assert row.state == "pending"
        assert row.put_off_until is not None
        assert deadlines.expire_due(services.db) == 0, "it is left alone for an hour"
    finally:
        post.execute("DROP FUNCTION refuse_poison() CASCADE")
    post.execute("UPDATE invitation SET put_off_until = now()")
    assert deadlines.expire_due(services.db) == 1


def test_an_event_that_cannot_be_told_is_put_off_and_the_others_are_told(world: World, post: Post) -> None:
    first, second = (factories.send(world, factories.make_graduate(world)) for _ in range(2))
    post.execute(POISON)
    post.execute(
        f"CREATE TRIGGER poison BEFORE INSERT ON message FOR EACH ROW"
        f" WHEN (NEW.subject = '{first}') EXECUTE FUNCTION refuse_poison()"
    )
    try:
        assert post.tell() == 1
        assert post.tell() == 0
    finally:
        post.execute("DROP FUNCTION refuse_poison() CASCADE")
    assert {row.subject for row in post.rows()} == {second}
    assert "poisoned row" in post.scalar("SELECT fault FROM event WHERE subject = :s", s=first)
    factories.withdraw(world, world.employer, first)
    assert post.tell() == 1, "what comes after it is not held up"
    post.execute("UPDATE event SET put_off_until = now() WHERE put_off_until IS NOT NULL")
    assert post.tell() == 1
    arrival = post.row(kind="invitation.received", subject=first)
    assert arrival.mark == "others", "told late, when it was already over"
    assert post.rows(subject=first, reminder=True) == []


def test_an_event_whose_words_cannot_be_made_is_put_off_alone(world: World, post: Post) -> None:
    first, second = (factories.send(world, factories.make_graduate(world)) for _ in range(2))
    post.execute("UPDATE invitation SET respond_by = 'infinity' WHERE id = :id", id=first)
    assert post.tell() >= 1
    assert second in {row.subject for row in post.rows()}
    assert post.scalar("SELECT fault IS NOT NULL FROM event WHERE subject = :s", s=first)


def test_later_events_wait_for_earlier_ones_of_their_subject(world: World, post: Post) -> None:
    """Told in one batch or by two processes, an end always finds the reminders it cancels."""
    graduate = factories.make_graduate(world)
    sent = factories.send(world, graduate)
    factories.withdraw(world, world.employer, sent)
    assert post.tell() == 2
    assert [row.kind for row in post.rows(recipient=graduate.id)] == ["invitation.received", "invitation.withdrawn"]
    assert post.row(kind="invitation.received").mark == "lost"


def test_a_database_that_is_away_is_no_fault_of_the_rows(services: Services) -> None:
    away = Services.build(replace(services.settings, database_url="postgresql+psycopg://nobody@127.0.0.1:9/x"))
    with pytest.raises(OperationalError):
        outbox.fan_out(away)
    with pytest.raises(OperationalError):
        deadlines.expire_due(away.db)
    clockwork = jobs.Clockwork(away)
    clockwork.tick()
    away.close()


def test_a_commit_wakes_the_senders(world: World, services: Services, redis_url: str) -> None:
    services.db.after_commit = jobs.waker(services.settings)
    factories.send(world, factories.make_graduate(world))
    with Redis.from_url(redis_url) as connection:
        queue = Queue(jobs.NOTICES, connection=connection, serializer="json")
        (job,) = eventually(lambda: queue.jobs)
        assert (job.func_name, job.args, job.result_ttl) == ("app.jobs.deliver_due", [], 0)


def test_waking_costs_a_request_nothing_while_redis_is_away(services: Services) -> None:
    wake = jobs.waker(replace(services.settings, redis_url="unix:///nowhere.sock"))
    for _ in range(1000):
        wake()  # each would wait for Redis and then raise, were it not a thread of its own that rings


def test_rings_of_one_moment_are_one_and_a_full_queue_is_left_alone(services: Services) -> None:
    queue = Queue(jobs.NOTICES, connection=services.redis, serializer="json")
    first = int(time.time() * jobs.SLOTS_A_SECOND)
    for _ in range(40):
        jobs.ring(services.redis, jobs.NOTICES)
    passed = int(time.time() * jobs.SLOTS_A_SECOND) - first + 1
    assert 1 <= queue.count <= passed
    before = queue.count
    time.sleep(0.26)
    jobs.ring(services.redis, jobs.NOTICES)
    assert queue.count > min(before, jobs.MOST_WAITING - 1)
    for number in range(jobs.MOST_WAITING):
        queue.enqueue_call(jobs.WORK[jobs.NOTICES], job_id=f"filler-{number}")
    before = queue.count
    time.sleep(0.26)
    jobs.ring(services.redis, jobs.NOTICES)
    assert queue.count == before


def test_answers_kept_for_repeats_are_forgotten_after_two_days(world: World, post: Post, services: Services) -> None:
    post.execute(
        "INSERT INTO idempotent_answer (account_id, key, fingerprint, status, body, created_at)"
        " SELECT :a, gen_random_uuid(), '', 200, '', now() - make_interval(hours => h) FROM generate_series(40, 56) h",
        a=world.employer.id,
    )
    jobs.Clockwork(services).tick()
    assert post.scalar("SELECT count(*) FROM idempotent_answer") == 8


def test_a_step_that_fails_does_not_stop_the_clock(services: Services) -> None:
    taken: list[Services] = []

    def fail(services: Services) -> None:
        raise ValueError("a bug")

    steps = (jobs.Step("bad", fail), jobs.Step("good", taken.append))
    jobs.Clockwork(services, steps).tick()
    assert taken == [services]
