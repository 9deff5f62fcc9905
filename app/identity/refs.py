"""Short-lived signed references, so that no identifier of a person or file stands open to be tried."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from app import clock
from app.problems import BadRequest
from app.settings import Settings


@dataclass(frozen=True)
class Purpose:
    """What a reference is for; one for another purpose is refused."""

    audience: str
    lifetime: timedelta
    expired: str


GRADUATE = Purpose("graduate-ref", timedelta(minutes=30), "查找结果已过期，请重新查找毕业生。")
"""a graduate an employer has found"""
DOWNLOAD = Purpose("download", timedelta(minutes=5), "下载链接已过期，请回到页面重新下载。")
"""a document somebody was allowed to read"""
FILE = Purpose("file", timedelta(minutes=5), "链接已过期，请回到页面重新打开。")
"""a part of an upload somebody was allowed to see"""


def issue(
    settings: Settings, purpose: Purpose, subject: uuid.UUID, holder: uuid.UUID, part: str = ""
) -> tuple[str, datetime]:
    """A reference to ``subject``, or to a part of it, that only ``holder`` may use; and until when."""
    until = clock.now() + purpose.lifetime
    key = settings.token_keys[0]
    claims = {
        "iss": settings.public_url,
        "aud": purpose.audience,
        "sub": str(subject),
        "for": str(holder),
        "exp": int(until.timestamp()),
    } | ({"part": part} if part else {})
    return jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.kid}), until


def read(settings: Settings, purpose: Purpose, reference: str) -> tuple[uuid.UUID, uuid.UUID]:
    """``(subject, holder)``; raises :class:`BadRequest` for an expired, foreign or altered reference."""
    subject, holder, _ = read_part(settings, purpose, reference)
    return subject, holder


def read_part(settings: Settings, purpose: Purpose, reference: str) -> tuple[uuid.UUID, uuid.UUID, str]:
    """The same with the part, which is empty for the whole."""
    try:
        kid = jwt.get_unverified_header(reference).get("kid")
        secret = next(key.secret for key in settings.token_keys if key.kid == kid)
        claims = jwt.decode(
            reference,
            secret,
            algorithms=["HS256"],
            audience=purpose.audience,
            issuer=settings.public_url,
            options={"require": ["exp", "aud", "iss", "sub"]},
        )
        return uuid.UUID(claims["sub"]), uuid.UUID(claims["for"]), str(claims.get("part", ""))
    except (jwt.InvalidTokenError, StopIteration, KeyError, ValueError):
        raise BadRequest(purpose.expired) from None
