"""线上解约: both parties' routes, and the school's where it was asked to help."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint
from sqlalchemy import Connection

from app.access import REVIEWERS, Role
from app.http import act, answer, if_match, needs, services
from app.identity import pins
from app.problems import Invalid
from app.queries import cursors
from app.queries import terminations as read
from app.schemas import signing, terminations
from app.workflows import termination

blueprint = Blueprint("terminations", __name__, url_prefix="/api/v1", description="线上解约")
PARTIES = (Role.GRADUATE, Role.EMPLOYER)


@blueprint.get("/terminations")
@needs(Role.SCHOOL)
@blueprint.arguments(terminations.HelpQuery, location="query")
@blueprint.response(200, terminations.AskingHelpPage)
def asking_help(query: dict[str, Any]) -> Response:
    """What the school was asked to help with (请学校协助), the oldest first."""
    window = cursors.window(query["limit"], query["after"])
    with services().db.reading() as connection:
        return answer(read.asking_help(connection, g.actor, window))


@blueprint.post("/terminations")
@needs(*PARTIES)
@blueprint.arguments(terminations.Request)
@blueprint.response(201, terminations.TerminationOut)
@act
def request(connection: Connection, data: dict[str, Any]) -> Response:
    """申请解约 of an effective online signing."""
    _check_pin(connection, data["pin"])
    made = termination.request(connection, g.actor, data["claim_id"], reason=data["reason"], note=data["note"])
    return _shown(connection, made, status=201)


@blueprint.get("/terminations/<uuid:termination_id>")
@needs(*PARTIES, *REVIEWERS)
@blueprint.response(200, terminations.TerminationOut)
def one(termination_id: uuid.UUID) -> Response:
    """A termination with what happened and what can be done."""
    with services().db.reading() as connection:
        return _shown(connection, termination_id)


@blueprint.post("/terminations/<uuid:termination_id>/accept")
@needs(*PARTIES)
@blueprint.arguments(terminations.Answer)
@blueprint.response(200, terminations.TerminationOut)
@act
def accept(connection: Connection, data: dict[str, Any], termination_id: uuid.UUID) -> Response:
    """同意解约 by the other party; the offices decide next."""
    seen = if_match()
    _check_pin(connection, data["pin"])
    termination.accept(connection, g.actor, termination_id, seen=seen)
    return _shown(connection, termination_id)


@blueprint.post("/terminations/<uuid:termination_id>/refuse")
@needs(*PARTIES)
@blueprint.arguments(signing.Why)
@blueprint.response(200, terminations.TerminationOut)
@act
def refuse(connection: Connection, data: dict[str, Any], termination_id: uuid.UUID) -> Response:
    """拒绝解约 by the other party; the signing stays effective."""
    termination.refuse(connection, g.actor, termination_id, seen=if_match(), reason=data["reason"])
    return _shown(connection, termination_id)


@blueprint.post("/terminations/<uuid:termination_id>/cancel")
@needs(*PARTIES)
@blueprint.arguments(signing.Empty)
@blueprint.response(200, terminations.TerminationOut)
@act
def cancel(connection: Connection, data: dict[str, Any], termination_id: uuid.UUID) -> Response:
    """撤销申请 by the starter while there is no answer."""
    termination.cancel(connection, g.actor, termination_id, seen=if_match())
    return _shown(connection, termination_id)


@blueprint.post("/terminations/<uuid:termination_id>/ask-help")
@needs(*PARTIES)
@blueprint.arguments(signing.Empty)
@blueprint.response(200, terminations.TerminationOut)
@act
def ask_help(connection: Connection, data: dict[str, Any], termination_id: uuid.UUID) -> Response:
    """请学校协助 by the starter after fifteen days without an answer."""
    termination.ask_help(connection, g.actor, termination_id, seen=if_match())
    return _shown(connection, termination_id)


@blueprint.post("/terminations/<uuid:termination_id>/settle")
@needs(Role.SCHOOL)
@blueprint.arguments(terminations.Settle)
@blueprint.response(200, terminations.TerminationOut)
@act
def settle(connection: Connection, data: dict[str, Any], termination_id: uuid.UUID) -> Response:
    """The school, asked to help, takes it to review or lets the signing stay, and notes what it found out."""
    agreed = data["outcome"] == "agreed"
    termination.settle(connection, g.actor, termination_id, seen=if_match(), agreed=agreed, note=data["note"])
    return _shown(connection, termination_id)


def _check_pin(connection: Connection, pin: str | None) -> None:
    """A graduate proves the will by PIN (操作码); an employer's log-in is its proof."""
    if g.actor.role is not Role.GRADUATE:
        return
    if pin is None:
        raise Invalid.field("/pin", "请输入操作码。")
    pins.check_pin(connection, g.actor.graduate_id, services().sealer, pin)


def _shown(connection: Connection, termination_id: uuid.UUID, status: int = 200) -> Response:
    content, filing_version = read.one(connection, g.actor, termination_id)
    return answer(content, status=status, etag=f"{content['version']}.{filing_version}")
