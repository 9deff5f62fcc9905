"""An event with what belongs to it, and the words a message about it is made of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app import clock
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.sealing import mask_name

DESKS: Mapping[str, str] = {"counsellor": "辅导员", "college": "学院", "school": "学校"}
"""审核级别 as people call them."""

OPEN_EVENT = "coalesce({}.fanned_out_at, 'infinity') = 'infinity'"
"""``fanned_out_at IS NULL`` of the other events of a subject, said so that the index over all open events cannot be
taken for it: by its statistics it is empty, and with fifty thousand events open each look would read them all."""
# An event waits while an earlier one of its subject is still to be told, so that a later one finds what it cancels.
# One that failed does not make the others wait. Asked of one event at a time: as an anti-join it would be computed over
# all open events for each set of them.
_TAKE = text(f"""
    SELECT e.id FROM event e
    WHERE e.fanned_out_at IS NULL AND (e.put_off_until IS NULL OR e.put_off_until <= now())
        AND (SELECT count(*) FROM event p WHERE p.subject = e.subject AND p.version < e.version
            AND {OPEN_EVENT.format("p")} AND p.put_off_until IS NULL) = 0
    ORDER BY e.id LIMIT :many FOR UPDATE OF e SKIP LOCKED
""")  # noqa: S608  (only constants)
_STORIES = text(f"""
    SELECT e.id AS event_id, e.name, e.subject, e.version, e.target, e.facts, e.at, e.request_id,
        e.school_id, e.graduate_id, g.name AS graduate, g.college_id,
        i.id AS invitation_id, i.state AS invitation_state, i.respond_by, i.employer_id,
        i.terms->>'employer_name' AS employer, i.terms->>'position' AS position,
        c.agreement_number, f.id AS filing_id, f.due_on,
        EXISTS (SELECT FROM invitation r WHERE r.replaces_id = i.id) AS replaced,
        EXISTS (SELECT FROM claim h WHERE h.graduate_id = e.graduate_id AND h.{in_states(*HOLDING)}
            AND h.invitation_id IS DISTINCT FROM i.id) AS held,
        NOT EXISTS (SELECT FROM event n WHERE n.subject = e.subject AND n.version > e.version) AS newest,
        EXISTS (SELECT FROM event n WHERE n.subject = e.subject AND n.version > e.version
            AND n.fanned_out_at IS NOT NULL) AS overtaken
    FROM event e
    JOIN graduate g ON g.id = e.graduate_id
    LEFT JOIN filing f ON f.id = CASE WHEN e.machine ~ '^(filing|form|entry)[.]' THEN e.subject
        WHEN e.name = 'claim.generated' THEN CAST(e.facts->>'filing' AS uuid) END
    LEFT JOIN termination t ON t.id = e.subject AND e.machine = 'termination'
    LEFT JOIN claim c ON c.id = CASE WHEN e.machine = 'claim' THEN e.subject ELSE coalesce(f.claim_id, t.claim_id) END
    LEFT JOIN invitation i ON i.id = CASE WHEN e.machine = 'invitation' THEN e.subject ELSE c.invitation_id END
    WHERE e.id = ANY(:ids) ORDER BY e.id
""")  # noqa: S608  (only constants)


class Story(NamedTuple):
    """What happened (事件), to whom, and all that a message about it may say: a row of the statement above, in its
    order."""

    event_id: int
    name: str
    subject: uuid.UUID
    version: int
    target: str
    facts: Mapping[str, Any]
    at: datetime
    request_id: str
    school_id: int
    graduate_id: uuid.UUID
    graduate: str
    college_id: int
    invitation_id: uuid.UUID | None = None
    invitation_state: str | None = None
    respond_by: datetime | None = None
    employer_id: uuid.UUID | None = None
    employer: str | None = None
    position: str | None = None
    agreement_number: str | None = None
    filing_id: uuid.UUID | None = None
    due_on: date | None = None
    replaced: bool = False
    """the withdrawn invitation was replaced by one with other terms"""
    held: bool = False
    """another claim of the graduate holds the lane"""
    newest: bool = True
    """nothing has happened to the subject since"""
    overtaken: bool = False
    """what has happened since is told already: this event had been put off"""

    @property
    def stage(self) -> str | None:
        """The desk (审核级别) that has the filing after this event."""
        return self.facts.get("next") or (self.facts.get("stage") if self.name == "filing.submitted" else None)

    def words(self) -> dict[str, str]:
        """By name, what titles, bodies and fields are composed of; empty where the story has none."""
        reason = str(self.facts.get("reason") or "").strip()
        return {
            "employer": self.employer or "",
            "position": self.position or "",
            "graduate": self.graduate,
            "graduate_masked": mask_name(self.graduate),
            "deadline": clock.in_words(self.respond_by) if self.respond_by else "",
            "at": clock.in_words(self.at),
            "kind": str(self.facts.get("what") or "申报"),
            "of": str(self.facts.get("subject") or self.facts.get("what") or "申报"),
            "says": str(self.facts.get("says") or ""),
            "by": str(self.facts.get("by") or "学校"),
            "desk": DESKS.get(str(self.facts.get("stage")), "学校"),
            "next_desk": DESKS.get(str(self.facts.get("next")), "学校"),
            "reason": reason or "没有填写原因",
            "because": f"原因：{reason.rstrip('。')}。" if reason else "对方没有填写原因。",
            "number": self.agreement_number or "",
            "due_on": f"最晚 {self.due_on.month}月{self.due_on.day}日" if self.due_on else "三个工作日内",
            "invitation_id": str(self.invitation_id or ""),
            "filing_id": str(self.filing_id or ""),
            "take_over": str(self.facts.get("take_over") or ""),
            "lane": str(self.facts.get("lane") or ""),
        }


def take_open(connection: Connection, many: int) -> list[int]:
    """Lock up to ``many`` open events, at most one of each subject; returns their ids."""
    return list(connection.execute(_TAKE, {"many": many}).scalars())


def read(connection: Connection, events: Sequence[int]) -> list[Story]:
    """The stories of these events."""
    return [Story._make(row) for row in connection.execute(_STORIES, {"ids": list(events)}).all()]
