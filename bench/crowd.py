"""Thousands of graduates with invitations, events and messages: one made through the product, the others after it."""

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
from tests.factories import PIN, World, make_employer, make_graduate, make_world, send

_COPIED = {
    "graduate": "t.id = :graduate",
    "account": "t.graduate_id = :graduate",
    "invitation": "t.graduate_id = :graduate",
    "event": "t.graduate_id = :graduate",
    "message": "t.recipient = :account",
}
"""The tables of one graduate, in the order their references want."""
_BATCH = 250

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
    token: str


@dataclass(frozen=True)
class Crowd:
    """A school, and one graduate after whom all others are made."""

    services: Services
    world: World
    model: Actor
    terms_hash: str

    def grow(self, count: int) -> list[Person]:
        """So many further graduates with the model's invitations, all of them pending."""
        with self.services.db.transaction() as connection:
            rows = _rows_of(connection, self.model)
            made = [_copy(self.services, rows, place) for place in range(count)]
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
        token, _ = tokens.issue(self.services.settings, _Account(account["id"], account["role"]))  # type: ignore[arg-type]
        return Person(
            uuid.UUID(copy["graduate"][0]["id"]),
            uuid.UUID(account["id"]),
            tuple(uuid.UUID(row["id"]) for row in copy["invitation"]),
            token,
        )


@dataclass(frozen=True)
class _Account:
    id: str
    role: str
    session_version: int = 1


def gather(services: Services, invitations: int) -> Crowd:
    """A school with its model graduate, who has so many open invitations of as many employers."""
    world = make_world(services)
    model = make_graduate(world)
    for days in range(3, 3 + invitations):
        sent = send(world, model, employer=make_employer(world), days=days)
    with services.db.transaction() as connection:
        connection.execute(_MESSAGES, {"graduate": model.graduate_id, "account": model.id})
        terms_hash = connection.scalar(text("SELECT terms_hash FROM invitation WHERE id = :id"), {"id": sent})
    return Crowd(services, world, model, str(terms_hash))


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


def _copy(services: Services, rows: Rows, place: int) -> Rows:
    """Fresh ids throughout; events are counted from ``place`` and get their number when they are inserted."""
    ids = {row["id"]: str(uuid.uuid4()) for name, table in rows.items() if name != "event" for row in table}
    copy = {
        name: [
            {key: ids.get(value, value) if isinstance(value, str) else value for key, value in row.items()}
            for row in table
        ]
        for name, table in rows.items()
    }
    numbers = {row["id"]: place for place, row in enumerate(rows["event"])}
    for row in copy["event"]:
        row["id"] = numbers[row["id"]]
    for row in copy["message"]:
        row["event_id"] = numbers[row["event_id"]]
        row["client_msg_id"] = row["id"]
    graduate = copy["graduate"][0]
    graduate |= {
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
        for row in copy[table]:
            if table == "event":
                yield row | {"id": start + row["id"] + 1}
            elif table == "message":
                yield row | {"event_id": start + row["event_id"] + 1}
            else:
                yield row
        start += len(copy["event"])
