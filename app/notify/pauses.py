"""Pauses (暂停发送): nothing is sent on one channel, or of one template, for a while; an alarm for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, text

from app import clock

log = structlog.get_logger("app.notify.pauses")

_PAUSE = text("""
    INSERT INTO sending_pause (app_id, template, until, errcode, errmsg, rid)
    VALUES (:sender, :template, :until, :errcode, :errmsg, :rid)
    ON CONFLICT (app_id, template) DO UPDATE SET until = excluded.until, errcode = excluded.errcode,
        errmsg = excluded.errmsg, rid = excluded.rid,
        since = CASE WHEN sending_pause.until < now() - interval '10 minutes' THEN now() ELSE sending_pause.since END
""")


@dataclass(frozen=True)
class Cause:
    """Why sending pauses: the answer that made it, or our own count."""

    errcode: int
    errmsg: str
    rid: str | None = None


def midnight() -> datetime:
    """The coming 00:00 in Beijing, when daily quotas begin anew, and a few seconds for clocks that differ."""
    tomorrow = clock.beijing(clock.now()) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=5, microsecond=0)


def pause(connection: Connection, sender: str, until: datetime, cause: Cause, template: str = "") -> None:
    """Stop a public account (by its app id) or a channel (``sms``, ``email``) until then, wholly or one template of it,
    and call the operator."""
    values = {"sender": sender, "template": template, "until": until}
    connection.execute(_PAUSE, values | {"errcode": cause.errcode, "errmsg": cause.errmsg, "rid": cause.rid})
    log.critical("sending paused", sender=sender, template=template or "all", errcode=cause.errcode, until=str(until))
