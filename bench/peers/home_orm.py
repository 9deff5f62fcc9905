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

from app.models import Account, Claim, Graduate, Invitation, Message
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
    return _page(graduate, cards, unread or 0)


def _shown(card: Card, now: datetime) -> bool:
    if card.state == "pending":
        return not card.late
    if card.claim is None or card.claim.state in ("in_review", "effective"):
        return card.claim is not None
    return (
        card.claim.state == "failed" and card.filing is not None and card.filing.stage_since > now - timedelta(days=7)
    )


def _page(graduate: Graduate, cards: list[Card], unread: int) -> dict[str, Any]:
    answerable = [card for card in cards if card.turn["who"] == "mine"]
    running = [card for card in cards if card.state == "accepted"]
    viewing = [card for card in cards if card.state == "pending" and card.turn["who"] != "mine"]
    return {
        "name": graduate.name,
        "greeting_name": graduate.name[-2:] if len(graduate.name) > 2 else graduate.name,
        "base_state": graduate.base_state,
        "standing": {"text": _standing(running, answerable)},
        "open_invitations": len(answerable),
        "view_only_invitations": len(viewing),
        "cards": answerable[:1] + running + (answerable[1:] if not running else []),
        "entries": _entries(graduate, bool(running)),
        "unread": unread,
    }


def _standing(running: list[Card], answerable: list[Card]) -> str:
    for card in running:
        if card.turn["who"] == "done":
            return "你已签约成功，去向登记为签就业协议形式就业。"
        if card.turn["who"] == "others":
            return f"{str(card.turn['text']).removesuffix('中')}后生效，现在不用你做什么。"
    return "你还没有登记去向。先看最急的一份。" if answerable else "你还没有登记去向。"


def _entries(graduate: Graduate, signed: bool) -> list[dict[str, Any]]:
    commissioned = graduate.training_mode in ("2", "4")
    notes = {
        "destination": (
            "毕业去向填报",
            "定向、委培毕业生的去向由学校登记" if commissioned else "学校尚未启用，目前请由单位在线邀请签约",
        ),
        "archive": ("档案信息登记", "学校尚未启用"),
        "hukou": ("户口信息登记", "学校尚未启用" if graduate.hukou_moved else "不开放：你的户口没有迁入学校"),
        "confirmation": ("去向登记确认", "学校上报去向后开放" if signed else "登记去向并由学校上报后开放"),
        "verification": ("查询核验", "你确认去向后可用"),
    }
    return [{"key": key, "title": title, "open": False, "note": note} for key, (title, note) in notes.items()]
