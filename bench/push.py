"""P1: template messages from event to WeChat's acceptance, the ledger durable, through RQ worker processes.

Invitations to bound followers are there but untold; the clock starts when their events are committed and a worker is
rung for, as after any commit, and stops when the stand-in has accepted every message and every row says so. Peer: one
RQ job a message under a forking worker. Ceiling: the same bodies from bare keep-alive connections, as many as ours
opened. All send to one stand-in, (a) answering at once, (b) in 60 ms; what was said to whom is held against the rows.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rq import Worker
from sqlalchemy import text

from app import jobs
from bench import throng
from bench.client import WrongAnswer
from bench.serving import Ground, beside, ground, in_turn, row, start_together
from bench.stand_in import Counts, StandIn, digest, running
from bench.throng import Throng
from stack.settings_for_development import CHECKOUT

PROCESSES = 2
"""of workers, ours and the peer's, and of the ceiling: as many as there are cores"""
RATE = 100_000
"""messages a second that the account's bucket lets pass; in the product 25"""
CONNECTIONS = 32
"""calls a process has under way at once; in the product 16"""
DELAYS = {"a": 0.0, "b": 0.06}
ROUNDS = 5
PATIENCE = 300.0
COUNTS = {"a": {"ours": 20_000, "peer": 600, "ceiling": 20_000}, "b": {"ours": 20_000, "peer": 200, "ceiling": 4_000}}
"""messages a side and round; the peer and, where it waits for answers, the ceiling reach their rate long before"""
QUICK = {"a": {"ours": 2_000, "peer": 100, "ceiling": 2_000}, "b": {"ours": 2_000, "peer": 40, "ceiling": 1_000}}


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    counts = QUICK if quick else COUNTS
    raised = {
        "WECHAT_SEND_RATE": str(RATE),
        "WECHAT_DAILY_LIMIT": str(RATE * 10_000),
        "WECHAT_CONNECTIONS": str(CONNECTIONS),
    }
    with running() as wechat, ground({"WECHAT_API_URL": wechat.url} | raised) as place:
        many = max(max(counts[way].values()) for way in counts)
        people = throng.gather(place.services, many, each=2, silent=1)
        field_ = Field(place, people, wechat)
        return [_measure(field_, way, counts[way], rounds=1 if quick else ROUNDS) for way in DELAYS]


@dataclass
class Field:
    """Where the sides meet, and what ours has said there, which the others must say as well."""

    place: Ground
    people: Throng
    wechat: StandIn
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    """openid → message without its id"""
    connections: list[int] = field(default_factory=list)
    """how many ours had open at once, by round"""


def _measure(here: Field, way: str, counts: dict[str, int], rounds: int) -> dict[str, Any]:
    delay = DELAYS[way]
    here.connections.clear()
    sides: dict[str, Callable[[], float]] = {
        "ours": lambda: _ours(here, counts["ours"], delay),
        "peer": lambda: _peer(here, counts["peer"], delay),
        "ceiling": lambda: _ceiling(here, counts["ceiling"], delay),
    }
    title = "answered at once" if not delay else f"answered in {delay * 1000:.0f} ms"
    return row(
        f"P1{way} push, {title}",
        "messages a second",
        in_turn(sides, rounds, f"messages a second, {title}", warm=not delay),
        goal={"peer": 40, "ceiling": 0.8 if delay else 0.25},
        messages=counts,
        processes=PROCESSES,
        connections=max(here.connections),
        note=f"the account's bucket lets {RATE:,} a second pass (in the product 25), a process has {CONNECTIONS} calls "
        "under way (16); ours has a sweeper besides",
        peer_is=f"{PROCESSES} forking rq.Worker with the app preloaded, one job a message, ORM, wechatpy's client",
        ceiling_is="http.client, keep-alive, a thread to a connection, bodies ready made, no database",
    )


# Ours


def _ours(here: Field, many: int, delay: float) -> float:
    with _clean(here, delay), _workers(here.place):
        with here.place.services.db.transaction() as connection:
            here.people.say(connection, 0, many)
            connection.execute(text("ANALYZE event"))
        started = time.monotonic()
        jobs.ring(here.place.services.redis, jobs.NOTICES)
        counts = _wait(here, many)
        while (sent := _sent(here)) < many:
            _patience(started, f"{sent} of {many} rows are sent")
            time.sleep(0.02)
        seconds = time.monotonic() - started
        counts = here.wechat.counts()
        here.said.update(_said(here))
        _check(here, counts, many)
        here.connections.append(counts.most_open)
    return many / seconds


@contextmanager
def _workers(place: Ground) -> Iterator[None]:
    """The product's processes, ready and idle."""
    lines = [["worker.py", "work", "notices"]] * PROCESSES + [["worker.py", "sweep"]]
    with beside([[sys.executable, *line] for line in lines], place):
        _until_ready(place, PROCESSES)
        yield


def _until_ready(place: Ground, workers: int) -> None:
    until = time.monotonic() + 60
    while Worker.count(connection=place.services.redis) < workers:
        if time.monotonic() > until:
            raise RuntimeError("the workers have not started")
        time.sleep(0.05)
    time.sleep(1)  # the last of them now waits for a job, and what starting cost is over


@contextmanager
def _clean(here: Field, delay: float) -> Iterator[None]:
    """As if nothing had been told yet: no events or messages of the round before, no jobs, nothing counted."""
    with here.place.services.db.transaction() as connection:
        for statement in _FORGET:
            connection.execute(text(statement))
    here.people.settle()
    here.place.services.redis.flushdb()
    here.wechat.begin(delay)
    yield


_ROUND = "SELECT id FROM event WHERE request_id = 'bench-0'"
_FORGET = (
    f"DELETE FROM message WHERE event_id IN ({_ROUND})",
    "ALTER TABLE event DISABLE TRIGGER event_append_only",
    "DELETE FROM event WHERE request_id = 'bench-0'",
    "ALTER TABLE event ENABLE TRIGGER event_append_only",
)
_SENT = text(
    "SELECT count(*) FROM message m JOIN event e ON e.id = m.event_id WHERE e.request_id = 'bench-0'"
    " AND m.state = 'sent' AND m.wechat_msgid IS NOT NULL AND NOT m.reminder"
)
_ROWS = text(
    "SELECT m.openid, m.template, m.href, m.fields FROM message m JOIN event e ON e.id = m.event_id"
    " WHERE e.request_id = 'bench-0' AND NOT m.reminder"
)


def _wait(here: Field, many: int) -> Counts:
    started = time.monotonic()
    while (counts := here.wechat.counts()).accepted < many:
        _patience(started, f"{counts} of {many}")
        time.sleep(0.02)
    return counts


def _patience(started: float, what: str) -> None:
    if time.monotonic() - started > PATIENCE:
        raise WrongAnswer(f"after {PATIENCE:.0f} s: {what}")


def _sent(here: Field) -> int:
    with here.place.services.db.reading() as connection:
        return int(connection.scalar(_SENT) or 0)


def _said(here: Field) -> dict[str, dict[str, Any]]:
    """What the rows say was sent to whom."""
    settings = here.place.settings
    with here.place.services.db.reading() as connection:
        rows = connection.execute(_ROWS).all()
    return {
        row.openid: {
            "touser": row.openid,
            "template_id": settings.wechat.templates[row.template],
            "url": f"{settings.public_url}/auth/wechat/start?next={row.href}",
            "data": {name: {"value": value} for name, value in row.fields.items()},
        }
        for row in rows
    }


def _check(here: Field, counts: Counts, many: int) -> None:
    """Each exactly once, and the words that ours has in its rows, to the people of the first ``many`` invitations."""
    whom = [here.said[throng.openid(number)] for number in range(1, many + 1)]
    told = 0
    for message in whom:
        told ^= digest(message)
    if (counts.accepted, counts.doubles, counts.refused, counts.digest) != (many, 0, 0, told):
        raise WrongAnswer(f"{counts}, wanted {many} that come to {told}")


# The peer


def _peer(here: Field, many: int, delay: float) -> float:
    os.environ.update(here.place.environment)
    from bench.peers import push_rq

    with _clean(here, delay):
        with here.place.services.db.transaction() as connection:
            here.people.say(connection, 0, many)
        argv = [sys.executable, "-m", "bench.peers.push_rq"]
        with beside([argv] * PROCESSES, here.place):
            _until_ready(here.place, PROCESSES)
            started = time.monotonic()
            push_rq.enqueue(many)
            _wait(here, many)
            while (sent := _sent(here)) < many:
                _patience(started, f"the peer: {sent} of {many} rows are sent")
                time.sleep(0.01)
            seconds = time.monotonic() - started
            _check(here, here.wechat.counts(), many)
    return many / seconds


# The ceiling


def _ceiling(here: Field, many: int, delay: float) -> float:
    bodies = [
        orjson.dumps(here.said[throng.openid(number)] | {"client_msg_id": uuid.uuid4().hex})
        for number in range(1, many + 1)
    ]
    connections = here.connections[-1]
    here.wechat.begin(delay)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as lasting:
        started = []
        for number in range(PROCESSES):
            share = len(range(number, connections, PROCESSES))
            file = Path(folder, str(number))
            file.write_bytes(pickle.dumps((here.wechat.port, share, bodies[number::PROCESSES])))
            argv = [sys.executable, "-m", "bench.peers.push_bare", str(file)]
            process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
            started.append(lasting.enter_context(process))
        spans: Sequence[tuple[float, float]] = start_together(started)
    _check(here, here.wechat.counts(), many)
    return many / (max(end for _, end in spans) - min(start for start, _ in spans))
