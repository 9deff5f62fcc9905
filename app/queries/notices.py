"""推送偏好: what a person is pushed, may switch off, and what WeChat holds back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from app.access import Actor, Role
from app.notify import preferences
from app.notify.entry import CHOICES

_OWN = text("""
    SELECT f.following,
        ARRAY(SELECT choice FROM preference WHERE account_id = a.id AND NOT pushed) AS off,
        coalesce((SELECT json_agg(r ORDER BY r.refused_at DESC, r.template) FROM (
            SELECT template, refused_at, to_char(refused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
                CASE WHEN probe_at > now() THEN to_char(probe_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                    END AS again_at
            FROM refusal WHERE account_id = a.id) r), '[]') AS refusals
    FROM account a LEFT JOIN wechat_follower f ON f.account_id = a.id AND f.app_id = :app
    WHERE a.id = :account
""")

_WHY = "关系到答复期限和你的去向，错过会有损失，所以总会推送。"
"""Said to graduates: nobody else is sent what may not be switched off."""


def own(connection: Connection, actor: Actor, app_id: str) -> dict[str, Any]:
    """``{choices, mandatory, wechat, refusals, quiet}`` of the actor, in one statement."""
    row = connection.execute(_OWN, {"app": app_id, "account": actor.id}).one()
    offered = [(name, CHOICES[name]) for name in preferences.choices(actor.role)]
    return {
        "choices": [
            {"choice": name, "title": one.title, "explanation": one.explanation, "pushed": name not in row.off}
            for name, one in offered
        ],
        "mandatory": _mandatory(actor.role),
        "wechat": {"bound": row.following is not None, "following": bool(row.following)},
        "refusals": [
            {
                "title": preferences.TITLES.get(one["template"], "通知"),
                "since": one["since"],
                "again_at": one["again_at"],
            }
            for one in row.refusals
        ],
        "quiet": _quiet(actor.role),
    }


def _mandatory(role: Role) -> dict[str, Any] | None:
    titles = [preferences.TITLES[name] for name in preferences.mandatory(role)]
    return {"titles": titles, "why": _WHY} if titles else None


def _quiet(role: Role) -> str:
    """夜间免打扰 in a sentence (docs/rules.md, 推送)."""
    waits = "22:00 到次日 8:00 不推送，这段时间的通知早上 8:00 再推"
    urgent = [preferences.TITLES[name] for name in preferences.mandatory(role, at_night=True)]
    return f"{waits}。{'、'.join(urgent)}除外，它们有期限，随时会推。" if urgent else f"{waits}。"
