"""Thousands of graduates with invitations, claims, filings, events and messages.

Two are made through the product, one with open invitations and one who has accepted; the others are copies of them.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from app.access import Actor
from app.identity import tokens
from app.services import Services
from tests.factories import PIN, World, accept, make_employer, make_graduate, make_world, row, send

_COPIED = {
    "graduate": "t.id = :graduate",
    "account": "t.graduate_id = :graduate",
    "invitation": "t.graduate_id = :graduate",
    "claim": "t.graduate_id = :graduate",
    "filing": "t.graduate_id = :graduate",
    "event": "t.graduate_id = :graduate",
    "message": "t.recipient = :account",
}
"""The tables of one graduate, in the order their references want."""
_BATCH = 250

_COLLEGE = text("INSERT INTO college (school_id, name) VALUES (:school, :name) RETURNING id")
# What the graduate has been told: one unread notice and two read ones for each invitation.
_MESSAGES = text("""
    INSERT INTO message (id, event_id, subject, recipient, kind, topic, title, body, mark, fields, state, client_msg_id,
        read_at)
    SELECT gen_random_uuid(), e.id, e.subject, :account, 'bench.' || n, 'invitation', '你收到一份签约邀请',
        '请在截止时间前答复。', 'mine', '{}', 'inbox', gen_random_uuid(), CASE WHEN n > 1 THEN now() END
    FROM event e, generate_series(1, 3) n WHERE e.graduate_id = :graduate
""")


@dataclass(frozen=True)
class Person:
    """A graduate of the crowd, signed in."""

    graduate: uuid.UUID
    account: uuid.UUID
    invitations: tuple[uuid.UUID, ...]
    accepted: uuid.UUID | None
    token: str


@dataclass(frozen=True)
class Crowd:
    """A school, and the graduates after whom all others are made."""

    services: Services
    world: World
    free: Actor
    bound: Actor
    terms_hash: str

    def grow(self, count: int, *, bound: bool = False) -> list[Person]:
        """So many further graduates, in a college of their own: with open invitations, or ``bound`` by one of them."""
        with self.services.db.transaction() as connection:
            rows = _rows_of(connection, self.bound if bound else self.free)
            college = connection.scalar(_COLLEGE, {"school": self.world.school_id, "name": secrets.token_hex(6)})
            made = [_copy(self.services, rows, college) for _ in range(count)]
            start = connection.scalar(text("SELECT max(id) FROM event")) or 0
            for first in range(0, count, _BATCH):
                _insert(connection, made[first : first + _BATCH], start + first * len(rows["event"]))
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence('event', 'id'), (SELECT max(id) FROM event))")
            )
        return [self._person(copy) for copy in made]

    def settle(self) -> None:
        """What autovacuum would have done in an older database."""
        with self.services.db.reading() as connection:
            connection.execute(text("VACUUM ANALYZE"))

    def _person(self, copy: dict[str, list[dict[str, Any]]]) -> Person:
        account = copy["account"][0]
        return Person(
            uuid.UUID(copy["graduate"][0]["id"]),
            uuid.UUID(account["id"]),
            tuple(uuid.UUID(line["id"]) for line in copy["invitation"]),
            next((uuid.UUID(line["id"]) for line in copy["invitation"] if line["state"] == "accepted"), None),
            issue_token(self.services, account["id"], account["role"]),
        )


@dataclass(frozen=True)
class _Account:
    id: object
    role: str
    session_version: int = 1


def issue_token(services: Services, account_id: object, role: str) -> str:
    """An access token for an account that was made by this run."""
    return tokens.issue(services.settings, _Account(account_id, role))[0]  # type: ignore[arg-type]


def gather(services: Services, invitations: int) -> Crowd:
    """A school with its model graduates, who have so many invitations of as many employers."""
    world = make_world(services)
    models = [make_graduate(world) for _ in range(2)]
    for days in range(3, 3 + invitations):
        employer = make_employer(world)
        free, taken = [send(world, model, employer=employer, days=days) for model in models]
    accept(world, models[1], taken)
    with services.db.transaction() as connection:
        for model in models:
            connection.execute(_MESSAGES, {"graduate": model.graduate_id, "account": model.id})
    return Crowd(services, world, models[0], models[1], str(row(world, free).terms_hash))


Rows = dict[str, list[dict[str, Any]]]


def _rows_of(connection: Connection, model: Actor) -> Rows:
    parameters = {"graduate": model.graduate_id, "account": model.id}
    return {
        table: list(
            connection.scalars(
                text(f"SELECT to_jsonb(t) FROM {table} t WHERE {condition} ORDER BY t.id"),
                {name: value for name, value in parameters.items() if f":{name}" in condition},
            )
        )
        for table, condition in _COPIED.items()
    }


def _copy(services: Services, rows: Rows, college: int) -> Rows:
    """Fresh ids throughout; events are counted from 0 and get their number when they are inserted."""
    ids = {row["id"]: str(uuid.uuid4()) for name, table in rows.items() if name != "event" for row in table}
    copy = {
        name: [
            {key: ids.get(value, value) if isinstance(value, str) else value for key, value in row.items()}
            for row in table
        ]
        for name, table in rows.items()
    }
    numbers = {row["id"]: place for place, row in enumerate(rows["event"])}
    for line in copy["event"]:
        line["id"] = numbers[line["id"]]
    for line in copy["filing"]:
        line["college_id"] = college
    for line in copy["message"]:
        line["event_id"] = numbers[line["event_id"]]
        line["client_msg_id"] = line["id"]
    graduate = copy["graduate"][0]
    graduate |= {
        "college_id": college,
        "candidate_no": secrets.token_hex(7),
        "id_number_index": f"\\x{secrets.token_hex(32)}",
        "pin": f"\\x{services.sealer.pin(uuid.UUID(graduate['id']), PIN).hex()}",
    }
    return copy


def _insert(connection: Connection, made: Sequence[Rows], start: int) -> None:
    for table in _COPIED:
        rows = list(_numbered(table, made, start))
        connection.execute(
            text(
                f"INSERT INTO {table} OVERRIDING SYSTEM VALUE "
                f"SELECT * FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
            ),
            {"rows": orjson.dumps(rows).decode()},
        )


def _numbered(table: str, made: Sequence[Rows], start: int) -> Iterator[dict[str, Any]]:
    for copy in made:
        for line in copy[table]:
            if table == "event":
                yield line | {"id": start + line["id"] + 1}
            elif table == "message":
                yield line | {"event_id": start + line["event_id"] + 1}
            else:
                yield line
        start += len(copy["event"])
