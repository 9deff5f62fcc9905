"""Delivery reports of the SMS provider (短信下发状态回调): checked, read within bounds, matched by serial number.

They are not signed: the address they are sent to holds a secret. The numbers in them are not kept.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

import orjson

from app import clock
from app.clock import BEIJING
from app.db import Database
from app.notify.channels.reply import without_addresses
from app.notify.fallback_rows import Report, settle
from app.settings import Sms

MOST = 500
"""Reports in one call; the provider sends a handful."""
LONGEST = 100


class Unreadable(Exception):
    """Not what the provider's reports look like."""


def is_genuine(account: Sms | None, token: str) -> bool:
    """Whether the secret part of the address is ours."""
    return account is not None and hmac.compare_digest(account.callback_token.encode(), token.encode())


def read(body: bytes) -> list[Report]:
    """The reports, one a serial number; raises :class:`Unreadable`."""
    try:
        content = orjson.loads(body)
    except ValueError:
        raise Unreadable from None
    if not isinstance(content, list) or not 0 < len(content) <= MOST:
        raise Unreadable
    found: dict[str, Report] = {}
    for report in map(_report, content):
        if report.sid not in found or report.arrived:
            found[report.sid] = report
    return list(found.values())


def _report(item: Any) -> Report:
    if not isinstance(item, dict):
        raise Unreadable
    sid, status, code = item.get("sid"), item.get("report_status"), item.get("errmsg")
    if not (isinstance(sid, str) and 0 < len(sid) <= LONGEST and status in ("SUCCESS", "FAIL")):
        raise Unreadable
    words = item.get("description")
    arrived = status == "SUCCESS"
    told = without_addresses(words) if isinstance(words, str) and not arrived else None
    code = without_addresses(code)[:LONGEST] if isinstance(code, str) and code else status
    return Report(sid, arrived, code, told, _moment(item.get("user_receive_time")))


def _moment(said: Any) -> datetime:
    """When it arrived, which the provider writes as on a clock in Beijing; now where it does not say."""
    try:
        return datetime.strptime(said, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return clock.now()


def store(database: Database, reports: list[Report]) -> bool:
    """Write them; false where one is about a message we may not have recorded yet."""
    with database.transaction() as connection:
        return settle(connection, reports)
