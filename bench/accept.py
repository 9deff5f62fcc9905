"""P3: a graduate accepts an invitation: account, PIN, lock, rules, claim, filing, events, kept answer, commit, answer.

Ours over HTTP as the stack starts it; the peer does the same steps with ORM objects under gunicorn; the ceiling sends
the very statements of ours from bare connections. Every act of every round is a fresh invitation of a fresh graduate,
the database waits for its disk as ``make run`` lets it, and after each round all that should be there is counted.
"""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from app import create_app
from bench.client import Load, Request, WrongAnswer, ask, request
from bench.client import run as put_on
from bench.crowd import Crowd, Person, gather
from bench.peers.accept_sql import Statement
from bench.serving import GUNICORN, Ground, as_the_stack_starts, ground, in_turn, row, server, start_together
from tests.factories import PIN

ROUNDS = 9
ACTS = 400
"""acceptances a side and round"""
BYSTANDERS = 4_000
"""graduates with an open invitation, and a quarter as many who accepted earlier"""
PROCESSES, THREADS = 2, 4
"""of the ceiling, as many as the servers have"""


def run() -> dict[str, Any]:
    with ground() as place, ExitStack() as running:
        crowd = gather(place.services, 1)
        crowd.grow(BYSTANDERS)
        crowd.grow(BYSTANDERS // 4, bound=True)
        crowd.settle()
        ours = running.enter_context(server(as_the_stack_starts(), place))
        peer = running.enter_context(server(GUNICORN.format(application="bench.peers.accept_orm:application"), place))
        _compare(crowd, ours, peer)
        pattern = _statements_of_ours(place, crowd)
        clients: list[float] = []
        sides: dict[str, Callable[[], float]] = {
            "ours": lambda: _over_http(crowd, ours, clients),
            "peer": lambda: _over_http(crowd, peer, clients),
            "ceiling": lambda: _bare(crowd, pattern),
        }
        figures = in_turn(sides, ROUNDS, "acceptances a second")
    return row(
        "P3 accept an invitation",
        "acceptances a second",
        figures,
        goal={"peer": 1.5, "ceiling": 0.3},
        statements=len([sql for sql, values in pattern.act if values]),
        connections=16,
        client_cpu_us=round(sum(clients) / len(clients), 1),
        peer_is="ORM objects, marshmallow, flask-smorest; gunicorn gthread, 2 workers of 4 threads",
        ceiling_is=f"our statements alone, {PROCESSES} processes of {THREADS} threads, a bare connection each",
    )


# Ours and the peer


def _over_http(crowd: Crowd, port: int, clients: list[float]) -> float:
    people = crowd.grow(ACTS)
    outcome = put_on(Load(port, [Request(_request(crowd, person)) for person in people]))
    clients.append(outcome.cpu)
    _count(crowd, people)
    return outcome.rate


def _request(crowd: Crowd, person: Person) -> bytes:
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Idempotency-Key": str(uuid.uuid4()),
        "If-Match": '"1"',
        "Accept": "application/json",
    }
    body = json.dumps({"pin": PIN, "terms_hash": crowd.terms_hash}).encode()
    return request("POST", f"/api/v1/invitations/{person.invitations[0]}/accept", headers, body)


def _compare(crowd: Crowd, ours: int, peer: int) -> None:
    """Both answer the same but for what no two acceptances have in common."""
    found = []
    for port, person in zip((ours, peer), crowd.grow(2), strict=True):
        status, _, body = ask(port, _request(crowd, person))
        if status != 200:
            raise WrongAnswer(f"{status}: {body.decode()[:2000]}")
        found.append(_without_accidents(json.loads(body)))
    if found[0] != found[1]:
        other = {name: found[1].get(name) for name, value in found[0].items() if found[1].get(name) != value}
        raise WrongAnswer(f"the peer answers otherwise: {other or set(found[1]) - set(found[0])}")


_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*$")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def _without_accidents(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_accidents(item) for key, item in value.items() if key != "before_it"}
    if isinstance(value, list):
        return [_without_accidents(item) for item in value]
    return _MOMENT.sub("moment", _ID.sub("id", value)) if isinstance(value, str) else value


# The ceiling


class Pattern:
    """What the product sends for one acceptance, and how to say the same for another graduate."""

    def __init__(self, act: Sequence[Statement], person: Person, crowd: Crowd) -> None:
        self.act, self.person, self.crowd = act, person, crowd
        self.own = {value for _, values in act for value in values.values() if isinstance(value, uuid.UUID)}

    def of(self, person: Person) -> list[Statement]:
        """The statements for ``person``: every id is theirs or new, all else is the same."""
        sealer = self.crowd.services.sealer
        known = {
            self.person.graduate: person.graduate,
            self.person.account: person.account,
            self.person.invitations[0]: person.invitations[0],
            self.crowd.world.employer.id: self.crowd.world.employer.id,
        }
        ids = {value: known.get(value) or uuid.uuid4() for value in self.own | set(known) if value is not None}
        pins = {sealer.pin(self.person.graduate, PIN): sealer.pin(person.graduate, PIN)}
        names = {str(value): str(new) for value, new in ids.items()}

        def other(value: Any) -> Any:
            if isinstance(value, uuid.UUID):
                return ids[value]
            if isinstance(value, bytes):
                return pins.get(value, value)
            return _ID.sub(lambda found: names.get(found[0], found[0]), value) if isinstance(value, str) else value

        return [(sql, {name: other(value) for name, value in values.items()}) for sql, values in self.act]


def _statements_of_ours(place: Ground, crowd: Crowd) -> Pattern:
    """Let the product accept one invitation in this process, and note what it sends."""
    [person] = crowd.grow(1)
    sent: list[Statement] = []
    engine = place.services.db.engine

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        sent.append((statement, dict(parameters)))

    def begin(connection: Any) -> None:
        if "isolation_level" in connection.get_execution_options():  # else it reads, in autocommit
            sent.append(("BEGIN", {}))

    def commit(connection: Any) -> None:
        sent.append(("COMMIT", {}))

    client = create_app(place.settings, place.services).test_client()
    raw = _request(crowd, person)
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines if not line.startswith(("Content-Length", "Host"))]
    listeners: dict[str, Callable[..., Any]] = {"before_cursor_execute": note, "begin": begin, "commit": commit}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    answer = client.post(first.split()[1], data=body, headers=headers)
    for name, listener in listeners.items():
        event.remove(engine, name, listener)
    if answer.status_code != 200 or sent[-1][0] != "COMMIT":
        raise WrongAnswer(f"{answer.status}: {answer.text[:500]}, {sent}")
    return Pattern(sent, person, crowd)


def _bare(crowd: Crowd, pattern: Pattern) -> float:
    people = crowd.grow(ACTS)
    acts = [pattern.of(person) for person in people]
    url = crowd.services.settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as lasting:
        started = []
        for number in range(PROCESSES):
            file = Path(folder, str(number))
            file.write_bytes(pickle.dumps((url, THREADS, acts[number::PROCESSES])))
            argv = [sys.executable, "-m", "bench.peers.accept_sql", str(file)]
            process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            started.append(lasting.enter_context(process))
        spans = start_together(started)
    _count(crowd, people)
    return ACTS / (max(end for _, end in spans) - min(start for start, _ in spans))


# What must be there afterwards

_DONE = text("""
    SELECT count(*) FILTER (
            WHERE i.state = 'accepted' AND c.state = 'in_review' AND f.state = 'college_review') AS acts,
        count(*) FILTER (WHERE (SELECT count(*) FROM event e WHERE e.subject IN (i.id, c.id, f.id)) = 4) AS told,
        count(*) FILTER (
            WHERE c.evidence->>'terms_hash' = i.terms_hash AND c.evidence->'clauses' = i.clauses) AS proved,
        count(*) FILTER (WHERE EXISTS (SELECT FROM idempotent_answer k JOIN account a ON a.id = k.account_id
            WHERE a.graduate_id = i.graduate_id AND length(k.body) > 1000)) AS kept
    FROM invitation i JOIN claim c ON c.invitation_id = i.id JOIN filing f ON f.claim_id = c.id
    WHERE i.graduate_id = ANY(:graduates)
""")


def _count(crowd: Crowd, people: Sequence[Person]) -> None:
    with crowd.services.db.reading() as connection:
        done = connection.execute(_DONE, {"graduates": [person.graduate for person in people]}).one()
    if set(done) != {len(people)}:
        raise WrongAnswer(f"of {len(people)} acceptances there are {done._asdict()}")
