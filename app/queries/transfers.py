"""档案 or 户口 of a graduate on one page: what holds now, what is under way, what to take over, where it may go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from app.access import Actor
from app.codes import destinations
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.problems import NotFound
from app.queries import Fields, cards, filing_pages
from app.schemas import form as forms
from app.workflows import filing_rows, transfers
from app.workflows.kinds import KINDS
from app.workflows.machine import Situation
from app.workflows.transfer_rows import ARCHIVE, Matter, office_of

_PAGE = text(f"""
    SELECT g.id AS graduate_id, g.school_id, g.class_year, g.college_id, {filing_rows.PERSON}, s.contact,
        (SELECT to_json(c) FROM claim c WHERE c.graduate_id = g.id AND c.{in_states(*HOLDING)}) AS destination,
        (SELECT t.claim_id FROM transfer t WHERE t.graduate_id = g.id AND t.lane = :lane) AS copied_from,
        (SELECT cl.title FROM transfer t JOIN claim cl ON cl.id = t.claim_id
            WHERE t.graduate_id = g.id AND t.lane = :lane) AS origin_title,
        (SELECT coalesce(json_agg(one), '[]') FROM (
            SELECT {filing_pages.CARD} FROM {filing_pages.CARD_TABLES}
            WHERE f.graduate_id = g.id AND f.lane = :lane AND f.state <> 'voided'
            ORDER BY f.opened_at DESC LIMIT 20) one) AS filings
    FROM graduate g JOIN school s ON s.id = g.school_id WHERE g.id = :graduate
""")  # noqa: S608  (only constants)
SOURCES = {"filed": "本人登记", "copied": "由去向带入", "school": "学校代为登记"}
STANDING = {
    "active": "已登记",
    "doubtful": "来源去向已失效，请核对。仍然正确的点「核对无误」，有变化的办理修改。",
    "lapsed": "已随基本信息删除而失效，请重新登记。",
}


def page(connection: Connection, actor: Actor, matter: Matter) -> dict[str, Any]:
    """The page; :class:`NotFound` for a graduate who is none."""
    row = connection.execute(_PAGE, {"graduate": actor.graduate_id, "lane": matter.lane}).one_or_none()
    if row is None:
        raise NotFound
    situation = filing_rows.situation_of(row, actor)
    record: Fields | None = row.transfers.get(matter.lane)
    office = office_of(row.office)
    found = [filing_pages.card(one) for one in row.filings]
    claim = row.destination
    return {
        "lane": matter.lane,
        "title": matter.title,
        "module": row.modules.get(matter.module, "off"),
        "record": _record(matter, record, row),
        "version": record["version"] if record is not None else 0,
        "pending": [one for one in found if one["state"] not in ("approved", "rejected", "withdrawn")],
        "decided": [one for one in found if one["state"] in ("approved", "rejected", "withdrawn")],
        "offers": [_offer(name, situation) for name in (f"{matter.lane}_registration", f"{matter.lane}_change")],
        "proposal": _proposal(matter, claim, row, record),
        "home": transfers.back_home(matter, office),
        "office": _office(office) if matter is ARCHIVE else None,
        "hints": list(transfers.advice(matter, claim, _form_name(claim))),
        "contact": row.contact,
    }


def _record(matter: Matter, record: Fields | None, row: Any) -> dict[str, Any] | None:
    if record is None:
        return None
    state = record["state"]
    return {
        "state": state,
        "text": STANDING[state],
        "source": SOURCES[record["source"]],
        "origin": row.origin_title,
        "form": forms.lines(matter.form(), record["form"]),
        "values": record["form"],
        "registered_at": cards.moment(record["registered_at"]),
        "checked_at": cards.moment(record["checked_at"]),
        "can_keep": state == "doubtful" and row.base_state == "confirmed",
    }


def _offer(name: str, situation: Situation) -> dict[str, Any]:
    """Whether the kind may be begun now, or why not."""
    kind = KINDS[name]
    problem = kind.obstacle(situation)
    return {
        "kind": name,
        "title": kind.title,
        "explained": kind.explained,
        "possible": problem is None,
        "reason": problem.detail if problem is not None else None,
    }


def _proposal(matter: Matter, claim: Fields | None, row: Any, record: Fields | None) -> dict[str, Any] | None:
    """What the destination that stands says of it, where something else is registered or nothing."""
    if claim is None or claim["state"] != "effective" or str(row.copied_from) == claim["id"]:
        return None
    said = matter.of_destination(claim["form"], office_of(row.office))
    if said is None or (record is not None and record["form"] == said):
        return None
    return {"title": claim["title"], "form": forms.lines(matter.form(), said), "values": said}


def _form_name(claim: Mapping[str, Any] | None) -> str | None:
    if claim is None or not claim["variant"]:
        return None
    try:
        return destinations.of(claim["variant"]).form
    except destinations.UnknownType:
        return None


def _office(office: Any) -> dict[str, Any] | None:
    if office is None:
        return None
    day = office.checked_on
    return {
        "name": office.name,
        "address": office.address or None,
        "phone": office.phone or None,
        "source": office.source,
        "checked_on": day.isoformat() if day else None,
    }
