"""A filing or its graduate with all that guards look at, in one statement; and the situation made of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, text

from app import clock
from app.access import Actor, Role
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.problems import NotFound, Stale
from app.sealing import Sealer, Unreadable
from app.workflows import transfer_rows
from app.workflows.machine import Situation
from app.workflows.machines import NAMED

TERMINATIONS = "(SELECT count(*) FROM claim t WHERE t.graduate_id = g.id AND t.state = 'terminated')"
"""How often the graduate ``g`` has left a signing (解约)."""
MODULES = """(SELECT coalesce(json_object_agg(m.name, CASE WHEN m.closes_at <= clock_timestamp() THEN 'closed'
            WHEN m.opens_at <= clock_timestamp() THEN 'open' ELSE 'later' END), '{}')
        FROM module m WHERE m.school_id = g.school_id AND m.class_year = g.class_year)"""
"""Column beside ``graduate g``: the modules (功能模块) of school and class that were ever switched on."""
# What stands, whoever asks: the graduate's base data, the school's settings, its modules, the claim in the lane, what
# is registered of archive and hukou, the archive office of the origin.
PERSON = f"""
    g.base_state, g.training_mode, g.commissioned_by, g.hukou_moved, g.archive_moved, g.origin, g.name AS graduate_name,
    g.phone AS graduate_phone, g.college_id AS present_college,
    s.code AS school_code, s.stages AS level_settings, s.review_days, s.escalation_days, s.one_person_levels,
    s.return_transfers, s.terminations_max, s.void_review, clock_timestamp() AS now, {TERMINATIONS} AS terminations,
    {MODULES} AS modules, {transfer_rows.OFFICE} AS office, {transfer_rows.RECORDS} AS transfers,
    (SELECT to_json(h) FROM (SELECT c.id, c.kind, c.title, c.state, c.variant, c.invitation_id AS invitation,
            (SELECT p.id FROM filing p WHERE p.claim_id = c.id ORDER BY p.opened_at LIMIT 1) AS filing
        FROM claim c WHERE c.graduate_id = g.id AND c.{in_states(*HOLDING)}) h) AS held
"""  # noqa: S608  (only constants)
_FILING = text(f"""
    SELECT f.*, {PERSON}, (SELECT array_agg(r.account_id) FROM review r
        WHERE r.filing_id = f.id AND r.round = f.round) AS deciders
    FROM filing f JOIN graduate g ON g.id = f.graduate_id JOIN school s ON s.id = f.school_id
    WHERE f.id = :id AND (f.graduate_id = :graduate OR (f.school_id = :school
        AND (CAST(:college AS integer) IS NULL OR f.college_id = :college)
        AND (f.state <> 'draft' OR f.filed_by = :account OR :drafts)))
""")  # noqa: S608
_GRADUATE = text(f"""
    SELECT g.id AS graduate_id, g.school_id, g.class_year, g.college_id, {PERSON},
        (SELECT to_json(c) FROM claim c WHERE c.graduate_id = g.id AND c.{in_states(*HOLDING)}) AS standing
    FROM graduate g JOIN school s ON s.id = g.school_id
    WHERE g.id = :id AND (g.id = :graduate OR (g.school_id = :school
        AND (CAST(:college AS integer) IS NULL OR g.college_id = :college)))
""")  # noqa: S608
_CLAIM = text("SELECT * FROM claim WHERE id = :id AND graduate_id = :graduate")


def scope(actor: Actor) -> dict[str, Any]:
    """Whose rows: a graduate's own (or a link's), a college's, a school's; parameters that match nothing
    for anyone else."""
    office = actor.role in (Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL)
    return {
        "graduate": actor.graduate_id if actor.role in (Role.GRADUATE, Role.LINK) else None,
        "school": actor.school_id if office else None,
        "college": actor.college_id if office and actor.role is not Role.SCHOOL else None,
        "account": actor.id,
    }


def load(connection: Connection, actor: Actor, filing_id: uuid.UUID, *, drafts: bool = False) -> Row[Any]:
    """The filing with what its guards look at, and the database's clock; :class:`NotFound` if not the actor's. What a
    graduate has not handed in is no office's, unless it is to take it over (``drafts``)."""
    row = connection.execute(_FILING, {"id": filing_id, "drafts": drafts, **scope(actor)}).one_or_none()
    if row is None:
        raise NotFound
    return row


def person(connection: Connection, actor: Actor, graduate_id: uuid.UUID) -> Row[Any]:
    """The graduate for whom something is begun, and the claim that stands; :class:`NotFound` if not the actor's."""
    row = connection.execute(_GRADUATE, {"id": graduate_id, **scope(actor)}).one_or_none()
    if row is None:
        raise NotFound
    return row


def claim_of(connection: Connection, claim_id: uuid.UUID | None, graduate_id: uuid.UUID) -> Row[Any] | None:
    """The claim, if there is one and it is the graduate's."""
    if claim_id is None:
        return None
    return connection.execute(_CLAIM, {"id": claim_id, "graduate": graduate_id}).one_or_none()


_SINCE = text("""
    SELECT e.machine, e.source, e.action, e.at, e.actor_role FROM event e
    WHERE e.subject = :id AND e.version > :seen ORDER BY e.version LIMIT 10
""")
_BY = {
    Role.GRADUATE: "毕业生",
    Role.EMPLOYER: "单位",
    Role.COUNSELLOR: "辅导员",
    Role.COLLEGE: "学院",
    Role.SCHOOL: "学校",
    Role.LINK: "单位",
    Role.CLOCK: "系统",
}


def stale(connection: Connection, row: Any, seen: int) -> Stale:
    """The refusal of an act on an outdated version, with what happened to the filing meanwhile."""
    since = [
        {
            "at": clock.rfc3339(event.at),
            "what": NAMED[event.machine].step(event.source, event.action).label,
            "by": _BY[Role(event.actor_role)],
        }
        for event in connection.execute(_SINCE, {"id": row.id, "seen": seen})
    ]
    if not since:
        return Stale("这份草稿在另一处有更新，请看过最新内容后再继续。")
    last = since[-1]
    return Stale(f"{last['by']}刚刚做了「{last['what']}」，请看过最新内容后再操作。", since=since)


AROUND = (
    "base_state",
    "training_mode",
    "commissioned_by",
    "hukou_moved",
    "archive_moved",
    "origin",
    "graduate_name",
    "graduate_phone",
    "school_code",
    "modules",
    "office",
    "transfers",
    "one_person_levels",
    "escalation_days",
    "return_transfers",
    "terminations_max",
    "terminations",
    "void_review",
)


def situation_of(row: Any, actor: Actor, claim: Row[Any] | None = None, **more: Any) -> Situation:
    """What guards and effects see. ``held`` is another claim that holds the lane, never the filing's own."""
    around: dict[str, Any] = {name: getattr(row, name) for name in AROUND}
    held = row.held
    if held is not None and claim is not None and held["id"] == str(claim.id):
        held = None
    around |= {"claim": claim, "held": held, "deciders": tuple(getattr(row, "deciders", None) or ()), **more}
    return Situation(row, actor, row.now, around)


def with_phone(situation: Situation, sealer: Sealer) -> Situation:
    """The situation with ``own_phone``: the graduate's own number for checks of what was typed, opened when asked."""
    sealed = situation.around["graduate_phone"]

    def own_phone() -> str | None:
        try:
            return sealer.open(sealed, "phone") if sealed is not None else None
        except Unreadable:  # no reason to keep anybody from filing
            return None

    return replace(situation, around={**situation.around, "own_phone": own_phone})


def as_row(row: Any, values: Mapping[str, Any]) -> Any:
    """The row as it will be once ``values`` are written, for effects that take the filing's data."""
    return SimpleNamespace(**{**(row._mapping if isinstance(row, Row) else vars(row)), **values})
