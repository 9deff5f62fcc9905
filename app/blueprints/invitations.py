"""签约邀请: both parties' routes."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection

from app.access import Role
from app.blueprints.signing_views import shown
from app.http import act, answer, if_match, needs, services
from app.identity import pins, refs
from app.problems import NotFound
from app.queries import cursors, people
from app.queries import invitations as read
from app.schemas import answers, signing
from app.workflows import agreement, invitation

blueprint = Blueprint("invitations", __name__, url_prefix="/api/v1", description="签约邀请")
PARTIES = (Role.GRADUATE, Role.EMPLOYER)


@blueprint.get("/invitations")
@needs(*PARTIES)
@blueprint.arguments(signing.InvitationQuery, location="query")
@blueprint.response(200, answers.CardPage)
def listed(query: dict[str, Any]) -> Response:
    """One's own invitations, newest first."""
    window = cursors.window(query["limit"], query["after"])
    with services().db.reading() as connection:
        return answer(read.listed(connection, g.actor, query["group"], window))


@blueprint.get("/invitations/counts")
@needs(Role.EMPLOYER)
@blueprint.response(200, answers.InvitationCounts)
def counts() -> Response:
    """How many of the employer's invitations stand where."""
    with services().db.reading() as connection:
        return answer(read.counts(connection, g.actor))


@blueprint.get("/invitations/<uuid:invitation_id>")
@needs(*PARTIES)
@blueprint.response(200, answers.InvitationOut)
def one(invitation_id: uuid.UUID) -> Response:
    """A whole invitation with terms, text, history and possible actions."""
    with services().db.reading() as connection:
        return shown(connection, invitation_id)


@blueprint.post("/invitations/<uuid:invitation_id>/open")
@needs(Role.GRADUATE)
@blueprint.response(204)
def opened(invitation_id: uuid.UUID) -> Response:
    """Remember that the graduate has looked at it."""
    with services().db.transaction() as connection:
        invitation.note_opened(connection, g.actor, invitation_id)
    return Response(status=204)


@blueprint.post("/invitations/<uuid:invitation_id>/accept")
@needs(Role.GRADUATE)
@blueprint.arguments(signing.Accept)
@blueprint.response(200, answers.InvitationOut)
@act
def accept(connection: Connection, data: dict[str, Any], invitation_id: uuid.UUID) -> Response:
    """接受: the graduate's other invitations become view-only."""
    seen = if_match()
    pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])
    invitation.accept(connection, g.actor, invitation_id, seen=seen, terms_hash=data["terms_hash"], factor="pin")
    return shown(connection, invitation_id)


@blueprint.post("/invitations/<uuid:invitation_id>/refuse")
@needs(Role.GRADUATE)
@blueprint.arguments(signing.Why)
@blueprint.response(200, answers.InvitationOut)
@act
def refuse(connection: Connection, data: dict[str, Any], invitation_id: uuid.UUID) -> Response:
    """拒绝, with a reason if one likes."""
    invitation.refuse(connection, g.actor, invitation_id, seen=if_match(), reason=data["reason"])
    return shown(connection, invitation_id)


@blueprint.post("/invitations/<uuid:invitation_id>/take-back")
@needs(Role.GRADUATE)
@blueprint.arguments(signing.TakeBack)
@blueprint.response(200, answers.InvitationOut)
@act
def take_back(connection: Connection, data: dict[str, Any], invitation_id: uuid.UUID) -> Response:
    """撤回应约 while no desk has decided."""
    seen = if_match()
    pins.check_pin(connection, g.actor.graduate_id, services().sealer, data["pin"])
    invitation.take_back(connection, g.actor, invitation_id, seen=seen)
    return shown(connection, invitation_id)


@blueprint.post("/invitations")
@needs(Role.EMPLOYER)
@blueprint.arguments(signing.Send)
@blueprint.response(201, answers.InvitationOut)
@act
def send(connection: Connection, data: dict[str, Any]) -> Response:
    """发起签约邀请 to the graduate that ``graduate_ref`` stands for."""
    graduate_id, holder = refs.read(services().settings, refs.GRADUATE, data["graduate_ref"])
    if holder != g.actor.employer_id:
        raise NotFound
    return _send(connection, graduate_id, data)


@blueprint.post("/invitations/<uuid:invitation_id>/withdraw")
@needs(Role.EMPLOYER)
@blueprint.arguments(signing.Why)
@blueprint.response(200, answers.InvitationOut)
@act
def withdraw(connection: Connection, data: dict[str, Any], invitation_id: uuid.UUID) -> Response:
    """撤回 while the graduate has not answered."""
    invitation.withdraw(connection, g.actor, invitation_id, seen=if_match(), reason=data["reason"])
    return shown(connection, invitation_id)


@blueprint.post("/invitations/<uuid:invitation_id>/extend")
@needs(Role.EMPLOYER)
@blueprint.arguments(signing.Extend)
@blueprint.response(200, answers.InvitationOut)
@act
def extend(connection: Connection, data: dict[str, Any], invitation_id: uuid.UUID) -> Response:
    """Put the deadline off."""
    invitation.extend(connection, g.actor, invitation_id, seen=if_match(), respond_on=data["respond_on"])
    return shown(connection, invitation_id)


@blueprint.post("/invitations/<uuid:invitation_id>/replace")
@needs(Role.EMPLOYER)
@blueprint.arguments(signing.Replace)
@blueprint.response(201, answers.InvitationOut)
@act
def replace(connection: Connection, data: dict[str, Any], invitation_id: uuid.UUID) -> Response:
    """Other terms: the open invitation is withdrawn and a new one, linked to it, is sent in the same moment."""
    graduate_id = invitation.make_way(connection, g.actor, invitation_id, seen=if_match())
    return _send(connection, graduate_id, data, replaces=invitation_id)


def _send(
    connection: Connection, graduate_id: uuid.UUID, data: dict[str, Any], replaces: uuid.UUID | None = None
) -> Response:
    graduate = people.by_id(connection, graduate_id)
    employer = people.employer(connection, g.actor)
    invitation.check_own_name(employer, data["terms"])
    composed = agreement.compose(data["terms"], graduate, services().sealer)
    sent = invitation.send(
        connection,
        g.actor,
        graduate=graduate,
        terms=data["terms"],
        party=composed.party,
        clauses=composed.clauses,
        terms_hash=composed.terms_hash,
        respond_on=data["respond_on"],
        replaces=replaces,
    )
    return shown(connection, sent, status=201)
