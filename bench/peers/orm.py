"""What both ORM peers share: the tables as related objects, the session of a request, the signed-in account.

The product's models are mapped classes already; a team that works with ORM objects would relate them, as SQLAlchemy's
quick start does. The relationships are added in the peers' own processes only.
"""

from __future__ import annotations

import uuid
from typing import cast

import jwt
from flask import Flask, abort, g, request
from flask_smorest import Api
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, joinedload, relationship, sessionmaker

from app.codes import standing
from app.models import Account, Claim, College, Employer, Event, Filing, Graduate, Invitation, School
from app.models.claim import HOLDING
from app.settings import Settings

Account.graduate = relationship(Graduate)  # type: ignore[attr-defined]
Account.employer = relationship(Employer)  # type: ignore[attr-defined]
Account.college = relationship(College)  # type: ignore[attr-defined]
Graduate.school = relationship(School)  # type: ignore[attr-defined]
Graduate.invitations = relationship(Invitation, back_populates="graduate")  # type: ignore[attr-defined]
Graduate.claims = relationship(  # type: ignore[attr-defined]
    Claim, back_populates="graduate", order_by=Claim.opened_at.desc()
)
Invitation.graduate = relationship(Graduate, back_populates="invitations")  # type: ignore[attr-defined]
Invitation.sender = relationship(Account, foreign_keys=Invitation.sent_by)  # type: ignore[attr-defined]
Invitation.school = relationship(School)  # type: ignore[attr-defined]
Claim.graduate = relationship(Graduate, back_populates="claims")  # type: ignore[attr-defined]
Claim.filings = relationship(Filing, order_by=Filing.submitted_at.desc())  # type: ignore[attr-defined]
Event.actor = relationship(  # type: ignore[attr-defined]
    Account, primaryjoin="foreign(Event.actor_id) == Account.id", viewonly=True
)

settings = Settings.from_environment()
engine = create_engine(settings.database_url)
make_session = sessionmaker(engine)


def make_app(name: str) -> tuple[Flask, Api]:
    """An application as flask-smorest's quick start begins it."""
    app = Flask(name)
    app.config |= {"API_TITLE": "peer", "API_VERSION": "v1", "OPENAPI_VERSION": "3.1.0"}
    app.add_url_rule("/healthz", view_func=lambda: "alive")
    app.teardown_appcontext(_close)
    return app, Api(app)


def session() -> Session:
    """The request's session, closed when the request ends."""
    if "session" not in g:
        g.session = make_session()
    return cast(Session, g.session)


def _close(error: BaseException | None) -> None:
    if (opened := g.pop("session", None)) is not None:
        opened.close()


def signed_in(role: str = "graduate") -> Account:
    """The account of the request's token, with its graduate and school where it is one of a graduate."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        abort(401)
    try:
        claims = jwt.decode(
            token,
            settings.token_keys[0].secret,
            algorithms=["HS256"],
            audience="api",
            issuer=settings.public_url,
            options={"require": ["exp", "sub"]},
        )
    except jwt.InvalidTokenError:
        abort(401)
    account = session().get(
        Account,
        uuid.UUID(claims["sub"]),
        options=[joinedload(Account.graduate).joinedload(Graduate.school)],  # type: ignore[attr-defined]
    )
    if account is None or account.session_version != claims["ver"] or account.disabled_at is not None:
        abort(401)
    if account.role != role:
        abort(403)
    return account


class Card:
    """A card out of an invitation object, for marshmallow to dump; the words come from the same table as ours."""

    kind = "online_signing"

    def __init__(self, invitation: Invitation, claims: list[Claim], now: object) -> None:
        own = [claim for claim in claims if claim.invitation_id == invitation.id]
        self.claim = own[0] if invitation.state == "accepted" and own else None
        self.filing = self.claim.filings[0] if self.claim and self.claim.filings else None  # type: ignore[attr-defined]
        self.held = any(claim.state in HOLDING and claim is not self.claim for claim in claims)
        self.late = invitation.respond_by <= now
        self.invitation = invitation
        self.id, self.state = invitation.id, invitation.state
        self.title = invitation.terms["employer_name"]
        self.href = f"/invitations/{invitation.id}"

    @property
    def line(self) -> str:
        terms = self.invitation.terms
        pay = terms["regular_pay_cents"]
        what = "签约邀请" if self.state != "accepted" else "线上签约"
        return " · ".join(part for part in (what, terms["position"], f"{pay // 100:,} 元/月" if pay else None) if part)

    @property
    def turn(self) -> dict[str, object]:
        found = standing.turn(
            "graduate",
            self.state,
            self.filing and self.filing.state,
            self.claim and self.claim.state,
            late=self.late and self.state == "pending",
            held=self.held,
        )
        due = self.filing.due_on if self.filing else None
        note = (f"最晚 {due.month}月{due.day}日" if due else "通常 3 个工作日内") if found.aged else None
        return {
            "who": found.who,
            "text": found.text,
            "until": self.invitation.respond_by if found.timed else None,
            "since": self.filing.stage_since if found.aged and self.filing else None,
            "note": note,
        }

    @property
    def steps(self) -> list[dict[str, str]]:
        stages = self.invitation.school.stages  # type: ignore[attr-defined]
        levels = tuple(self.filing.stages if self.filing else stages.get(self.kind, stages["*"]))
        late = self.late and self.state == "pending"
        found = standing.steps("graduate", self.state, self.filing and self.filing.state, levels, late)
        return [{"label": label, "state": state} for label, state in found]

    @property
    def main_action(self) -> dict[str, str] | None:
        return {"label": "看条款并答复"} if self.turn["who"] == "mine" else None
