"""Who writes to the public account (公众号), and how that person stands: one statement for one WeChat user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSON

from app.queries import cards, home

# Without a graduate the contact is the only school's, if there is but one.
_FOLLOWER = text(f"""
    SELECT to_json(page) AS page FROM (
    SELECT g.name, g.base_state, a.disabled_at IS NOT NULL AS disabled, s.name AS school, s.contact,
        (SELECT count(*) FROM invitation i
            WHERE i.graduate_id = g.id AND i.state = 'pending' AND i.respond_by > clock_timestamp()) AS open,
        {home.CARDS} AS cards, {home.HELD} AS held
    FROM (SELECT 1) one
    LEFT JOIN wechat_follower w ON w.app_id = :app AND w.openid = :openid
    LEFT JOIN account a ON a.id = w.account_id
    LEFT JOIN graduate g ON g.id = a.graduate_id
    LEFT JOIN school s ON s.id = coalesce(g.school_id, (SELECT min(id) FROM school HAVING count(*) = 1))) page
""").columns(page=JSON)  # noqa: S608  (only constants of this package)


@dataclass(frozen=True)
class Follower:
    """A WeChat user as the account's answers need them; ``name`` is None where no graduate is bound."""

    name: str | None
    base_state: str | None
    disabled: bool
    school: str | None
    contact: dict[str, Any]
    open: int
    """invitations still to be answered, those that can only be looked at included"""
    cards: Sequence[dict[str, Any]]
    """as every list shows them, plus ``employer`` and ``position``; open ones first, the most urgent first"""

    held: dict[str, Any] | None
    """the destination that stands"""

    @property
    def answerable(self) -> list[dict[str, Any]]:
        """What waits for this person."""
        return [card for card in self.cards if card["turn"]["who"] == "mine" and card["state"] == "pending"]

    @property
    def running(self) -> list[dict[str, Any]]:
        """What is signed, or on its way to be."""
        return [card for card in self.cards if card["state"] == "accepted"]

    @property
    def pending(self) -> list[dict[str, Any]]:
        """Open invitations, view-only ones included."""
        return [card for card in self.cards if card["state"] == "pending"]

    @property
    def standing(self) -> str:
        """The sentence that heads the first page."""
        return home.standing(self.held, self.running, self.answerable, [])


def follower(connection: Connection, app_id: str, openid: str) -> Follower:
    """How a WeChat user stands."""
    row = connection.scalar(_FOLLOWER, {"app": app_id, "openid": openid})
    found = [
        cards.card(item, "graduate") | {"employer": item["employer_name"], "position": item["position"]}
        for item in row.pop("cards")
    ]
    return Follower(**row | {"contact": row["contact"] or {}}, cards=found)
