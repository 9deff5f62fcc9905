"""Works on stored pushes of WeChat: receipts settle messages, subscriptions say who can be reached."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, Row, text

from app.db import is_away
from app.identity import binding
from app.models import MessageState
from app.models.columns import in_states
from app.models.message import NOT_ARRIVED, UNDECIDED
from app.notify import callback, subscriptions
from app.notify.means import Means
from app.notify.outcome import brought, not_brought

BATCH = 500
BY_PERSON_AFTER = timedelta(seconds=15)
"""A receipt may overtake the answer it belongs to; after this long the answer is not coming."""
GIVEN_UP_AFTER = timedelta(minutes=10)
PUT_OFF = timedelta(minutes=10)
AGAIN_AFTER = timedelta(minutes=11)
"""After WeChat's own failure; past the ten minutes in which it drops repeats."""
log = structlog.get_logger("app.notify.receipts")

_TAKE = text("""
    SELECT id, content, received_at, now() AS now FROM wechat_callback
    WHERE handled_at IS NULL AND due_at <= now() ORDER BY due_at LIMIT :many FOR UPDATE SKIP LOCKED
""")
_DONE = text("UPDATE wechat_callback SET handled_at = now(), fault = NULL WHERE id = ANY(:ids)")
_LATER = text("UPDATE wechat_callback SET due_at = now() + :pause WHERE id = ANY(:ids)")
_NOT_OURS = text("UPDATE wechat_callback SET handled_at = now(), fault = 'no message of ours' WHERE id = ANY(:ids)")
_PUT_OFF = text("UPDATE wechat_callback SET due_at = now() + :pause, fault = :fault WHERE id = :id")


def work_off(means: Means, *, batches: int | None = None) -> int:
    """Work on all pushes that are due, or the first ``batches`` sets of them; returns how many. One that fails is put
    off and reported."""
    worked = 0
    while batches is None or batches > 0:
        batches = None if batches is None else batches - 1
        try:
            with means.db.transaction() as connection:
                rows = connection.execute(_TAKE, {"many": BATCH}).all()
                _work(connection, means.settings.wechat.app_id, rows)
        except Exception as error:
            if is_away(error):
                raise
            rows = _one_by_one(means, error)
        worked += len(rows)
        if len(rows) < BATCH:
            break
    return worked


def _one_by_one(means: Means, error: Exception) -> list[Row[Any]]:
    """The batch failed as a whole: each for itself, so that only the guilty one waits."""
    worked: list[Row[Any]] = []
    for _ in range(BATCH):
        with means.db.transaction() as connection:
            rows = connection.execute(_TAKE, {"many": 1}).all()
            if not rows:
                break
            worked += rows
            try:
                with connection.begin_nested():
                    _work(connection, means.settings.wechat.app_id, rows)
            except Exception as fault:
                if is_away(fault):
                    raise
                log.error("callback put off", callback_id=rows[0].id, exc_info=fault)
                connection.execute(_PUT_OFF, {"id": rows[0].id, "pause": PUT_OFF, "fault": type(fault).__name__})
    if not worked:
        raise error
    return worked


def _work(connection: Connection, app_id: str, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    receipts = [row for row in rows if row.content.get("Event") == "TEMPLATESENDJOBFINISH"]
    _note_followers(connection, app_id, rows)
    _note_scans(connection, rows)
    subscriptions.note(connection, app_id, rows)
    waiting = _settle(connection, receipts)
    connection.execute(_DONE, {"ids": [row.id for row in rows if row.id not in waiting]})


# Who follows

_FOLLOW = text("""
    INSERT INTO wechat_follower (app_id, openid, following, told_at, heard_at)
    SELECT :app, openid, following, told_at, clock_timestamp()
    FROM jsonb_to_recordset(CAST(:news AS jsonb)) AS r (openid text, following boolean, told_at timestamptz)
    ON CONFLICT (app_id, openid) DO UPDATE SET following = excluded.following, told_at = excluded.told_at,
        heard_at = excluded.heard_at,
        caught_up_at = CASE WHEN excluded.following THEN NULL ELSE wechat_follower.caught_up_at END
    WHERE wechat_follower.told_at IS NULL OR wechat_follower.told_at <= excluded.told_at
""")


def _note_followers(connection: Connection, app_id: str, rows: Iterable[Row[Any]]) -> None:
    """The newest news of each person counts, in whatever order they came."""
    news: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (_told_at(row), row.id)):
        event = row.content.get("Event")
        if event in ("subscribe", "unsubscribe"):
            openid = row.content["FromUserName"]
            news[openid] = {"openid": openid, "following": event == "subscribe", "told_at": _told_at(row)}
    if news:
        connection.execute(_FOLLOW, {"app": app_id, "news": orjson.dumps(list(news.values())).decode()})


def _note_scans(connection: Connection, rows: Iterable[Row[Any]]) -> None:
    """A binding code counts as scanned also where the answer in the chat came too late."""
    for row in rows:
        if (scene := callback.stored_scene_of(row.content)) is not None:
            binding.scan(connection, scene, row.content["FromUserName"], at=row.received_at)


def _told_at(row: Row[Any]) -> datetime:
    return datetime.fromtimestamp(int(row.content["CreateTime"]), UTC)


# What became of messages

_BY_ID = text("""
    SELECT m.id, m.state, m.wechat_msgid, m.client_msg_id <> m.id AS second FROM message m
    WHERE m.wechat_msgid = ANY(:msgids) ORDER BY m.id FOR UPDATE
""")
# A lost answer leaves a message whose id we were never told; a receipt without an id leaves one unsettled.
_BY_PERSON = text(f"""
    SELECT m.id, m.state, m.wechat_msgid, m.client_msg_id <> m.id AS second FROM message m
    WHERE m.openid = :openid AND m.first_tried_at BETWEEN :received - interval '20 minutes' AND :received
        AND m.{in_states(*UNDECIDED)}
        AND (m.wechat_msgid IS NULL OR :msgid = 0)
    ORDER BY m.first_tried_at LIMIT 1 FOR UPDATE
""")  # noqa: S608  (only constants)
_SETTLE = text("""
    UPDATE message m SET state = r.state, lease = NULL, wechat_msgid = coalesce(r.msgid, m.wechat_msgid),
        errmsg = coalesce(r.status, m.errmsg),
        delivered_at = CASE WHEN r.state = 'delivered' THEN coalesce(m.delivered_at, r.at) ELSE m.delivered_at END,
        sent_at = coalesce(m.sent_at, m.first_tried_at),
        client_msg_id = CASE WHEN r.again THEN gen_random_uuid() ELSE m.client_msg_id END,
        first_tried_at = CASE WHEN r.again THEN NULL ELSE m.first_tried_at END,
        next_try_at = CASE WHEN r.again THEN now() + :pause ELSE m.next_try_at END
    FROM jsonb_to_recordset(CAST(:settled AS jsonb)) AS r (id uuid, state text, status text, msgid bigint,
        at timestamptz, again boolean)
    WHERE m.id = r.id
""")


@dataclass(frozen=True)
class Receipt:
    """TEMPLATESENDJOBFINISH: what became of one message. ``msgid`` is 0 where WeChat leaves it out."""

    callback: int
    openid: str
    msgid: int
    status: str
    at: datetime
    received_at: datetime
    age: timedelta

    @classmethod
    def of(cls, row: Row[Any]) -> Receipt:
        """From a stored push; a msgid that is no number counts as left out."""
        raw = str(row.content.get("MsgID") or "0")
        msgid = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 19 else 0
        msgid = msgid if msgid < 2**63 else 0
        at = min(_told_at(row), row.received_at)
        status = str(row.content.get("Status") or "")[:200]
        openid = row.content["FromUserName"]
        return cls(row.id, openid, msgid, status, at, row.received_at, row.now - row.received_at)


def _settle(connection: Connection, rows: Sequence[Row[Any]]) -> set[int]:
    """Settle what the receipts are about; returns the callbacks that wait for their message."""
    receipts = [Receipt.of(row) for row in rows]
    known = _known(connection, [receipt.msgid for receipt in receipts if receipt.msgid])
    settled: dict[uuid.UUID, dict[str, Any]] = {}
    unmatched: list[Receipt] = []
    for receipt in receipts:
        message = known.get(receipt.msgid) or _of_person(connection, receipt, taken=settled)
        if message is None:
            unmatched.append(receipt)
        elif (change := _change(message, receipt)) is not None:
            settled.setdefault(message.id, change)
    if settled:
        changes = orjson.dumps(list(settled.values())).decode()
        connection.execute(_SETTLE, {"settled": changes, "pause": AGAIN_AFTER})
        not_brought(connection, [row["id"] for row in settled.values() if row["state"] in NOT_ARRIVED])
        brought(connection, [row["id"] for row in settled.values() if row["state"] == MessageState.DELIVERED])
    return _wait(connection, unmatched)


def _known(connection: Connection, msgids: list[int]) -> dict[int, Row[Any]]:
    if not msgids:
        return {}
    return {row.wechat_msgid: row for row in connection.execute(_BY_ID, {"msgids": msgids})}


def _of_person(connection: Connection, receipt: Receipt, *, taken: dict[uuid.UUID, Any]) -> Row[Any] | None:
    """The oldest unsettled message of the person, once the receipt has waited long enough for its own."""
    if receipt.age < BY_PERSON_AFTER:
        return None
    parameters = {"openid": receipt.openid, "received": receipt.received_at, "msgid": receipt.msgid}
    found = connection.execute(_BY_PERSON, parameters).one_or_none()
    return None if found is None or found.id in taken else found


def _change(message: Row[Any], receipt: Receipt) -> dict[str, Any] | None:
    """What a receipt changes; None where it says what is known already."""
    again = False
    match receipt.status.replace(" ", ""):
        case "success":
            state = MessageState.DELIVERED
        case "failed:userblock":
            state = MessageState.BLOCKED
        case _ if message.second:
            state = MessageState.FAILED
        case _:
            state, again = MessageState.QUEUED, True
    if message.state == state or (state is not MessageState.DELIVERED and message.state not in UNDECIDED):
        return None
    return {
        "id": message.id,
        "state": state,
        "status": None if state is MessageState.DELIVERED else receipt.status,
        "msgid": receipt.msgid or None,
        "at": receipt.at,
        "again": again,
    }


def _wait(connection: Connection, unmatched: Iterable[Receipt]) -> set[int]:
    """Receipts without a message wait, first shortly, then long; after ten minutes they are nobody's."""
    waiting: set[int] = set()
    strangers: list[int] = []
    by_pause: dict[timedelta, list[int]] = {}
    for receipt in unmatched:
        waiting.add(receipt.callback)
        if receipt.age > GIVEN_UP_AFTER:
            strangers.append(receipt.callback)
        else:
            pause = timedelta(
                seconds=1 if receipt.age < timedelta(seconds=5) else 5 if receipt.age < BY_PERSON_AFTER else 60
            )
            by_pause.setdefault(pause, []).append(receipt.callback)
    if strangers:
        connection.execute(_NOT_OURS, {"ids": strangers})
    for pause, ids in by_pause.items():
        connection.execute(_LATER, {"ids": ids, "pause": pause})
    return waiting
