"""签约邀请 as graduates and employers read it: lists, counts, and the whole of one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, text

from app import clock
from app.access import Actor, Role
from app.codes import regions
from app.codes.standing import Viewer
from app.codes.tables import label
from app.documents import numbers
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.problems import NotFound
from app.queries import Fields, cards, terminations
from app.queries.cursors import Page, earlier, page
from app.queries.glance import glance
from app.queries.history import EVENTS, history
from app.queries.messages import DELIVERY, delivery
from app.sealing import mask_name
from app.workflows import termination

GROUPS: Mapping[str, str] = {
    "all": "true",
    "open": "(i.state = 'pending' OR (i.state = 'accepted' AND c.state IN ('in_review', 'effective', 'terminating')))",
    "waiting": "i.state = 'pending' AND i.respond_by > clock_timestamp()",
    "review": "i.state = 'accepted' AND c.state = 'in_review'",
    "signed": "i.state = 'accepted' AND c.state IN ('effective', 'terminating')",
}
GROUPS = {
    **GROUPS,
    "ended": "(i.state IN ('refused', 'withdrawn', 'expired')"
    " OR (i.state = 'accepted' AND c.state IN ('failed', 'terminated'))"
    " OR (i.state = 'pending' AND i.respond_by <= clock_timestamp()))",
}

# What only one of the two parties is shown beside the rest.
_FOR: Mapping[Viewer, str] = {"graduate": "NULL AS delivery", "employer": DELIVERY}
_LISTS = {
    (name, whose): text(f"""
    SELECT {cards.CARD_COLUMNS}, {column}, g.name AS graduate_name, g.major, g.degree, s.name AS school_name
    FROM {cards.CARD_TABLES} JOIN graduate g ON g.id = i.graduate_id
    WHERE (i.graduate_id = :graduate OR i.employer_id = :employer) AND {condition}
        AND {earlier("i.sent_at", "i.id")}
    ORDER BY i.sent_at DESC, i.id DESC LIMIT :limit
""")  # noqa: S608  (only constants of this package)
    for name, condition in GROUPS.items()
    for whose, column in _FOR.items()
}

_COUNTS = text(f"""
    SELECT count(*) FILTER (WHERE {GROUPS["waiting"]}) AS waiting,
        count(*) FILTER (WHERE {GROUPS["waiting"]} AND i.respond_by < :tomorrow) AS due_today,
        count(*) FILTER (WHERE {GROUPS["review"]}) AS review,
        count(*) FILTER (WHERE {GROUPS["signed"]}) AS signed,
        count(*) FILTER (WHERE {GROUPS["ended"]}) AS ended
    FROM {cards.CARD_TABLES} WHERE i.employer_id = :employer
""")  # noqa: S608

# All that is shown and all that the possible actions are judged by, of one moment.
_ONE = {
    whose: text(f"""
    SELECT {cards.CARD_COLUMNS}, {column}, {EVENTS}, clock_timestamp() AS now, g.training_mode,
        {termination.AROUND}, {terminations.OF_CLAIM} AS termination,
        (SELECT to_json(h) FROM (SELECT id, kind, title, invitation_id AS invitation FROM claim h
            WHERE h.graduate_id = i.graduate_id AND h.{in_states(*HOLDING)}) h) AS holder,
        i.terms, i.party, i.clauses, i.terms_hash, i.replaces_id, i.sent_by,
        g.name AS graduate_name, g.major, g.degree, s.name AS school_name, s.contact,
        a.name AS sender, a.title AS sender_title,
        (SELECT id FROM invitation n WHERE n.graduate_id = i.graduate_id AND n.replaces_id = i.id LIMIT 1)
            AS replaced_by_id,
        (SELECT count(*) FROM invitation o WHERE o.graduate_id = i.graduate_id AND o.id <> i.id
            AND o.state = 'pending' AND o.respond_by > clock_timestamp()) AS others_open,
        CASE WHEN f.state = 'school_review' THEN (SELECT count(*) FROM filing q
                WHERE q.school_id = f.school_id AND q.state = f.state AND q.stage_since < f.stage_since)
            WHEN f.state LIKE '%review' THEN (SELECT count(*) FROM filing q
                WHERE q.college_id = f.college_id AND q.state = f.state AND q.stage_since < f.stage_since)
            ELSE 0 END AS before_it
    FROM {cards.CARD_TABLES} JOIN graduate g ON g.id = i.graduate_id JOIN account a ON a.id = i.sent_by
    WHERE i.id = :id AND (i.graduate_id = :graduate OR i.employer_id = :employer)
""")  # noqa: S608
    for whose, column in _FOR.items()
}


def _scope(actor: Actor) -> dict[str, Any]:
    # Exactly one of the two is set, by the role; NULL equals nothing.
    graduate = actor.graduate_id if actor.role is Role.GRADUATE else None
    employer = actor.employer_id if actor.role is Role.EMPLOYER else None
    return {"graduate": graduate, "employer": employer}


def viewer(actor: Actor) -> Viewer:
    """In whose words the answer is."""
    return "employer" if actor.role is Role.EMPLOYER else "graduate"


def listed(connection: Connection, actor: Actor, group: str, window: Page) -> dict[str, Any]:
    """A page of cards, newest first; an employer's carry the graduate."""
    found = connection.execute(_LISTS[group, viewer(actor)], {**_scope(actor), **window.parameters()}).mappings().all()
    return page(found, window, lambda row: _listed(row, viewer(actor)), ("sent_at", "id"))


def _listed(row: Fields, whose: Viewer) -> dict[str, Any]:
    found = cards.card(row, whose)
    if whose == "employer":
        found["title"] = row["graduate_name"]
        found["graduate"] = _graduate(row)
        found["delivery"] = delivery(row["delivery"])
        found["line"] = " · ".join(part for part in (row["position"], cards.pay(row["pay"])) if part)
    return found


def _graduate(row: Fields) -> dict[str, Any]:
    return {
        "name": row["graduate_name"],
        "school": row["school_name"],
        "major": row["major"],
        "degree": label("degree_short", row["degree"]),
    }


def counts(connection: Connection, actor: Actor) -> dict[str, int]:
    """How many of an employer's invitations stand where."""
    tomorrow = clock.end_of_day(clock.today()) + clock.minutes(1)
    return dict(connection.execute(_COUNTS, {"employer": actor.employer_id, "tomorrow": tomorrow}).mappings().one())


def one(connection: Connection, actor: Actor, invitation: uuid.UUID) -> tuple[dict[str, Any], Row[Any]]:
    """The whole invitation in the viewer's words without ``actions``, and its row for what the caller adds.

    Raises :class:`NotFound` for all but its two parties.
    """
    whose = viewer(actor)
    found = connection.execute(_ONE[whose], {"id": invitation, **_scope(actor)}).one_or_none()
    if found is None:
        raise NotFound
    whole = _whole(found._mapping, whose)
    if found.termination is not None:
        whole["termination"] = terminations.brief(found.termination, found._mapping, actor)
    return whole, found


def _whole(row: Fields, whose: Viewer) -> dict[str, Any]:
    terms = row["terms"]
    found = cards.card(row, whose) | {
        "version": row["version"],
        "employer": _employer(terms),
        "graduate": _graduate(row) if whose == "employer" else None,
        "sent_by": {"name": row["sender"], "title": row["sender_title"]},
        "sent_at": clock.rfc3339(row["sent_at"]),
        "respond_by": clock.rfc3339(row["respond_by"]),
        "opened_at": cards.moment(row["opened_at"]),
        "reason": row["reason"],
        "terms": glance(terms),
        "form": dict(terms) if whose == "employer" else None,
        "clauses": row["clauses"],
        "terms_hash": row["terms_hash"],
        "others_open": row["others_open"] if whose == "graduate" else 0,
        "before_it": row["before_it"],
        "replaces_id": row["replaces_id"],
        "replaced_by_id": row["replaced_by_id"],
        "history": history(row["events"], whose),
        "agreement": agreement(row),
        "termination": None,
        "help": row["contact"],
    }
    if whose == "employer":
        found["title"] = row["graduate_name"]
        found["delivery"] = delivery(row["delivery"])
    return found


def _employer(terms: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": terms["employer_name"],
        "credit_code": terms["credit_code"],
        "credit_code_checked": True,
        "nature": label("nature", terms["nature"]),
        "industry": label("industry", terms["industry"]),
        "place": regions.short_name(terms["region"]),
        "address": regions.full_name(terms["region"]) + terms["address"],
        "contact_name": terms["contact_name"],
    }


def agreement(row: Fields) -> dict[str, Any] | None:
    """The agreement of a row, while it holds; a destination that was not signed for has none."""
    if row["claim_state"] not in ("effective", "terminating") or row["agreement_number"] is None:
        return None
    return {
        "id": row["claim_id"],
        "number": row["agreement_number"],
        "number_grouped": numbers.grouped(row["agreement_number"]),
        "effective_at": cards.moment(row["effective_at"]),
    }


def masked_employer(name: str) -> str:
    """An employer as strangers see it: 「杭州****公司」."""
    return name[:2] + "****" + name[-2:] if len(name) > 6 else mask_name(name)
