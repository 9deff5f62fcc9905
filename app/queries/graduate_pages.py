"""One graduate as an office sees the whole of it: what stands, every filing, archive and hukou, what happened."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, text

from app.access import Actor
from app.codes.standing import desk_turn
from app.codes.tables import label
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.models.filing import EDITABLE
from app.problems import NotFound
from app.queries import Fields, cards, filing_pages
from app.queries.filings import DESK_STATE
from app.queries.history import graduate_history
from app.queries.transfers import STANDING
from app.schemas import form as forms
from app.workflows import filing_rows
from app.workflows.kinds import KINDS
from app.workflows.transfer_rows import MATTERS

_ONE = text(f"""
    SELECT g.id, g.school_id, g.class_year, g.name, g.student_no, g.major, g.degree, g.graduates_on, g.id_number,
        g.phone, g.base_state, g.hukou_moved, co.name AS college_name,
        (SELECT to_json(c) FROM (SELECT c.id, c.kind, c.title, c.state, c.variant, c.form, c.agreement_number,
            c.effective_at, c.invitation_id FROM claim c
            WHERE c.graduate_id = g.id AND c.{in_states(*HOLDING)}) c) AS claim,
        (SELECT coalesce(json_object_agg(t.lane, to_json(t)), '{{}}') FROM transfer t WHERE t.graduate_id = g.id)
            AS transfers,
        (SELECT coalesce(json_agg(one), '[]') FROM (
            SELECT {filing_pages.CARD}, f.lane, f.version, f.round, f.submitted_at, f.filed_by, a.name AS filed_by_name
            FROM {filing_pages.CARD_TABLES} LEFT JOIN account a ON a.id = f.filed_by
            WHERE f.graduate_id = g.id AND f.state <> 'voided' ORDER BY f.opened_at DESC LIMIT 50) one) AS filings,
        (SELECT coalesce(json_agg(line ORDER BY line.id DESC), '[]') FROM (
            SELECT e.id, e.name, e.at, e.facts, e.actor_role, coalesce(a.name, '') AS actor, a.title AS actor_title,
                ac.name AS college
            FROM event e LEFT JOIN account a ON a.id = e.actor_id LEFT JOIN college ac ON ac.id = a.college_id
            WHERE e.graduate_id = g.id ORDER BY e.id DESC LIMIT 100) line) AS events
    FROM graduate g JOIN college co ON co.id = g.college_id
    WHERE g.id = :id AND g.base_state <> 'deleted' AND g.school_id = :school
        AND (CAST(:college AS integer) IS NULL OR g.college_id = :college)
""")  # noqa: S608  (only constants)
CLAIM_STATES = {
    "in_review": "审核中",
    "agreement_generated": "协议书已生成，待盖章",
    "effective": "已生效",
    "terminating": "解约中",
    "suspended": "已挂起",
}


def read(connection: Connection, actor: Actor, graduate_id: uuid.UUID) -> Row[Any]:
    """The graduate's row with all of its page; :class:`NotFound` out of the office's scope."""
    row = connection.execute(_ONE, {"id": graduate_id, **filing_rows.scope(actor)}).one_or_none()
    if row is None:
        raise NotFound
    return row


def page(row: Any, actor: Actor) -> dict[str, Any]:
    """The page without sealed data. What others have not handed in yet is named, never shown."""
    return {
        "id": row.id,
        "name": row.name,
        "student_no": row.student_no,
        "college": row.college_name,
        "major": row.major,
        "degree": label("degree_short", row.degree),
        "class_year": row.class_year,
        "graduates_on": f"{row.graduates_on[:4]}-{row.graduates_on[4:]}",
        "confirmed": row.base_state == "confirmed",
        "claim": _claim(row.claim) if row.claim is not None else None,
        "filings": [_filing(one, actor) for one in row.filings],
        "transfers": [_transfer(lane, row) for lane in MATTERS],
        "history": graduate_history(row.events),
    }


def _claim(claim: Fields) -> dict[str, Any]:
    kind = KINDS[claim["kind"]]
    return {
        "title": claim["title"],
        "kind_name": kind.title,
        "state": claim["state"],
        "text": CLAIM_STATES[claim["state"]],
        "number": claim["agreement_number"],
        "since": cards.moment(claim["effective_at"]),
        "form": forms.lines(kind.form(claim["variant"]), claim["form"]),
    }


def _filing(one: Fields, actor: Actor) -> dict[str, Any]:
    mine = one["filed_by"] == str(actor.id)
    found = filing_pages.card(one)
    if one["state"] != "approved":
        found["turn"] = filing_pages.turn(desk_turn(one["state"], one["state"] == DESK_STATE[actor.role]), one)
    return found | {
        "version": one["version"],
        "round": one["round"],
        "submitted_at": cards.moment(one["submitted_at"]),
        "filed_by": one["filed_by_name"],
        "mine": mine,
        "readable": mine or one["state"] != "draft",
        "correctable": one["state"] in EDITABLE and not mine and actor.role in KINDS[one["kind"]].by,
    }


def _transfer(lane: str, row: Any) -> dict[str, Any]:
    matter, record = MATTERS[lane], row.transfers.get(lane)
    absent = "还没有登记" if lane != "hukou" or row.hukou_moved else "户口没有迁入学校，不用登记"
    return {
        "lane": lane,
        "title": matter.title,
        "state": record["state"] if record is not None else None,
        "text": STANDING[record["state"]] if record is not None else absent,
        "form": forms.lines(matter.form(), record["form"]) if record is not None else [],
    }
