"""Holds the catalogue against its templates before anything is sent: what does not fit stops the start."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from app.models import Channel
from app.notify import reminders
from app.notify.catalogue import ENTRIES, desk
from app.notify.entry import CHOICES, MERGES, SMS_PARAMETERS, TEMPLATES, Entry
from app.notify.fields import DoesNotFit, fit
from app.notify.story import Story

_NOON = datetime(2027, 3, 20, 4, tzinfo=UTC)
_LONG = "甲" * 120
"""Longer than any field: what is not cut by its type does not fit."""


def sample(entry: Entry, text: str = _LONG) -> dict[str, str]:
    """The words of a story of this entry in which everything people type is ``text``."""
    story = Story(
        event_id=1,
        name=entry.event,
        subject=uuid.UUID(int=1),
        version=1,
        target="pending",
        facts={
            "kind": "online_signing",
            "what": "已签就业协议信息补充",
            "subject": text,
            "says": text,
            "stage": "counsellor",
            "next": "college",
            "reason": text,
        },
        at=_NOON,
        request_id="check",
        school_id=1,
        graduate_id=uuid.UUID(int=1),
        graduate=text,
        college_id=1,
        invitation_id=uuid.UUID(int=1),
        respond_by=_NOON,
        employer=text,
        position=text,
        agreement_number=text,
        due_on=date(2027, 12, 31),
    )
    counted = {"waiting": "400", "fresh": "", "oldest": "12 个工作日", "overdue": "", "below": ""}
    remaining = reminders.remaining(_NOON, reminders.evening_before(_NOON))
    return story.words() | counted | {"remaining": remaining}


def faults(templates: Mapping[str, str]) -> list[str]:
    """Everything for which a sender must not start: templates without an id among ``templates``, entries that do not
    fit theirs."""
    missing = sorted(set(TEMPLATES) - set(templates))
    found = [f"WECHAT_TEMPLATES lacks {', '.join(missing)}"] if missing else []
    return found + [f"{entry.kind}: {fault}" for entry in (*ENTRIES, desk.DIGEST) for fault in _faults_of(entry)]


def _faults_of(entry: Entry) -> Iterator[str]:
    words = sample(entry)
    for name in ("title", "body", "href", "note"):
        try:
            (getattr(entry, name) or "").format_map(words)
        except KeyError as error:
            yield f"its {name} knows no {error}"
    if entry.choice is not None and (entry.choice not in CHOICES or CHOICES[entry.choice].to is not entry.to):
        yield f"its receiver has no choice {entry.choice}"
    if entry.merge is not None and entry.merge not in MERGES:
        yield f"nothing says how {entry.merge} are merged"
    if entry.template is None:
        return
    if entry.fallback is Channel.SMS and entry.template not in SMS_PARAMETERS:
        yield f"no short message stands for {entry.template}"
    if tuple(entry.fields) != TEMPLATES.get(entry.template):
        yield f"its fields are not those of {entry.template}"
    for key, value in entry.fields.items():
        try:
            fit(key, value.format_map(words))
        except (DoesNotFit, KeyError) as error:
            yield f"{key}: {error}"
