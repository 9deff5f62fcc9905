"""P4: a million invitations wait for an answer, many of them until the same moment: all are expired and told.

The clock starts at the deadline and stops when every row is expired and every message about it is there to be sent.
Ours: the product's sweeper, which then has been running for a while. Peer: one scheduled RQ job a deadline. Ceiling:
one statement that updates the rows and inserts the same events and messages. Further rows: a tick with nothing due at a
million pending beside a tick at a thousand, and how late a row is expired when 200 a second are due.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from rq import Worker
from sqlalchemy import Row, text

from app import jobs
from app.db import table
from app.models import Message
from app.services import Services
from bench import throng
from bench.client import WrongAnswer
from bench.serving import Ground, beside, ground, in_turn, row
from bench.throng import Throng

GRADUATES, EACH = 50_000, 20
FEW = 50
"""graduates in the small database of the idle tick"""
ROUNDS = 5
WORKERS = 2
"""of the peer"""
LATE_RATE, LATE_SECONDS = 200, 20
PATIENCE = 300.0
COUNTS = {"ours": 50_000, "peer": 400, "ceiling": 50_000}
"""deadlines a side and round; the peer reaches its rate long before"""
QUICK = {"ours": 1_000, "peer": 60, "ceiling": 1_000}


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    counts = QUICK if quick else COUNTS
    with ground() as small, ground() as place:
        throng.gather(small.services, FEW, each=EACH)
        people = throng.gather(place.services, counts["ours"], each=EACH)
        here = Scene(place, people)
        here.prepare()
        idle = _idle(small.services, place.services, people)
        return [_countdown(here, counts, rounds=1 if quick else ROUNDS), idle, _lateness(here, 2 if quick else None)]


@dataclass
class Scene:
    """The database and what must be there after each round."""

    place: Ground
    people: Throng
    lead: float = 5.0
    """seconds from saying which rows are due until they are: grows when the machine needs longer to get there"""
    last_event: int = 0
    told: dict[int, Row[Any]] = field(default_factory=dict)
    """number of deadlines → what ours said about them"""

    def prepare(self) -> None:
        """The reminders of those that come due have been sent."""
        self.write(_REMINDED, count=self.people.graduates)
        self.people.settle(analyze=True)
        with self.place.services.db.reading() as connection:
            self.last_event = int(connection.scalar(text("SELECT max(id) FROM event")))

    def write(self, *statements: str, **values: Any) -> None:
        """In one transaction, however long it takes."""
        with self.place.services.db.transaction() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            for statement in statements:
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                connection.execute(text(statement), used)

    def read(self, statement: str, **values: Any) -> Row[Any]:
        """One row."""
        with self.place.services.db.reading() as connection:
            return connection.execute(text(statement), values).one()

    def due(self, count: int, spread: timedelta = timedelta(0)) -> datetime:
        """Undo the last round and let ``count`` invitations come due, at the moment returned or ``spread`` apart."""
        self.write(*_UNDO, last=self.last_event)
        # Deadlines are whole seconds, and RQ's scheduler knows no others: it would run a job a little too early.
        moment = (datetime.now(UTC) + timedelta(seconds=self.lead)).replace(microsecond=0)
        self.write(_DUE, count=count, moment=moment, spread=spread)
        self.people.settle()
        return moment

    @contextmanager
    def ready(
        self, count: int, lines: Sequence[Sequence[str]], started: Callable[[datetime], None]
    ) -> Iterator[datetime]:
        """Processes that are up before ``count`` rows come due; yields the moment when they do."""
        while True:
            moment = self.due(count)
            with beside(lines, self.place):
                started(moment)
                left = (moment - datetime.now(UTC)).total_seconds()
                if left > 0:
                    time.sleep(left)
                    yield moment
                    return
            self.lead += 5 - left


_DUE_IDS = f"SELECT {throng.INVITATION} FROM generate_series(1, :count) n, (SELECT 0 AS k) k"
_REMINDED = (
    "UPDATE message SET state = 'delivered', attempts = 1, errcode = 0, errmsg = 'ok', wechat_msgid = 1,"
    " first_tried_at = now(), sent_at = now(), delivered_at = now()"
    f" WHERE reminder AND subject IN ({_DUE_IDS})"
)
_UNDO = (
    "UPDATE message SET mark = 'mine' WHERE mark = 'lost' AND event_id <= :last",
    "DELETE FROM message WHERE event_id > :last",
    "ALTER TABLE event DISABLE TRIGGER event_append_only",
    "DELETE FROM event WHERE id > :last",
    "ALTER TABLE event ENABLE TRIGGER event_append_only",
    "UPDATE invitation SET state = 'pending', version = 1, respond_by = now() + interval '9 days' WHERE version = 2",
)
_DUE = (
    "UPDATE invitation i SET respond_by = :moment + d.n * CAST(:spread AS interval),"
    " sent_at = :moment - interval '5 days'"
    f" FROM (SELECT n, {throng.INVITATION} AS id FROM generate_series(1, :count) n, (SELECT 0 AS k) k) d"
    " WHERE i.id = d.id"
)
_UNDONE = """
    SELECT EXISTS (SELECT FROM invitation WHERE state = 'pending' AND respond_by <= now()) AS pending,
        EXISTS (SELECT FROM event WHERE fanned_out_at IS NULL) AS untold
"""
# Moments are those of the round: what is said is compared without them.
_TOLD = r"""
    SELECT count(*) AS messages, count(DISTINCT m.event_id) AS events, count(DISTINCT i.id) AS expired,
        count(*) FILTER (WHERE m.state = 'queued') AS queued,
        sum(hashtextextended(regexp_replace(concat_ws('|', m.subject, m.recipient, m.kind, m.topic, m.title, m.body,
            m.href, m.mark, m.template, m.state, m.fields), '\d{4}年\d+月\d+日 \d+:\d+', '', 'g'), 0)) AS said,
        (SELECT count(*) FROM message o WHERE o.mark = 'lost' AND o.event_id <= :last) AS closed
    FROM event e JOIN message m ON m.event_id = e.id
    LEFT JOIN invitation i ON i.id = e.subject AND i.state = 'expired' AND i.version = e.version
    WHERE e.id > :last
"""


def _countdown(here: Scene, counts: dict[str, int], rounds: int) -> dict[str, Any]:
    probe = max(counts["ours"] // 10, 100)
    by_sweepers = {number: _ours(here, probe, number) for number in (1, 2)}
    sweepers = max(by_sweepers, key=lambda number: by_sweepers[number])
    _ours(here, counts["peer"], 1)  # what the peer must say as well
    sides: dict[str, Callable[[], float]] = {
        "ours": lambda: _ours(here, counts["ours"], sweepers),
        "peer": lambda: _peer(here, counts["peer"]),
        "ceiling": lambda: _ceiling(here, counts["ceiling"]),
    }
    pending = here.people.graduates * here.people.each
    return row(
        f"P4 countdown, {counts['ours']:,} of {pending:,} due at once",
        "deadlines a second",
        in_turn(sides, rounds, "deadlines a second", warm=False),
        goal={"ceiling": 0.3},
        deadlines=counts,
        sweepers=sweepers,
        of_fewer_with_sweepers={number: round(rate) for number, rate in by_sweepers.items()},
        peer_is=f"enqueue_at, {WORKERS} forking rq.Worker with_scheduler, app preloaded, ORM",
        ceiling_is="one statement for rows, events and messages, which it finds composed in a table",
    )


def _ours(here: Scene, count: int, sweepers: int) -> float:
    line = [sys.executable, "worker.py", "sweep"]
    with here.ready(count, [line] * sweepers, lambda moment: time.sleep(2)) as moment:
        seconds = _until_told(here, moment)
    _check(here, count, ours=True)
    return count / seconds


def _until_told(here: Scene, moment: datetime) -> float:
    while True:
        found = here.read(_UNDONE)
        seconds = (datetime.now(UTC) - moment).total_seconds()
        if not found.pending and not found.untold:
            return seconds
        if seconds > PATIENCE:
            raise WrongAnswer(
                f"after {seconds:.0f} s there are still rows pending: {found.pending}, untold: {found.untold}"
            )
        time.sleep(0.05)


def _check(here: Scene, count: int, *, ours: bool = False) -> None:
    """All expired, each with one event, the same said to the same, and what is told in the end no longer their turn."""
    found = here.read(_TOLD, last=here.last_event)
    whole = (found.events, found.expired, found.messages, found.queued) == (count, count, 2 * count, count)
    if ours:
        whole = whole and found.closed == 3 * count
        here.told.setdefault(count, found)
    if not whole or found.said != here.told[count].said:
        raise WrongAnswer(f"{found}, wanted {count} as {here.told.get(count)}")


# The peer


def _peer(here: Scene, count: int) -> float:
    os.environ.update(here.place.environment)
    from bench.peers import countdown_rq

    redis = here.place.services.redis
    redis.flushdb()
    with here.place.services.db.reading() as connection:
        ids = connection.execute(text(_DUE_IDS), {"count": count}).scalars().all()

    def started(moment: datetime) -> None:
        countdown_rq.schedule(ids, moment)
        until = time.monotonic() + 60
        while Worker.count(connection=redis) < WORKERS and time.monotonic() < until:
            time.sleep(0.1)

    with here.ready(count, [[sys.executable, "-m", "bench.peers.countdown_rq"]] * WORKERS, started) as moment:
        seconds = _until_told(here, moment)
    _check(here, count)
    return count / seconds


# The ceiling


def _ceiling(here: Scene, count: int) -> float:
    _compose(here)
    moment = here.due(count)
    time.sleep(max((moment - datetime.now(UTC)).total_seconds(), 0))
    started = time.monotonic()
    here.write(_all_at_once())
    seconds = time.monotonic() - started
    _check(here, count)
    return count / seconds


def _compose(here: Scene) -> None:
    """Keep the messages that ours has just written, so that the statement need not think of words."""
    if here.read("SELECT to_regclass('bench_message') IS NULL AS missing").missing:
        here.place.services.redis.flushdb()
        _ours(here, max(here.told), 1)
        here.write(
            f"CREATE UNLOGGED TABLE bench_message AS SELECT * FROM message WHERE event_id > {here.last_event}",
            "ANALYZE bench_message",
        )


def _all_at_once() -> str:
    fresh = {"id": "gen_random_uuid()", "client_msg_id": "gen_random_uuid()", "event_id": "told.id"}
    columns = [column.name for column in table(Message).columns]
    values = ", ".join(fresh.get(name, f"b.{name}") for name in columns)
    return f"""
        WITH moved AS (
            UPDATE invitation SET state = 'expired', version = version + 1
            WHERE state = 'pending' AND respond_by <= now() RETURNING id, version, school_id, graduate_id),
        told AS (
            INSERT INTO event (name, machine, subject, version, action, source, target, actor_role, school_id,
                graduate_id, request_id, fanned_out_at)
            SELECT 'invitation.expired', 'invitation', id, version, 'expire', 'pending', 'expired', 'clock', school_id,
                graduate_id, '', now() FROM moved
            RETURNING id, subject)
        INSERT INTO message ({", ".join(columns)})
        SELECT {values} FROM told JOIN bench_message b ON b.subject = told.subject
    """


# Nothing due


def _idle(few: Services, many: Services, people: Throng) -> dict[str, Any]:
    sides = {"ours": lambda: _ticks(many), "few": lambda: _ticks(few)}
    figures = in_turn(sides, 9, "µs a tick with nothing due")
    pending = f"{people.graduates * people.each:,}"
    found = row(
        f"P4 a tick with nothing due, {pending} pending; ceiling: {FEW * EACH:,} pending",
        "µs",
        {"ours": figures["ours"], "ceiling": figures["few"]},
        ceiling_is="the same tick in a database with fewer pending: the cost shall not depend on it",
    )
    return found | {"better": "lower"}


def _ticks(services: Services) -> float:
    steps = tuple(step for step in jobs.STEPS if step.every <= 1)
    times = []
    for _ in range(20):
        clockwork = jobs.Clockwork(services, steps)
        started = time.perf_counter()
        clockwork.tick()
        times.append((time.perf_counter() - started) * 1e6)
    return median(times)


# A steady flow

_LATE = """
    SELECT count(*) AS rows, percentile_cont(0.5) WITHIN GROUP (ORDER BY late) AS median,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY late) AS p99
    FROM (SELECT extract(epoch FROM e.at - i.respond_by) AS late FROM event e JOIN invitation i ON i.id = e.subject
        WHERE e.id > :last) l
"""


def _lateness(here: Scene, seconds: int | None) -> dict[str, Any]:
    many = LATE_RATE * (seconds or LATE_SECONDS)
    moment = here.due(many, timedelta(seconds=1 / LATE_RATE))
    with beside([[sys.executable, "worker.py", "sweep"]], here.place):
        end = moment + timedelta(seconds=many / LATE_RATE)
        time.sleep(max((end - datetime.now(UTC)).total_seconds(), 0))
        _until_told(here, end)
    late = here.read(_LATE, last=here.last_event)
    if late.rows != many:
        raise WrongAnswer(f"{late.rows} of {many} were expired")
    found = row(
        f"P4 how late at {LATE_RATE} due a second, p99 (under 2 s)",
        "s",
        {"ours": [float(late.p99)]},
        median=round(float(late.median), 3),
        deadlines=many,
        sweepers=1,
    )
    return found | {"better": "lower", "ours": round(float(late.p99), 3)}
