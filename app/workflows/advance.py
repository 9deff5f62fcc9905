"""The only code that changes a state column: check, conditional update and event, all acts of a moment at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection, Table, TextClause, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import IntegrityError

from app.access import Actor
from app.db import wake
from app.problems import (
    AlreadyEnding,
    AlreadyInvited,
    DecidedByOther,
    DraftExists,
    LaneHeld,
    NotNow,
    Problem,
    Stale,
    UnderReview,
)
from app.workflows.machine import Machine, Situation, Step


@dataclass(frozen=True)
class Move:
    """A row takes a step. ``values`` are further columns set with it, ``facts`` go into the event.

    The situation's row must carry ``id``, the state, ``version``, ``school_id`` and (unless it is the graduate's own)
    ``graduate_id`` as they were read.
    """

    machine: Machine
    table: Table
    action: str
    situation: Situation
    values: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opening:
    """A row comes into being by the opening step ``action``; ``values`` hold all its columns but the state."""

    machine: Machine
    table: Table
    action: str
    actor: Actor
    values: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Addition:
    """A plain row without a state of its own, written in the same statement."""

    table: Table
    values: Mapping[str, Any]


Act = Move | Opening | Addition


def advance(connection: Connection, *acts: Act) -> tuple[int, ...]:
    """Carry out the acts together, with what their steps bring about, in one statement; returns the new version of each
    (0 for an addition), those of the consequences last.

    Raises what :meth:`Machine.permit` raises; :class:`Stale`, :class:`NotNow` or a problem of :data:`RIVALS` when
    another was faster between reading and writing. Either all acts happen or none.
    """
    try:
        return _carry_out(connection, _with_consequences(connection, acts))
    except Problem as problem:
        problem.overtaken = True  # callers ask the guards before they come here
        raise


def _with_consequences(connection: Connection, acts: Sequence[Act]) -> list[Act]:
    """The acts in their order, then what follows from them; a row takes the same step once, whatever leads to it."""
    own, further = [], []
    for act in acts:
        step = None if isinstance(act, Addition) else _step_of(act)
        if step is None or step.then is None:
            own.append(act)
            continue
        act, *following = step.then(connection, act)
        own.append(act)
        further += _with_consequences(connection, following)
    return own + list({_same(act): act for act in further}.values())


def _step_of(act: Move | Opening) -> Step:
    if isinstance(act, Opening):
        return act.machine.opening(act.action)
    return act.machine.permit(act.action, act.situation)


def _same(act: Act) -> tuple[Any, ...]:
    return (act.machine.name, act.action, act.situation.row.id) if isinstance(act, Move) else (id(act),)


def _carry_out(connection: Connection, acts: Sequence[Act]) -> tuple[int, ...]:
    shapes, parameters = [], {}
    for number, act in enumerate(acts):
        shape, values = _prepare(act)
        shapes.append(shape)
        parameters.update({f"{name}_{number}": value for name, value in values.items()})
    try:
        row = connection.execute(_statement(tuple(shapes)), parameters).one()
    except IntegrityError as error:
        raise _overtaken(error) from error
    for number, act in enumerate(acts):
        if row[number] is None:
            raise _true_reason(connection, act)
    wake(connection)
    return tuple(row)


RIVALS: Mapping[str, type[Problem]] = {
    "claim_lane": LaneHeld,
    "invitation_one_open": AlreadyInvited,
    "termination_one_open": AlreadyEnding,
    "filing_lane": UnderReview,
    "filing_one_draft": DraftExists,
    "transfer_graduate_id_lane_key": NotNow,
    "review_filing_id_round_stage_key": DecidedByOther,
}
"""What it means when the database refuses a row because a rival wrote first, by the name of the index."""


def _overtaken(error: IntegrityError) -> Exception:
    name = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
    problem = RIVALS.get(name or "")
    return problem() if problem is not None else error


@dataclass(frozen=True)
class _Shape:
    """What decides the SQL text; equal shapes share one compiled statement."""

    kind: type
    table: Table
    columns: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    state: str = "state"


def _prepare(act: Act) -> tuple[_Shape, dict[str, Any]]:
    if isinstance(act, Addition):
        return _Shape(Addition, act.table, tuple(act.values)), _encode(act.table, act.values)
    if isinstance(act, Opening):
        step = act.machine.opening(act.action)
        values = {**act.values, act.machine.column: step.target}
        row, actor, facts, source_version = act.values, act.actor, act.facts, None
        shape = _Shape(Opening, act.table, tuple(values))
    else:
        situation = act.situation
        step = act.machine.permit(act.action, situation)
        values = {**act.values, act.machine.column: step.target}
        row = {name: getattr(situation.row, name) for name in ("id", "school_id")}
        row["graduate_id"] = getattr(situation.row, _graduate_column(act.table))
        actor, facts, source_version = situation.actor, act.facts, situation.row.version
        conditions = tuple(guard.sql for guard in step.guards if guard.sql)
        shape = _Shape(Move, act.table, tuple(values), conditions, act.machine.column)
    parameters = _encode(act.table, values) | {
        "e_name": step.event,
        "e_machine": act.machine.name,
        "e_action": step.action,
        "e_source": step.source,
        "e_target": step.target,
        "e_subject": row["id"],
        "e_school": row["school_id"],
        "e_graduate": row["graduate_id"],
        "e_actor": actor.id,
        "e_role": actor.role.value,
        "e_request": actor.request_id,
        "e_facts": orjson.dumps(dict(facts)).decode(),
    }
    if source_version is not None:
        parameters["e_seen"] = source_version
    return shape, parameters


def _graduate_column(table: Table) -> str:
    """Whose row it is: a graduate's own row says so by its id."""
    return "graduate_id" if "graduate_id" in table.c else "id"


def _encode(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"c_{name}": orjson.dumps(value).decode()
        if isinstance(table.c[name].type, JSONB) and value is not None
        else value
        for name, value in values.items()
    }


def _cast(table: Table, column: str, number: int) -> str:
    kind = table.c[column].type
    type_name = "text[]" if isinstance(kind, ARRAY) else str(kind.compile(dialect=_DIALECT)).lower()
    return f"CAST(:c_{column}_{number} AS {type_name})"


_EVENT = """INSERT INTO event (name, machine, subject, version, action, source, target, actor_id, actor_role,
 school_id, graduate_id, facts, request_id)
SELECT :e_name_{n}, :e_machine_{n}, CAST(:e_subject_{n} AS uuid), a{n}.version, :e_action_{n}, :e_source_{n},
 :e_target_{n}, CAST(:e_actor_{n} AS uuid), :e_role_{n}, CAST(:e_school_{n} AS integer),
 CAST(:e_graduate_{n} AS uuid), CAST(:e_facts_{n} AS jsonb), :e_request_{n} FROM a{n}"""


@lru_cache(maxsize=256)
def _statement(shapes: tuple[_Shape, ...]) -> TextClause:
    """One statement for all acts: each row's change in a CTE of its own, its event fed from the row it changed."""
    parts = []
    for n, shape in enumerate(shapes):
        name = shape.table.name
        if shape.kind is Move:
            assignments = ", ".join(f"{column} = {_cast(shape.table, column, n)}" for column in shape.columns)
            conditions = "".join(f" AND {condition}" for condition in shape.conditions)
            parts.append(
                f"a{n} AS (UPDATE {name} SET {assignments}, version = version + 1"
                f" WHERE id = :e_subject_{n} AND {shape.state} = :e_source_{n} AND version = :e_seen_{n}{conditions}"
                f" RETURNING version)"
            )
        else:
            columns = ", ".join(shape.columns)
            casts = ", ".join(_cast(shape.table, column, n) for column in shape.columns)
            returning = "version" if shape.kind is Opening else "0 AS version"
            parts.append(f"a{n} AS (INSERT INTO {name} ({columns}) VALUES ({casts}) RETURNING {returning})")
        if shape.kind is not Addition:
            parts.append(f"e{n} AS ({_EVENT.format(n=n)})")
    answers = ", ".join(f"(SELECT version FROM a{n})" for n in range(len(shapes)))
    return text(f"WITH {', '.join(parts)} SELECT {answers}")


def _true_reason(connection: Connection, act: Act) -> Exception:
    """Why the update found no row: read again and let the guards speak; else someone else was faster."""
    if not isinstance(act, Move):
        return NotNow()
    seen = act.situation.row
    table = act.table
    # Without a lock: the rival has committed, and two losers who upgrade theirs would wait for each other.
    row = connection.execute(table.select().where(table.c.id == seen.id)).one_or_none()
    if row is None or row.version != seen.version:
        state = act.machine.state_of
        return act.machine.not_now(state(row)) if row is not None and state(row) != state(seen) else Stale()
    now = connection.scalar(text("SELECT clock_timestamp()"))
    situation = Situation(row, act.situation.actor, now, act.situation.around)
    try:
        act.machine.permit(act.action, situation)
    except Exception as problem:
        return problem
    return Stale()


def advance_many(
    connection: Connection,
    machine: Machine,
    table: Table,
    action: str,
    rows: Sequence[uuid.UUID],
    actor: Actor,
    *,
    source: str,
    values: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> list[uuid.UUID]:
    """Move a set in one statement (rows and events), setting the same ``values`` in each; returns the ids that moved.
    Only SQL guards apply."""
    step = machine.step(source, action)
    conditions = "".join(f" AND {guard.sql}" for guard in step.guards if guard.sql)
    also = "".join(f", {column} = {_cast(table, column, 0)}" for column in values or {})
    change = f"""UPDATE {table.name} SET {machine.column} = :target, version = version + 1{also}
            WHERE id = ANY(:ids) AND {machine.column} = :source{conditions}"""
    encoded = {f"{name}_0": value for name, value in _encode(table, values or {}).items()}
    return _told(connection, machine, table, step, actor, facts, change, {"ids": list(rows), **encoded})


def open_many(
    connection: Connection,
    machine: Machine,
    table: Table,
    action: str,
    rows: Sequence[Mapping[str, Any]],
    actor: Actor,
    *,
    facts: Mapping[str, Any] | None = None,
) -> list[uuid.UUID]:
    """Bring a set of rows into being in one statement (rows and events); all rows name the same columns, the state not
    among them. A row that is there already by the table's unique keys is left alone. Returns the ids that are new."""
    if not rows:
        return []
    columns = ", ".join(rows[0])
    change = f"""INSERT INTO {table.name} ({columns}, {machine.column})
            SELECT {columns}, :target FROM jsonb_populate_recordset(CAST(NULL AS {table.name}), CAST(:rows AS jsonb))
            ON CONFLICT DO NOTHING"""
    parameters = {"rows": orjson.dumps([dict(row) for row in rows]).decode()}
    return _told(connection, machine, table, machine.opening(action), actor, facts, change, parameters)


def _told(
    connection: Connection,
    machine: Machine,
    table: Table,
    step: Step,
    actor: Actor,
    facts: Mapping[str, Any] | None,
    change: str,
    parameters: Mapping[str, Any],
) -> list[uuid.UUID]:
    """Carry out the change of many rows and write an event for each that it touched."""
    statement = text(
        f"""WITH moved AS (
            {change}
            RETURNING id, version, school_id, {_graduate_column(table)} AS graduate_id),
        told AS (
            INSERT INTO event (name, machine, subject, version, action, source, target, actor_id, actor_role,
                school_id, graduate_id, facts, request_id)
            SELECT :name, :machine, id, version, :action, :source, :target, CAST(:actor AS uuid), :role,
                school_id, graduate_id, CAST(:facts AS jsonb), :request FROM moved)
        SELECT id FROM moved"""
    )
    moved = connection.execute(
        statement,
        {
            **parameters,
            "source": step.source,
            "target": step.target,
            "name": step.event,
            "machine": machine.name,
            "action": step.action,
            "actor": actor.id,
            "role": actor.role.value,
            "facts": orjson.dumps(dict(facts or {})).decode(),
            "request": actor.request_id,
        },
    )
    wake(connection)
    return list(moved.scalars())


def _dialect() -> Any:
    from sqlalchemy.dialects import postgresql

    return postgresql.dialect()  # type: ignore[no-untyped-call]


_DIALECT = _dialect()
