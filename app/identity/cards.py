"""The name card (名片): a short-lived signed token a graduate shows as a QR code, so that a recruiter types nothing."""

from __future__ import annotations

import uuid
from datetime import datetime

from app import clock
from app.identity import tokens
from app.problems import Invalid
from app.settings import Settings

AUDIENCE = "name-card"
TYPE = "card+jwt"
LIFE = clock.minutes(10)
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti"]


def make_card(settings: Settings, graduate_id: uuid.UUID) -> tuple[str, str, datetime]:
    """The token, the address its QR code leads to, and when it ends."""
    made = clock.now().replace(microsecond=0)
    claims = {"sub": str(graduate_id)}
    card = tokens.sign(settings, claims, audience=AUDIENCE, token_type=TYPE, made=made, life=LIFE)
    return card, f"{settings.public_url}/e/invite?card={card}", made + LIFE


def read_card(settings: Settings, card: str) -> uuid.UUID:
    """The graduate a card belongs to; raises :class:`Invalid` for an expired or foreign one."""
    claims = tokens.verify(settings, card.strip(), audience=AUDIENCE, token_type=TYPE, required=CLAIMS)
    try:
        return uuid.UUID(str((claims or {}).get("sub")))
    except ValueError:
        raise Invalid.field("/card", "名片已过期或无法识别，请毕业生重新打开名片。") from None
