"""Accepting an invitation by ORM objects, marshmallow and flask-smorest, served by gunicorn.

The same steps as ours, each as a team would write it with a session: load the account, look for the kept answer, lock
the graduate and compare the PIN, lock the invitation, check the rules, change and add objects, flush, dump the whole
invitation, keep the answer, commit. The words of the answer come from the same tables as ours.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, abort, request
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import clock, workdays
from app.codes import regions
from app.codes.standing import DESK_NAMES
from app.codes.tables import label
from app.models import Account, Claim, Event, Filing, Graduate, IdempotentAnswer, Invitation
from app.models.claim import HOLDING
from app.queries.glance import glance
from app.schemas import answers, signing
from app.sealing import Sealer
from bench.peers.orm import Card, make_app, session, settings, signed_in

application, api = make_app(__name__)
blueprint = Blueprint("invitations", __name__, url_prefix="/api/v1")
sealer = Sealer(settings)
TRIES = 5


@blueprint.route("/invitations/<uuid:invitation_id>/accept")
class Accept(MethodView):
    @blueprint.arguments(signing.Accept)
    @blueprint.response(200, answers.InvitationOut)
    def post(self, data: dict[str, Any], invitation_id: uuid.UUID) -> Response:
        database, account = session(), signed_in()
        key = uuid.UUID(request.headers["Idempotency-Key"])
        fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data()).digest()
        kept = database.get(IdempotentAnswer, (account.id, key))
        if kept is not None:
            if kept.fingerprint != fingerprint:
                abort(422)
            return Response(kept.body, kept.status, mimetype="application/json")
        check_pin(database, account, data["pin"])
        invitation = accept(database, account, invitation_id, data["terms_hash"])
        body = json.dumps(answers.InvitationOut().dump(whole(database, account, invitation))).encode()
        database.add(
            IdempotentAnswer(
                account_id=account.id,
                key=key,
                fingerprint=fingerprint,
                status=200,
                body=body,
                etag=str(invitation.version),
            )
        )
        database.commit()
        return Response(body, 200, {"ETag": f'"{invitation.version}"'}, mimetype="application/json")


api.register_blueprint(blueprint)


def check_pin(database: Session, account: Account, pin: str) -> None:
    graduate = database.get(Graduate, account.graduate_id, with_for_update=True, populate_existing=True)
    now = datetime.now(UTC)
    if graduate is None or graduate.pin is None:
        abort(409)
    if graduate.pin_paused_until is not None and graduate.pin_paused_until > now:
        abort(429)
    if graduate.pin != sealer.pin(graduate.id, pin):
        graduate.pin_failures += 1
        if graduate.pin_failures >= TRIES:
            graduate.pin_paused_until = now + timedelta(minutes=15)
        database.commit()
        abort(422)
    graduate.pin_failures, graduate.pin_paused_until = 0, None


def accept(database: Session, account: Account, invitation_id: uuid.UUID, terms_hash: str) -> Invitation:
    invitation = database.get(Invitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.graduate_id != account.graduate_id:
        abort(404)
    now = datetime.now(UTC)
    seen = int(request.headers["If-Match"].strip('"').split(".")[0])
    check_rules(database, invitation, account, now)
    if invitation.version != seen or invitation.terms_hash != terms_hash:
        abort(412)
    claim, filing = follow(invitation, account, now)
    invitation.state = "accepted"
    invitation.version += 1
    database.add(claim)
    database.flush()
    database.add(filing)
    facts = {"factor": "pin", "terms_hash": invitation.terms_hash}
    submitted = {"kind": filing.kind, "what": "线上签约", "stage": filing.stages[0], "subject": filing.subject}
    database.add_all(
        [
            event(account, invitation, "invitation", "accept", "pending", "invitation.accepted", facts),
            event(account, claim, "claim", "open", "", "claim.opened", {"invitation": str(invitation.id)}),
            event(account, filing, filing.machine, "submit", "", "filing.submitted", submitted),
        ]
    )
    database.flush()
    return invitation


def check_rules(database: Session, invitation: Invitation, account: Account, now: datetime) -> None:
    graduate = account.graduate  # type: ignore[attr-defined]
    held = database.scalars(select(Claim).where(Claim.graduate_id == graduate.id, Claim.state.in_(HOLDING))).first()
    wrong = (
        held is not None
        or invitation.state != "pending"
        or now >= invitation.respond_by
        or graduate.base_state != "confirmed"
        or graduate.training_mode in ("2", "4")
    )
    if wrong:
        abort(409)


def follow(invitation: Invitation, account: Account, now: datetime) -> tuple[Claim, Filing]:
    graduate, school = account.graduate, account.graduate.school  # type: ignore[attr-defined]
    stages = school.stages.get("online_signing", school.stages["*"])
    claim = Claim(
        id=uuid.uuid4(),
        school_id=invitation.school_id,
        class_year=invitation.class_year,
        graduate_id=graduate.id,
        kind="online_signing",
        state="in_review",
        title=invitation.terms["employer_name"],
        invitation_id=invitation.id,
        evidence={
            "terms_hash": invitation.terms_hash,
            "clauses": invitation.clauses,
            "terms": invitation.terms,
            "party": invitation.party,
            "factor": "pin",
            "accepted_at": now.isoformat(),
            "respond_by": invitation.respond_by.isoformat(),
            "invitation_version": invitation.version,
        },
    )
    filing = Filing(
        id=uuid.uuid4(),
        school_id=invitation.school_id,
        class_year=invitation.class_year,
        college_id=graduate.college_id,
        graduate_id=graduate.id,
        claim_id=claim.id,
        kind="online_signing",
        lane="destination",
        subject=invitation.terms["employer_name"],
        machine="filing." + "-".join(stages),
        stages=stages,
        state=f"{stages[0]}_review",
        form=invitation.terms,
        due_on=workdays.after(clock.beijing(now).date(), school.review_days),
    )
    return claim, filing


def event(
    account: Account, row: Any, machine: str, action: str, source: str, name: str, facts: dict[str, Any]
) -> Event:
    return Event(
        name=name,
        machine=machine,
        subject=row.id,
        version=row.version or 1,
        action=action,
        source=source,
        target=row.state,
        actor_id=account.id,
        actor_role=account.role,
        school_id=row.school_id,
        graduate_id=row.graduate_id,
        facts=facts,
        request_id=uuid.uuid4().hex,
    )


def whole(database: Session, account: Account, invitation: Invitation) -> dict[str, Any]:
    """What ``InvitationOut`` dumps."""
    now = datetime.now(UTC)
    claims = database.scalars(
        select(Claim)
        .where(Claim.graduate_id == invitation.graduate_id)
        .order_by(Claim.opened_at.desc())
        .options(selectinload(Claim.filings))  # type: ignore[attr-defined]
    ).all()
    card = Card(invitation, list(claims), now)
    assert card.claim is not None and card.filing is not None
    subjects = [invitation.id, card.claim.id, card.filing.id]
    events = database.scalars(
        select(Event).where(Event.subject.in_(subjects)).order_by(Event.id.desc()).options(joinedload(Event.actor))  # type: ignore[attr-defined]
    ).all()
    sender = database.get_one(Account, invitation.sent_by)
    terms = invitation.terms
    shown = {name: getattr(card, name) for name in ("id", "kind", "state", "title", "line", "turn", "steps", "href")}
    return shown | {
        "main_action": card.main_action,
        "version": invitation.version,
        "actions": [
            {"action": "take_back", "label": "撤回应约", "possible": True, "reason": None},
            {"action": "download", "label": "下载电子协议书", "possible": False, "reason": "学校审核通过后就能下载。"},
        ],
        "employer": {
            "name": terms["employer_name"],
            "credit_code": terms["credit_code"],
            "credit_code_checked": True,
            "nature": label("nature", terms["nature"]),
            "industry": label("industry", terms["industry"]),
            "place": regions.short_name(terms["region"]),
            "address": regions.full_name(terms["region"]) + terms["address"],
            "contact_name": terms["contact_name"],
        },
        "graduate": None,
        "sent_by": {"name": sender.name, "title": sender.title},
        "sent_at": invitation.sent_at,
        "respond_by": invitation.respond_by,
        "opened_at": invitation.opened_at,
        "reason": invitation.reason,
        "terms": glance(terms),
        "form": None,
        "clauses": invitation.clauses,
        "terms_hash": invitation.terms_hash,
        "others_open": others_open(database, invitation, now),
        "before_it": before_it(database, card.filing),
        "replaces_id": invitation.replaces_id,
        "replaced_by_id": replaced_by(database, invitation),
        "history": [line for item in events if (line := history(item)) is not None],
        "agreement": None,
        "termination": None,
        "help": account.graduate.school.contact,  # type: ignore[attr-defined]
    }


def others_open(database: Session, invitation: Invitation, now: datetime) -> int | None:
    return database.scalar(
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.graduate_id == invitation.graduate_id,
            Invitation.id != invitation.id,
            Invitation.state == "pending",
            Invitation.respond_by > now,
        )
    )


def replaced_by(database: Session, invitation: Invitation) -> uuid.UUID | None:
    same_graduate = Invitation.graduate_id == invitation.graduate_id
    return database.scalar(select(Invitation.id).where(same_graduate, Invitation.replaces_id == invitation.id).limit(1))


def before_it(database: Session, filing: Filing) -> int | None:
    same_desk = [Filing.state == filing.state, Filing.school_id == filing.school_id]
    if filing.state != "school_review":
        same_desk.append(Filing.college_id == filing.college_id)
    return database.scalar(
        select(func.count()).select_from(Filing).where(*same_desk, Filing.stage_since < filing.stage_since)
    )


def history(item: Event) -> dict[str, Any] | None:
    actor = item.actor  # type: ignore[attr-defined]
    match item.name:
        case "invitation.sent":
            note = f"应约截止 {clock.in_words(datetime.fromisoformat(item.facts['respond_by']))}"
            return {"at": item.at, "title": "单位发来邀请", "who": f"{actor.name}（{actor.title}）", "note": note}
        case "invitation.accepted":
            return {"at": item.at, "title": "你接受了邀请", "who": None, "note": "以操作码确认"}
        case "filing.passed":
            return {
                "at": item.at,
                "title": f"{DESK_NAMES[item.facts['stage']]}审核通过",
                "who": actor.name,
                "note": None,
            }
    return None
