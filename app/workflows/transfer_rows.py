"""What archive and hukou have in common: their names, where their data come from, the acts on their rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.access import Actor
from app.codes.directory import Office
from app.codes.tables import tables
from app.db import table
from app.models import Lane, ModuleName, Transfer, TransferSource
from app.schemas import transfers as forms
from app.schemas.form import Form
from app.workflows.advance import Move, Opening
from app.workflows.machine import Situation
from app.workflows.transfer_machine import TRANSFER

TRANSFER_TABLE = table(Transfer)


@dataclass(frozen=True)
class Matter:
    """档案 or 户口: its lane and module, what it is called, its form, what a destination says of it."""

    lane: Lane
    module: ModuleName
    title: str
    form: type[Form]
    of_destination: Callable[[Mapping[str, Any], Office | None], dict[str, Any] | None]
    subject: Callable[[Mapping[str, Any]], str]
    """what cards and messages call it, by its form; empty where the form does not say yet"""


def _way_of_moving(form: Mapping[str, Any]) -> str:
    """户口迁移类型: the address is somebody's home, which has no place in a message."""
    return next(
        (entry.name for entry in tables()["transfer_settled"].entries if entry.code == form.get("transfer")), ""
    )


ARCHIVE = Matter(
    Lane.ARCHIVE,
    ModuleName.ARCHIVE,
    "档案信息",
    forms.ArchiveForm,
    forms.archive_of,
    lambda form: str(form.get("receiver_name") or ""),
)
HUKOU = Matter(
    Lane.HUKOU,
    ModuleName.HUKOU,
    "户口信息",
    forms.HukouForm,
    lambda form, office: forms.hukou_of(form),
    _way_of_moving,
)
MATTERS: Mapping[str, Matter] = {matter.lane.value: matter for matter in (ARCHIVE, HUKOU)}

OFFICE = """(SELECT to_json(o) FROM archive_office o WHERE o.name <> ''
        AND o.region IN (g.origin, left(g.origin, 4) || '00', left(g.origin, 2) || '0000')
        ORDER BY o.region DESC LIMIT 1)"""
"""Column beside ``graduate g``: who takes archives back to the graduate's 生源地, by county, else city, else province
(as :func:`app.codes.directory.nearest` looks)."""
RECORDS = """(SELECT coalesce(json_object_agg(t.lane, to_json(t)), '{}') FROM transfer t WHERE t.graduate_id = g.id)"""
"""Column beside ``graduate g``: what is registered, by lane."""


def office_of(row: Mapping[str, Any] | None) -> Office | None:
    """The office of the column :data:`OFFICE`."""
    if row is None:
        return None
    day = row["checked_on"]
    return Office(**{**row, "checked_on": date.fromisoformat(day) if day else None})


def facts_of(matter: Matter, form: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What an event about a record tells those who hear of it."""
    return {"what": matter.title, "lane": matter.lane, "subject": matter.subject(form), **more}


def registration(
    matter: Matter,
    person: Any,
    actor: Actor,
    form: Mapping[str, Any],
    source: TransferSource,
    claim_id: uuid.UUID | None = None,
) -> Opening:
    """The act that registers what nothing was registered of; ``person`` has school, class and graduate."""
    values = {
        "id": uuid.uuid4(),
        "school_id": person.school_id,
        "class_year": person.class_year,
        "graduate_id": person.graduate_id,
        "lane": matter.lane,
        "form": dict(form),
        "source": source,
        "claim_id": claim_id,
    }
    return Opening(TRANSFER, TRANSFER_TABLE, "register", actor, values, facts_of(matter, form, source=source))


def moved(
    record: Any,
    action: str,
    situation: Situation,
    values: Mapping[str, Any] | None = None,
    **facts: Any,
) -> Move:
    """A record takes a step."""
    values = values or {}
    told = facts_of(MATTERS[record.lane], values.get("form", record.form), **facts)
    about = Situation(record, situation.actor, situation.now, situation.around)
    return Move(TRANSFER, TRANSFER_TABLE, action, about, values, told)
