"""The judge of a run: the stand-in's own record held against the ledger. It knows nothing of how messages are sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Row, text

from app.models import MessageState
from app.notify.errcodes import Behaviour, behaviour
from app.notify.review import REFUSED_IN_REVIEW
from app.services import Services
from tests.sandbox.running import Sandbox
from tests.support import broken

S = MessageState
ON_THE_PHONE = (S.SENT, S.DELIVERED)
UNDER_WAY = (S.QUEUED, S.SENDING, S.RATE_LIMITED)

_ROWS = text("""
    SELECT m.*, e.id IS NOT NULL AS has_event, m.expires_at <= now() AS is_past, m.due_at > now() AS to_come,
        coalesce(i.state, c.state, f.state) AS subject_state
    FROM message m LEFT JOIN event e ON e.id = m.event_id LEFT JOIN invitation i ON i.id = m.subject
    LEFT JOIN claim c ON c.id = m.subject LEFT JOIN filing f ON f.id = m.subject
    ORDER BY m.created_at, m.id
""")
_UNTOLD = text("SELECT count(*) FROM event WHERE fanned_out_at IS NULL")
_SILENT = text("""
    SELECT count(*) FROM event e WHERE e.name = 'invitation.sent'
        AND NOT EXISTS (SELECT FROM message m WHERE m.event_id = e.id AND m.template = 'invitation_received')
""")


@dataclass(frozen=True)
class Card:
    """A message the stand-in accepted, by its own record."""

    openid: str
    client: str
    contents: bytes
    receipts: tuple[str, ...]
    repeats: int

    @classmethod
    def of(cls, raw: dict[str, Any], repeats: dict[int, int]) -> Card:
        contents = orjson.dumps([raw["template_id"], raw["data"], raw.get("url")], option=orjson.OPT_SORT_KEYS)
        statuses = tuple(receipt["status"].replace(" ", "") for receipt in raw["receipts"])
        return cls(raw["touser"], raw.get("client_msg_id", ""), contents, statuses, repeats.get(raw["msgid"], 0))

    @property
    def shown(self) -> bool:
        """Whether it came to a phone: WeChat itself says so of those that did not."""
        return not any(status.startswith("failed") for status in self.receipts)


@dataclass
class Judgement:
    """What was found. ``ends``: (state, explanation) → how many messages."""

    messages: int = 0
    accepted: int = 0
    repeats: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    contradicting: list[str] = field(default_factory=list)
    """rows that say no of what is on a phone, because WeChat's last answer or receipt did; not counted as faults"""
    other: list[str] = field(default_factory=list)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)

    def complaints(self, *, unsure: int) -> list[str]:
        """Everything that may not be; at most so many messages may stay unsure."""
        found = [f"lost: {line}" for line in self.lost] + [f"doubled: {line}" for line in self.doubled]
        found += [f"unexplained: {line}" for line in self.unexplained] + self.other
        return found + (self.unsure if len(self.unsure) > unsure else [])

    def table(self) -> str:
        """End state, how many, why."""
        lines = [f"{'state':<14} {'count':>6}  explanation"]
        lines += [f"{state:<14} {count:>6}  {why}" for (state, why), count in sorted(self.ends.items())]
        return "\n".join(lines + [f"  accepted, yet: {line}" for line in self.contradicting])


def judge(services: Services, sandbox: Sandbox) -> Judgement:
    """Hold every message row against the record of what was accepted."""
    repeats = {one["msgid"]: one["count"] for one in sandbox.control("GET", "/repeats")["repeats"]}
    cards = [Card.of(raw, repeats) for raw in sandbox.control("GET", "/messages")["messages"]]
    with services.db.reading() as connection:
        rows = connection.execute(_ROWS).all()
        untold, silent = connection.scalar(_UNTOLD), connection.scalar(_SILENT)
        violations = broken(connection, workers=True)
    found = Judgement(len(rows), len(cards), sum(card.repeats for card in cards))
    found.other += [f"invariant broken: {line}" for line in violations]
    found.other += [f"{untold} events not told"] if untold else []
    found.other += [f"{silent} invitations of which no message tells"] if silent else []
    found.doubled = _doubled(rows, cards)
    by_row = _cards_of_rows(rows, cards)
    found.other += [f"accepted, but of no row: {card.client}" for card in by_row.pop("", [])]
    for row in rows:
        _judge_row(row, by_row.get(str(row.id), []), found)
    return found


def _ids(row: Row[Any]) -> set[str]:
    """What a row may have called itself to WeChat: a second sending after WeChat's own failure has another id."""
    return {row.id.hex, row.client_msg_id.hex}


def _cards_of_rows(rows: Sequence[Row[Any]], cards: Sequence[Card]) -> dict[str, list[Card]]:
    """Row → its cards; under an empty name those that belong to no row."""
    owner = {client: str(row.id) for row in rows for client in _ids(row)}
    found: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        found[owner.get(card.client, "")].append(card)
    return dict(found)


def _doubled(rows: Sequence[Row[Any]], cards: Sequence[Card]) -> list[str]:
    """Ids accepted twice; and one message on a phone twice, told by its row or else by what is written on it."""
    names = {client: f"{row.event_id} {row.recipient} {row.kind}" for row in rows for client in _ids(row)}
    shown = [card for card in cards if card.shown]
    counts: dict[str, Counter[Any]] = {
        "id": Counter(card.client for card in cards),
        "message": Counter(names[card.client] for card in shown if card.client in names),
        "contents": Counter((card.openid, card.contents) for card in shown),
    }
    return [f"{what} {key}: {count}" for what, each in counts.items() for key, count in each.items() if count > 1]


def _judge_row(row: Row[Any], cards: list[Card], found: Judgement) -> None:
    if not row.has_event and row.event_id is not None:
        found.other.append(f"a message without its event: {row.id}")
    if row.state in UNDER_WAY and row.to_come:
        found.ends[row.state, "its moment is still to come"] += 1
        return
    name = f"{row.id} {row.kind} {row.state} errcode={row.errcode} attempts={row.attempts} cards={len(cards)}"
    why = _explanation(row, cards)
    if row.state == S.UNSURE:
        found.unsure.append(f"unsure, {'on the phone' if cards else 'never accepted'}: {name}")
    if why is not None:
        if cards and row.state == S.IN_REVIEW:
            why += " and sent it all the same"
        elif row.state not in (*ON_THE_PHONE, S.BLOCKED, S.UNSURE) and any(card.shown for card in cards):
            why += "; yet a call was accepted"
            found.contradicting.append(f"{name} {row.errmsg}: {[(c.receipts, c.repeats) for c in cards]}")
        found.ends[row.state, why] += 1
    elif cards:
        found.unexplained.append(name)
    else:
        found.lost.append(name)


def _explanation(row: Row[Any], cards: list[Card]) -> str | None:
    """Why a message ended as it did; None where nothing that was answered or happened says so."""
    return _accepted(row, cards) or _not_sent(row) or _answered(row)


def _accepted(row: Row[Any], cards: list[Card]) -> str | None:
    """The stand-in has it, and its receipts say no other than the row."""
    statuses = {status for card in cards for status in card.receipts}
    match row.state:
        case S.DELIVERED if "success" in statuses:
            return "accepted, and the receipt says that it arrived"
        case S.SENT if cards and row.errcode in (None, 0, 40241):
            return "accepted"
        case S.BLOCKED if "failed:userblock" in statuses:
            return "accepted, and the receipt says that the person shut us out"
        case S.FAILED if row.client_msg_id != row.id and any(s.startswith("failed") for s in statuses):
            return "accepted twice, and both receipts say that WeChat failed"
        case S.UNSURE if row.first_tried_at is not None:
            return f"an answer was lost; in truth it was {'accepted' if cards else 'never accepted'}"
    return None


def _not_sent(row: Row[Any]) -> str | None:
    """Ended by what happened in the meantime or by the receiver's own wish."""
    match row.state:
        case S.NOT_FOLLOWING if row.errcode is None and row.openid is None:
            return "the person did not follow when its turn came"
        case S.EXPIRED if row.is_past or row.wanted_while not in (None, row.subject_state):
            return "what it tells was over before it was sent"
        case S.CANCELLED if row.reminder:
            return "nothing left to be reminded of"
        case S.INBOX if row.template is None or row.reminder:
            return "for the message centre only"
        case S.INBOX if row.attempts == 0 and row.openid is None:
            return "its receiver, no graduate, does not follow"
        case S.MERGED if row.merged_into is not None:
            return "told of by another push"
        case S.SWITCHED_OFF if row.choice is not None:
            return "its receiver switched it off"
        case S.FAILED if row.errcode == 40252 and row.errmsg == REFUSED_IN_REVIEW:
            return "WeChat answered 40252 and said later that its review refused it"
        case S.INBOX if row.read_at is not None:
            return "its receiver had read it before it was sent"
    return None


_ENDED_BY = {
    S.NOT_FOLLOWING: Behaviour.UNREACHABLE,
    S.BLOCKED: Behaviour.BLOCKED,
    S.REFUSED: Behaviour.REFUSED,
    S.FAILED: Behaviour.GIVE_UP,
    S.IN_REVIEW: Behaviour.IN_REVIEW,
}


def _answered(row: Row[Any]) -> str | None:
    """Ended by WeChat's last answer, where the table of codes says that this answer ends it so."""
    wanted = _ENDED_BY.get(row.state)
    if row.errcode is None or wanted is None or behaviour(row.errcode) is not wanted:
        return None
    return f"WeChat answered {row.errcode}"
