"""Pauses (暂停发送): nothing is sent by one channel, or of one template, for a while; an alarm for the operator."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, text

from app import clock

log = structlog.get_logger("app.notify.pauses")

_PAUSE = text("""
    INSERT INTO sending_pause (app_id, template, until, errcode, errmsg)
    VALUES (:app, :what, :until, :errcode, :errmsg)
    ON CONFLICT (app_id, template) DO UPDATE SET until = excluded.until, errcode = excluded.errcode,
        errmsg = excluded.errmsg,
        since = CASE WHEN sending_pause.until < now() - interval '10 minutes' THEN now() ELSE sending_pause.since END
""")


def midnight() -> datetime:
    """The coming 00:00 in Beijing, when daily quotas begin anew, and a few seconds for clocks that differ."""
    tomorrow = clock.beijing(clock.now()) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=5, microsecond=0)


def pause(connection: Connection, app_id: str, what: str, until: datetime, code: str, words: str | None) -> None:
    """Stop a template or a channel (``sms``, ``email``) until then, and call the operator."""
    number = int(code) if code.isdigit() and len(code) < 9 else 0
    errmsg = f"{code}: {words}" if words else code
    connection.execute(_PAUSE, {"app": app_id, "what": what, "until": until, "errcode": number, "errmsg": errmsg})
    log.critical("sending paused", channel=what, code=code, until=str(until))
