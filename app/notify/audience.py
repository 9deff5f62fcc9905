"""Whom a story is told: the accounts behind 「the graduate」, 「the employer」 and 「the desk」."""

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
    """An account, and whether a bound WeChat user of it follows the public account."""

    account_id: uuid.UUID
    following: bool


# One look for a whole batch; each wish names either a graduate, an employer or a desk.
_LISTENERS = text("""
    WITH wish AS (
        SELECT * FROM jsonb_to_recordset(CAST(:wishes AS jsonb)) AS w (event text, audience text, graduate uuid,
            employer uuid, role text, school integer, college integer))
    SELECT w.event, w.audience, a.id, f.openid IS NOT NULL AS following
    FROM wish w
    CROSS JOIN LATERAL (
        SELECT id FROM account WHERE graduate_id = w.graduate AND disabled_at IS NULL
        UNION ALL SELECT id FROM account WHERE employer_id = w.employer AND disabled_at IS NULL
        UNION ALL SELECT id FROM account WHERE school_id = w.school AND role = w.role AND role <> 'graduate'
            AND (w.college IS NULL OR college_id = w.college) AND disabled_at IS NULL) a
    LEFT JOIN wechat_follower f ON f.app_id = :app AND f.account_id = a.id AND f.following
""")


def listeners(
    connection: Connection, app_id: str, stories: list[Story]
) -> Mapping[tuple[str, Audience], list[Listener]]:
    """(event id, audience) → listeners, for all audiences the stories' entries speak to."""
    wishes = [_wish(story, audience) for story in stories for audience in {entry.to for entry in catalogue.of(story)}]
    found: defaultdict[tuple[str, Audience], list[Listener]] = defaultdict(list)
    if wishes:
        for row in connection.execute(_LISTENERS, {"wishes": orjson.dumps(wishes).decode(), "app": app_id}):
            found[row.event, Audience(row.audience)].append(Listener(row.id, row.following))
    return found


def _wish(story: Story, audience: Audience) -> dict[str, object]:
    wish: dict[str, object] = {"event": str(story.event_id), "audience": audience}
    match audience:
        case Audience.GRADUATE:
            wish["graduate"] = story.graduate_id
        case Audience.EMPLOYER:
            wish["employer"] = story.employer_id
        case Audience.DESK:
            wish |= {"role": story.stage, "school": story.school_id}
            if story.stage != "school":
                wish["college"] = story.college_id
    return wish
