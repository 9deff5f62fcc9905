"""Whom a story is told: the accounts behind 「the graduate」 and 「the employer」, and how each may be reached."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, text

from app.notify import catalogue
from app.notify.entry import Audience
from app.notify.story import Story


@dataclass(frozen=True)
class Listener:
    """An account: whether a bound WeChat user of it follows the public account, whether it has an e-mail address, the
    groups of notices whose push it switched off, and the templates that WeChat says it refuses."""

    account_id: uuid.UUID
    following: bool
    email: bool = False
    off: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


WISHES = """ARRAY(SELECT choice FROM preference WHERE account_id = a.id AND NOT pushed) AS off,
        ARRAY(SELECT template FROM refusal WHERE account_id = a.id AND probe_at > now()) AS refused"""
"""Columns beside ``account a``: what it has switched off, and what WeChat says it refuses."""

# One look for a whole batch; each wish names either a graduate or an employer.
_LISTENERS = text(f"""
    WITH wish AS (
        SELECT * FROM jsonb_to_recordset(CAST(:wishes AS jsonb))
            AS w (event text, audience text, graduate uuid, employer uuid))
    SELECT w.event, w.audience, a.id, a.email IS NOT NULL AS email, f.openid IS NOT NULL AS following,
        {WISHES}
    FROM wish w
    CROSS JOIN LATERAL (
        SELECT id, email FROM account WHERE graduate_id = w.graduate AND disabled_at IS NULL
        UNION ALL SELECT id, email FROM account WHERE employer_id = w.employer AND disabled_at IS NULL) a
    LEFT JOIN wechat_follower f ON f.app_id = :app AND f.account_id = a.id AND f.following
""")  # noqa: S608  (only constants)


def listeners(
    connection: Connection, app_id: str, stories: list[Story]
) -> Mapping[tuple[str, Audience], list[Listener]]:
    """(event id, audience) → listeners, for all audiences the stories' entries speak to."""
    wishes = [_wish(story, audience) for story in stories for audience in {entry.to for entry in catalogue.of(story)}]
    found: defaultdict[tuple[str, Audience], list[Listener]] = defaultdict(list)
    if wishes:
        for row in connection.execute(_LISTENERS, {"wishes": orjson.dumps(wishes).decode(), "app": app_id}):
            listener = Listener(row.id, row.following, row.email, frozenset(row.off), frozenset(row.refused))
            found[row.event, Audience(row.audience)].append(listener)
    return found


def _wish(story: Story, audience: Audience) -> dict[str, object]:
    whom = {"graduate": story.graduate_id} if audience is Audience.GRADUATE else {"employer": story.employer_id}
    return {"event": str(story.event_id), "audience": audience, **whom}
