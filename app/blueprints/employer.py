"""用人单位: its own data, finding a graduate, and the text before it is sent."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection, Row

from app import limits
from app.access import REVIEWERS, Role
from app.codes.tables import label
from app.http import answer, needs, services
from app.identity import cards, refs
from app.problems import NotFound
from app.queries import people
from app.queries.glance import glance
from app.schemas import answers, signing
from app.workflows import agreement, invitation

blueprint = Blueprint("employer", __name__, url_prefix="/api/v1", description="用人单位")
DEFAULT_KEYS = (
    "nature",
    "industry",
    "region",
    "address",
    "contact_name",
    "contact_landline",
    "contact_mobile",
    "contact_email",
)


@blueprint.get("/employer/me")
@needs(Role.EMPLOYER)
@blueprint.response(200, answers.EmployerMe)
def me() -> Response:
    """The employer, and the form prefilled from it."""
    with services().db.reading() as connection:
        row = people.employer(connection, g.actor)
    own = {key: getattr(row, key) for key in ("id", "name", "credit_code", *DEFAULT_KEYS)}
    defaults = {"employer_name": row.name, "credit_code": row.credit_code} | {key: own[key] for key in DEFAULT_KEYS}
    return answer({"employer": own, "defaults": defaults})


@blueprint.get("/employers")
@needs(Role.GRADUATE, *REVIEWERS)
@blueprint.arguments(signing.EmployerQuery, location="query")
@blueprint.response(200, answers.KnownEmployers)
def known(query: dict[str, Any]) -> Response:
    """Employers that sign online, by the beginning of their name or their whole credit code; to complete a form."""
    held = services()
    held.limiter.take(limits.EMPLOYERS_PER_ACCOUNT, g.actor.id)
    with held.db.reading() as connection:
        return answer({"items": people.signing_online(connection, query["q"])})


@blueprint.post("/graduate-lookups")
@needs(Role.EMPLOYER)
@blueprint.arguments(signing.Lookup)
@blueprint.response(200, answers.LookupOut)
def look_up(data: dict[str, Any]) -> Response:
    """Find one graduate by exact name and ID number, or by the card shown."""
    held = services()
    held.limiter.take(limits.LOOKUPS_PER_ACCOUNT, g.actor.id)
    with held.db.reading() as connection:
        if data["card"]:
            row = people.by_id(connection, cards.read_card(held.settings, data["card"]))
        else:
            row = _found(connection, data)
        obstacle = invitation.obstacle(connection, g.actor, row)
    reference, _ = refs.issue(held.settings, refs.GRADUATE, row.graduate_id, g.actor.employer_id)
    return answer(
        {
            "graduate": {
                "ref": reference,
                "name": row.name,
                "school": row.school_name,
                "college": row.college_name,
                "major": row.major,
                "degree": label("degree_short", row.degree),
                "graduates_on": f"{row.graduates_on[:4]}-{row.graduates_on[4:]}",
                "by": "card" if data["card"] else "name_and_id",
            },
            "can_invite": obstacle is None,
            "reason": obstacle,
            "max_days": row.invitation_days_max,
            "default_days": min(invitation.DEFAULT_DAYS, row.invitation_days_max),
        }
    )


def _found(connection: Connection, data: dict[str, Any]) -> Row[Any]:
    """By name and number; what finds nobody is counted harder, so that nobody can be guessed."""
    held = services()
    try:
        return people.by_name_and_number(connection, data["name"], held.sealer.index(data["id_number"], "id_number"))
    except NotFound:
        held.limiter.take(limits.MISSES_PER_ACCOUNT, g.actor.id)
        raise


@blueprint.post("/agreement-previews")
@needs(Role.EMPLOYER)
@blueprint.arguments(signing.Preview)
@blueprint.response(200, answers.PreviewOut)
def preview(data: dict[str, Any]) -> Response:
    """The text exactly as the graduate will see it."""
    held = services()
    with held.db.reading() as connection:
        graduate_id = _graduate_of(connection, data)
        invitation.check_own_name(people.employer(connection, g.actor), data["terms"])
        composed = agreement.compose(data["terms"], people.by_id(connection, graduate_id), held.sealer)
    return answer({"glance": glance(data["terms"]), "clauses": composed.clauses, "terms_hash": composed.terms_hash})


def _graduate_of(connection: Connection, data: dict[str, Any]) -> uuid.UUID:
    """Whom a text is for; what belongs to another employer is not there."""
    if data["invitation_id"] is not None:
        found: uuid.UUID = invitation.load(connection, g.actor, data["invitation_id"]).graduate_id
        return found
    graduate_id, holder = refs.read(services().settings, refs.GRADUATE, data["graduate_ref"])
    if holder != g.actor.employer_id:
        raise NotFound
    return graduate_id
