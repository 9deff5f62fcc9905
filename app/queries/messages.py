"""消息中心, and how a notice fared (送达情况) in words for those who sent it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, text

from app.access import Actor, Role
from app.models import MessageState
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.queries import Fields, cursors
from app.queries.other_channels import CALL, OTHERS, day_and_time, fared

Tone = Literal["ok", "look", "wait"]
_S = MessageState


@dataclass(frozen=True)
class Fate:
    """How a push in some state is told: to the sender's side, to its receiver, and with which urgency to the sender.
    ``{at}`` is when it arrived."""

    sender: str
    receiver: str | None
    tone: Tone


FATES: Mapping[MessageState, Fate] = {
    _S.INBOX: Fate("已放进消息中心", None, "wait"),
    _S.QUEUED: Fate("正在发送微信通知", None, "wait"),
    _S.SENDING: Fate("正在发送微信通知", None, "wait"),
    _S.SENT: Fate("微信已接收，等待送达", None, "wait"),
    _S.DELIVERED: Fate("已送达微信 {at}", "已送达微信 {at}", "ok"),
    _S.BLOCKED: Fate(f"微信没送到：对方关闭了公众号消息，{CALL}", "微信没送到：你关闭了公众号消息", "look"),
    _S.REFUSED: Fate(f"微信没送到：对方拒收这类通知，{CALL}", "微信没送到：你拒收了这类通知", "look"),
    _S.NOT_FOLLOWING: Fate(f"微信没送到：对方未关注公众号，{CALL}", "微信没送到：未关注公众号", "look"),
    _S.IN_REVIEW: Fate("微信正在审核这条通知", None, "wait"),
    _S.RATE_LIMITED: Fate("微信限流，稍后再发", None, "wait"),
    _S.EXPIRED: Fate("没有发送微信通知：情况已变化", None, "wait"),
    _S.CANCELLED: Fate("不再需要通知", None, "wait"),
    _S.MERGED: Fate("已并入另一条微信通知", None, "wait"),
    _S.SWITCHED_OFF: Fate("已放进消息中心，对方关闭了这类推送", "你关闭了这类推送", "wait"),
    _S.UNSURE: Fate(f"不确定微信是否送到，急的话{CALL}", None, "look"),
    _S.FAILED: Fate(f"微信没送到，{CALL}", "微信没送到", "look"),
}
NEVER_ENTERED = {"state": "not_following", "text": f"微信没送到：对方还没有进入系统，{CALL}", "tone": "look"}


def _telling(words: Mapping[MessageState, str | None], at: str) -> str:
    """SQL that puts a state into words."""
    branches = []
    for state, sentence in words.items():
        if sentence is not None:
            start, found, end = sentence.partition("{at}")
            value = f"'{start}' || coalesce({at}, '') || '{end}'" if found else f"'{start}'"
            branches.append(f"WHEN '{state.value}' THEN {value}")
    return f"CASE m.state {' '.join(branches)} END"


_ARRIVED = day_and_time("m.delivered_at")
_FOR_SENDER = _telling({state: fate.sender for state, fate in FATES.items()}, _ARRIVED)
_RECEIVED = _telling({state: fate.receiver for state, fate in FATES.items()}, _ARRIVED)
# Only graduates are expected to follow: others are told that nothing is bound where they choose what is pushed.
_FOR_RECEIVER = f"CASE WHEN m.state <> 'not_following' OR CAST(:graduate AS uuid) IS NOT NULL THEN {_RECEIVED} END"

# The newest notice to the graduate that announced the invitation or its deadline; reminders and results are no notices
# of it. What was read, in the message centre or by opening the invitation, has arrived whatever WeChat says.
DELIVERY = f"""
    coalesce((SELECT to_json(newest) FROM (
        SELECT m.state, {_FOR_SENDER} AS told, {day_and_time("coalesce(m.read_at, i.opened_at)")} AS read_at,
            {OTHERS} AS others
        FROM message m JOIN account a ON a.id = m.recipient AND a.role = 'graduate'
        WHERE m.subject = i.id AND NOT m.reminder AND m.template IS NOT NULL
        ORDER BY m.template = 'invitation_received' DESC, m.event_id DESC LIMIT 1) newest),
        (SELECT json_build_object('state', 'queued', 'told', '{FATES[_S.QUEUED].sender}', 'read_at', NULL)
        FROM account a WHERE a.graduate_id = i.graduate_id)) AS delivery
"""  # noqa: S608  (only constants)
"""A column beside ``invitation i``: what :func:`delivery` puts into words."""
_DELIVERIES = text(f"SELECT i.id, {DELIVERY} FROM invitation i WHERE i.id = ANY(:subjects)")  # noqa: S608


def delivery_of(connection: Connection, subjects: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    """Subject → ``{state, text, tone}`` of the notice to its graduate, for whoever sent it.

    tone: ``ok`` it arrived, ``wait`` nothing to do, ``look`` the sender should ring up. A graduate who has never
    entered has no notice at all, and is told so.
    """
    ids = [subject if isinstance(subject, uuid.UUID) else uuid.UUID(str(subject)) for subject in subjects]
    found = {row.id: row.delivery for row in connection.execute(_DELIVERIES, {"subjects": ids})}
    return {subject: delivery(found.get(row_id)) for subject, row_id in zip(subjects, ids, strict=True)}


def delivery(notice: Fields | None) -> dict[str, str]:
    """``{state, text, tone}`` of the column :data:`DELIVERY`, as :func:`delivery_of` has it."""
    if notice is None:
        return NEVER_ENTERED
    state, told, read_at = notice["state"], notice["told"], notice["read_at"]
    if read_at is None:
        text, tone = fared(state, notice.get("others")) or (told, FATES[MessageState(state)].tone)
        return {"state": state, "text": text, "tone": tone}
    if state == MessageState.DELIVERED:
        return {"state": state, "text": f"{told}，{read_at} 已读", "tone": "ok"}
    return {"state": state, "text": f"毕业生已看过 {read_at}", "tone": "ok"}


# The message centre

# An invitation that cannot be answered now, because another claim holds the lane, is nobody's turn.
_HELD = f"""EXISTS (SELECT FROM claim h WHERE h.graduate_id = :graduate AND h.{in_states(*HOLDING)})"""
_MARK = f"CASE WHEN m.mark = 'mine' AND m.topic = 'invitation' AND {_HELD} THEN 'others' ELSE m.mark END"
_VISIBLE = "m.recipient = :account AND m.due_at <= now() AND m.state <> 'cancelled'"
_DEADLINE = "m.expires_at AT TIME ZONE 'Asia/Shanghai'"
_NOTE = f"""CASE WHEN m.mark = 'mine' AND m.topic = 'invitation' AND m.expires_at > now() AND NOT {_HELD} THEN
    CASE ({_DEADLINE})::date - (now() AT TIME ZONE 'Asia/Shanghai')::date WHEN 0 THEN '今天' WHEN 1 THEN '明天'
        ELSE to_char({_DEADLINE}, 'FMMM"月"FMDD"日"') END || to_char({_DEADLINE}, ' HH24:MI') || ' 截止'
    WHEN m.mark = 'mine' THEN m.note END"""
_FILTERS = {
    "all": "true",
    "mine": f"({_MARK}) = 'mine'",
    "results": "m.topic = 'result'",
}
_PAGES = {
    name: text(f"""
        SELECT m.id, m.due_at,
            json_build_object('id', m.id, 'title', m.title, 'body', m.body, 'turn_mark', {_MARK}, 'note', {_NOTE},
                'at', to_char(m.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'read', m.read_at IS NOT NULL, 'href', regexp_replace(m.href, '^/(s|e|console)/', '/'),
                'delivery', CASE WHEN {_FOR_RECEIVER} IS NOT NULL
                    THEN json_build_object('text', {_FOR_RECEIVER}) END) AS shown
        FROM message m
        WHERE {_VISIBLE} AND {wanted}
            AND {cursors.earlier("m.due_at", "m.id")}
        ORDER BY m.due_at DESC, m.id DESC LIMIT :limit
    """)  # noqa: S608  (only constants)
    for name, wanted in _FILTERS.items()
}
_COUNTS = text(f"""
    SELECT json_build_object(
        'unread', (SELECT count(*) FROM message m WHERE {_VISIBLE} AND m.read_at IS NULL),
        'mine', (SELECT count(*) FROM message m WHERE {_VISIBLE} AND {_FILTERS["mine"]}),
        'results', (SELECT count(*) FROM message m WHERE {_VISIBLE} AND {_FILTERS["results"]} AND m.read_at IS NULL))
""")  # noqa: S608  (only constants)
_READ = text(f"UPDATE message m SET read_at = now() WHERE m.id = :id AND {_VISIBLE} AND m.read_at IS NULL")  # noqa: S608
_THERE = text(f"SELECT EXISTS (SELECT FROM message m WHERE m.id = :id AND {_VISIBLE})")  # noqa: S608
_READ_ALL = text(f"UPDATE message m SET read_at = now() WHERE {_VISIBLE} AND m.read_at IS NULL")  # noqa: S608


def listed(connection: Connection, actor: Actor, wanted: str, page: cursors.Page) -> dict[str, Any]:
    """One's own messages, newest first: ``all``, ``mine`` (your turn), ``results``."""
    parameters = page.parameters() | _whose(actor)
    rows = connection.execute(_PAGES[wanted], parameters).mappings().all()
    return cursors.page(rows, page, lambda row: dict(row["shown"]), ("due_at", "id"))


def counts(connection: Connection, actor: Actor) -> dict[str, int]:
    """``{unread, mine, results}``: unread ones, those whose turn is yours, unread results."""
    return dict(connection.scalar(_COUNTS, _whose(actor)) or {})


def mark_read(connection: Connection, actor: Actor, message: uuid.UUID) -> bool:
    """Note that a message was read; false where there is none such for the actor. A second time changes nothing."""
    parameters = {"id": message, **_whose(actor)}
    if connection.execute(_READ, parameters).rowcount:
        return True
    return bool(connection.scalar(_THERE, parameters))


def mark_all_read(connection: Connection, actor: Actor) -> None:
    """Note that all that is visible was read."""
    connection.execute(_READ_ALL, _whose(actor))


def _whose(actor: Actor) -> dict[str, Any]:
    return {"account": actor.id, "graduate": actor.graduate_id if actor.role is Role.GRADUATE else None}
