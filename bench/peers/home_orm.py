"""The home page by ORM objects, marshmallow and flask-smorest, as their quick starts say; served by gunicorn.

Related rows come by ``joinedload`` (to one) and ``selectinload`` (to many), as SQLAlchemy's guide advises.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.models import Account, Claim, Filing, Graduate, Invitation, Message, Module, Transfer
from app.models.claim import HOLDING
from app.models.filing import AT_DESKS, EDITABLE
from app.queries import filing_pages
from app.queries.entries import entries
from app.schemas import answers
from bench.peers.orm import Card, make_app, session, signed_in

application, api = make_app(__name__)
blueprint = Blueprint("home", __name__, url_prefix="/api/v1")


@blueprint.route("/home")
class Home(MethodView):
    @blueprint.response(200, answers.Home)
    def get(self) -> dict[str, Any]:
        return page(session(), signed_in())


api.register_blueprint(blueprint)


def page(database: Session, account: Account) -> dict[str, Any]:
    now = datetime.now(UTC)
    graduate = account.graduate  # type: ignore[attr-defined]
    claims = database.scalars(
        select(Claim)
        .where(Claim.graduate_id == graduate.id)
        .order_by(Claim.opened_at.desc())
        .options(selectinload(Claim.filings))  # type: ignore[attr-defined]
    ).all()
    invitations = database.scalars(
        select(Invitation)
        .where(Invitation.graduate_id == graduate.id, Invitation.state.in_(["pending", "accepted"]))
        .order_by((Invitation.state == "pending").desc(), Invitation.respond_by)
    ).all()
    unread = database.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.recipient == account.id,
            Message.read_at.is_(None),
            Message.state != "cancelled",
            Message.due_at <= func.now(),
        )
    )
    cards = [card for card in (Card(item, list(claims), now) for item in invitations) if _shown(card, now)]
    return _page(
        graduate, cards, unread or 0, _own(database, graduate, now), _entries(database, graduate, list(claims))
    )


def _own(database: Session, graduate: Graduate, now: datetime) -> list[dict[str, Any]]:
    """Filings that no invitation brought about, as the same cards."""
    filings = database.scalars(
        select(Filing)
        .join(Claim, Claim.id == Filing.claim_id, isouter=True)
        .where(Filing.graduate_id == graduate.id, Claim.invitation_id.is_(None))
        .order_by(Filing.state.in_(EDITABLE).desc(), Filing.stage_since.desc())
    ).all()
    under_way = (*EDITABLE, *AT_DESKS)
    week_ago = now - timedelta(days=7)
    decided = [one for one in filings if one.state in ("approved", "rejected") and one.stage_since > week_ago]
    shown = [*(one for one in filings if one.state in under_way), *decided[:2]]
    return [
        filing_pages.card({**vars(one), "claim_state": None, "rejected_by": None, "following": None}) for one in shown
    ]


def _shown(card: Card, now: datetime) -> bool:
    if card.state == "pending":
        return not card.late
    if card.claim is None or card.claim.state in ("in_review", "effective", "terminating"):
        return card.claim is not None
    return (
        card.claim.state == "failed" and card.filing is not None and card.filing.stage_since > now - timedelta(days=7)
    )


def _page(
    graduate: Graduate, cards: list[Card], unread: int, own: list[dict[str, Any]], doors: list[dict[str, Any]]
) -> dict[str, Any]:
    answerable = [card for card in cards if card.turn["who"] == "mine" and card.state == "pending"]
    running = [card for card in cards if card.state == "accepted"]
    viewing = [card for card in cards if card.state == "pending" and card.turn["who"] != "mine"]
    return {
        "name": graduate.name,
        "greeting_name": graduate.name[-2:] if len(graduate.name) > 2 else graduate.name,
        "base_state": graduate.base_state,
        "standing": {"text": _standing(running, answerable)},
        "open_invitations": len(answerable),
        "view_only_invitations": len(viewing),
        "cards": [*answerable[:1], *running, *own, *(answerable[1:] if not running else [])],
        "entries": doors,
        "unread": unread,
    }


def _standing(running: list[Card], answerable: list[Card]) -> str:
    for card in running:
        if card.turn["who"] == "done":
            return "你已签约成功，去向登记为签就业协议形式就业。"
        if card.turn["who"] == "others":
            return f"{str(card.turn['text']).removesuffix('中')}后生效，现在不用你做什么。"
    return "你还没有登记去向。先看最急的一份。" if answerable else "你还没有登记去向。"


def _entries(database: Session, graduate: Graduate, claims: list[Claim]) -> list[dict[str, Any]]:
    """The words come from the same table as ours."""
    modules = database.scalars(
        select(Module).where(Module.school_id == graduate.school_id, Module.class_year == graduate.class_year)
    ).all()
    transfers = database.scalars(select(Transfer).where(Transfer.graduate_id == graduate.id)).all()
    now = datetime.now(UTC)
    held = next((claim for claim in claims if claim.state in HOLDING), None)
    return entries(
        {
            "training_mode": graduate.training_mode,
            "hukou_moved": graduate.hukou_moved,
            "modules": {module.name: _switch(module, now) for module in modules},
            "registered": {transfer.lane: transfer.state for transfer in transfers},
            "held": {"state": held.state} if held is not None else None,
        }
    )


def _switch(module: Module, now: datetime) -> str:
    if module.closes_at is not None and module.closes_at <= now:
        return "closed"
    return "open" if module.opens_at <= now else "later"
