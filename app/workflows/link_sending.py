"""Sending 协助回传链接 to the contact an agreement names: rows of ``fallback``, written with what brings them about."""

from __future__ import annotations

import uuid
from datetime import timedelta

import orjson
from sqlalchemy import Connection, text

from app.access import REVIEWERS, Actor
from app.db import wake
from app.models.filing import AT_DESKS
from app.problems import NotNow
from app.schemas.terms import CONTACTS
from app.workflows.advance import Act
from app.workflows.machine import Situation

LIFETIME = timedelta(days=15)
MOST_A_DAY = 2
"""Times a day that the platform sends it for one graduate."""

RENEWED = """token_hash = NULL, expires_at = clock_timestamp() + :lifetime, round = l.round + 1, revoked_at = NULL,
        opened_at = NULL, used_at = NULL"""
"""A new round: whoever sends it makes the token. Parameter ``lifetime``."""
_SEND = text("""
    INSERT INTO fallback (id, link_id, round, channel)
    SELECT gen_random_uuid(), l.id, l.round, way.channel
    FROM return_link l JOIN claim c ON c.id = l.claim_id,
        jsonb_each_text(CAST(:contacts AS jsonb)) AS way (channel, named)
    WHERE l.id = :link AND coalesce(c.form->>way.named, '') <> ''
    RETURNING channel
""")
_SENT_TODAY = text("""
    SELECT count(DISTINCT (f.link_id, f.round)) FROM fallback f JOIN return_link l ON l.id = f.link_id
    WHERE l.graduate_id = :graduate AND f.created_at > now() - interval '1 day'
""")
_RENEW = text(f"""
    UPDATE return_link l SET {RENEWED}
    WHERE l.claim_id = :claim AND l.used_at IS NOT NULL AND l.revoked_at IS NULL
        AND EXISTS (SELECT FROM fallback f WHERE f.link_id = l.id)
    RETURNING id
""")  # noqa: S608


def asked_for(connection: Connection, actor: Actor, link: uuid.UUID) -> None:
    """The graduate lets the platform send this round. Raises :class:`NotNow` where it was sent often enough today, or
    the agreement names nobody to be reached."""
    if connection.scalar(_SENT_TODAY, {"graduate": actor.graduate_id}) >= MOST_A_DAY:
        raise NotNow("一天最多请平台发两次。可以复制链接自己转发，或者明天再发。")
    if not _send(connection, link):
        raise NotNow("协议里没有填单位联系人的手机和邮箱，平台没法发。请复制链接，自己转发。")


def _send(connection: Connection, link: uuid.UUID) -> bool:
    """Let this round of the link go to whom the agreement names; false where it names nobody to be reached so."""
    sent = connection.execute(_SEND, {"link": link, "contacts": orjson.dumps(dict(CONTACTS)).decode()}).all()
    wake(connection)
    return bool(sent)


def renewed(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """What came through a link is returned: whom the platform had sent it to is sent a new one, which says why.

    A link that the graduate passed on is the graduate's to renew. Taken back by the graduate, nobody is told.
    """
    if situation.actor.role in REVIEWERS and situation.row.state in AT_DESKS:
        asked = {"claim": situation.row.claim_id, "lifetime": LIFETIME}
        for link in connection.execute(_RENEW, asked).scalars():
            _send(connection, link)
    return ()
