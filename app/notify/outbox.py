"""Events become messages: each open event is told to whom the catalogue says, once, and later ones overtake earlier."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection, text

from app import clock
from app.db import is_away
from app.models import Channel, MessageState
from app.notify import catalogue, quiet, reminders
from app.notify.audience import Listener, listeners
from app.notify.entry import Audience, Entry, Mark
from app.notify.fields import fit
from app.notify.means import Means
from app.notify.story import Story, read, take_open
from app.settings import QuietHours

BATCH = 1000
PUT_OFF = timedelta(minutes=10)
"""How long an event that could not be told waits before it is tried again."""
log = structlog.get_logger("app.notify.outbox")


def fan_out(means: Means, *, batches: int | None = None, after_each: Callable[[], None] | None = None) -> int:
    """Tell every open event, or the first ``batches`` sets of them; returns how many. Any number of processes may do
    this at once. ``after_each`` is called when a set was told, so that sending need not wait for the last.

    An event that cannot be told is put off and reported; the others go on.
    """
    told = 0
    while batches is None or batches > 0:
        taken, done = _batch(means, BATCH)
        told += done
        if taken == 0:
            break
        if after_each is not None:
            after_each()
        batches = None if batches is None else batches - 1
    return told


def _batch(means: Means, many: int) -> tuple[int, int]:
    """How many events were taken and how many of them told."""
    try:
        with means.db.transaction() as connection:
            events = take_open(connection, many)
            return len(events), _tell(connection, means, events)
    except Exception as error:
        if is_away(error):
            raise  # nothing is wrong with the events
        log.warning("a batch of events failed, each is told by itself", error=type(error).__name__)
        return _one_by_one(means, many)


def _one_by_one(means: Means, many: int) -> tuple[int, int]:
    """Each event for itself, so that only the guilty one waits."""
    taken = told = 0
    for _ in range(many):
        with means.db.transaction() as connection:
            events = take_open(connection, 1)
            if not events:
                break
            taken += 1
            try:
                with connection.begin_nested():
                    told += _tell(connection, means, events)
            except Exception as fault:
                if is_away(fault):
                    raise
                _put_off(connection, events[0], fault)
    return taken, told


@dataclass(frozen=True)
class _Plan:
    """What the stories of one batch come to."""

    hours: QuietHours | None
    now: datetime
    listeners: Mapping[tuple[str, Audience], list[Listener]]
    used_reminders: Mapping[uuid.UUID, int]


def _tell(connection: Connection, means: Means, events: list[int]) -> int:
    """Write what the events tell and mark them as told; returns how many were."""
    if not events:
        return 0
    stories = read(connection, events)
    _overtake(connection, stories)
    plan = _Plan(
        means.settings.quiet_hours,
        clock.now(),
        listeners(connection, means.settings.wechat.app_id, stories),
        _used_reminders(connection, [story.subject for story in stories if _may_remind(story) and story.version > 1]),
    )
    rows: list[dict[str, Any]] = []
    told: list[int] = []
    for story in stories:
        try:
            rows.extend(_messages(story, plan))
        except Exception as fault:  # whatever is wrong with one event must not stop the others
            _put_off(connection, story.event_id, fault)
        else:
            told.append(story.event_id)
    write(connection, rows)
    connection.execute(_TOLD, {"ids": told})
    return len(told)


_INSERT = text("""
    INSERT INTO message (id, event_id, slot, subject, recipient, kind, topic, title, body, href, mark, note, fields,
        template, urgent, reminder, wanted_while, merge, choice, fallback, state, due_at, next_try_at, expires_at,
        client_msg_id)
    SELECT id, event_id, slot, subject, recipient, kind, topic, title, body, href, mark, note, fields,
        template, urgent, reminder, wanted_while, merge, choice, fallback, state, coalesce(due_at, now()),
        coalesce(held_until, due_at, now()), expires_at, id
    FROM (SELECT gen_random_uuid() AS id, r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (event_id bigint,
        slot text, subject uuid, recipient uuid, kind text, topic text, title text, body text, href text, mark text,
        note text, fields jsonb, template text, urgent boolean, reminder boolean, wanted_while text, merge text,
        choice text, fallback text, state text, due_at timestamptz, held_until timestamptz,
        expires_at timestamptz)) AS row
    ON CONFLICT DO NOTHING
""")
_TOLD = text("UPDATE event SET fanned_out_at = now(), put_off_until = NULL, fault = NULL WHERE id = ANY(:ids)")
_PUT_OFF = text("UPDATE event SET put_off_until = now() + :pause, fault = :fault WHERE id = :id")


def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add message rows, each once: what tells one person the same thing of the same event or hour is there already."""
    if rows:
        connection.execute(_INSERT, {"rows": orjson.dumps(rows).decode()})


def _put_off(connection: Connection, event: int, fault: Exception) -> None:
    log.error("event put off", event_id=event, exc_info=fault)
    reason = f"{type(fault).__name__}: {fault}"[:500]
    connection.execute(_PUT_OFF, {"id": event, "pause": PUT_OFF, "fault": reason})


# What a later event does to the messages of earlier ones

# Both in one statement, as they touch the same rows; and in the order of their ids, as everyone locks many messages:
# two writers then never wait for each other.
_OVERTAKE = text("""
    WITH past AS (SELECT * FROM jsonb_to_recordset(CAST(:past AS jsonb)) AS r (subject uuid, mark text)),
    touched AS (
        SELECT m.id, CASE WHEN m.mark = 'mine' THEN past.mark END AS mark,
            m.reminder AND (m.state IN ('queued', 'rate_limited')
                OR (m.state IN ('not_following', 'inbox') AND m.due_at > now())) AS needless
        FROM message m JOIN past USING (subject) ORDER BY m.id FOR NO KEY UPDATE OF m)
    UPDATE message m SET mark = coalesce(t.mark, m.mark),
        state = CASE WHEN NOT t.needless THEN m.state WHEN m.first_tried_at IS NULL THEN 'cancelled' ELSE 'unsure' END,
        lease = CASE WHEN t.needless THEN NULL ELSE m.lease END
    FROM touched t WHERE m.id = t.id AND (t.needless OR t.mark IS NOT NULL)
""")
# Who is told of an invitation only after it was extended is told the deadline that holds, on whatever channel.
_CARRY_DEADLINE = text("""
    UPDATE message m SET expires_at = r.expires_at, fields = m.fields || jsonb_build_object('time3', r.deadline)
    FROM jsonb_to_recordset(CAST(:moved AS jsonb)) AS r (subject uuid, expires_at timestamptz, deadline text)
    WHERE m.subject = r.subject AND m.template = 'invitation_received'
        AND m.state IN ('queued', 'sending', 'rate_limited', 'in_review', 'not_following', 'refused', 'blocked',
            'failed', 'unsure')
""")
_USED = text("""
    SELECT subject, count(*) AS used FROM message
    WHERE subject = ANY(:subjects) AND reminder AND first_tried_at IS NOT NULL
        AND state NOT IN ('refused', 'not_following', 'failed')
    GROUP BY subject
""")


def _overtake(connection: Connection, stories: Iterable[Story]) -> None:
    """Reminders of what is past are cancelled, turns that are over are marked so, deadlines that moved are carried."""
    past = [
        {"subject": story.subject, "mark": catalogue.CLOSES.get(story.name)}
        for story in stories
        if story.version > 1 and not story.overtaken  # what is told late cancels nothing of what came after it
    ]
    if past:
        connection.execute(_OVERTAKE, {"past": orjson.dumps(past).decode()})
    moved = [
        {"subject": story.subject, "expires_at": story.respond_by, "deadline": story.words()["deadline"]}
        for story in stories
        if story.name == "invitation.extended"
    ]
    if moved:
        connection.execute(_CARRY_DEADLINE, {"moved": orjson.dumps(moved).decode()})


def _used_reminders(connection: Connection, subjects: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many reminders of each subject were pushed, or may have been. Read after the cancelling, which settles it."""
    rows = connection.execute(_USED, {"subjects": subjects}) if subjects else ()
    return {row.subject: row.used for row in rows}


# The rows


def _messages(story: Story, plan: _Plan) -> list[dict[str, Any]]:
    """All message rows of one event."""
    planned, words = _planned_reminders(story, plan), story.words()
    rows = []
    for entry in catalogue.of(story):
        due = _due(entry, story, planned)
        if entry.reminder and due is None:
            continue
        shared = _shared(story, entry, due, words)
        rows += [
            shared | _own(entry, listener, due, plan, shared["expires_at"])
            for listener in plan.listeners.get((str(story.event_id), entry.to), [])
        ]
    return rows


def _due(entry: Entry, story: Story, planned: Mapping[str, datetime]) -> datetime | None:
    """When a reminder comes; None where it is none, or has nothing to remind of any more."""
    if entry.after is None:
        return planned.get(entry.kind) if entry.reminder else None
    return story.at + entry.after if story.newest else None


def _may_remind(story: Story) -> bool:
    """Whether the event says until when an answer is waited for."""
    return story.respond_by is not None and story.newest and story.invitation_state == "pending"


def _planned_reminders(story: Story, plan: _Plan) -> Mapping[str, datetime]:
    """Kind → moment; none unless this event is what holds and the invitation waits for an answer."""
    if story.respond_by is None or not _may_remind(story):
        return {}
    return reminders.plan(story.respond_by, story.at, plan.used_reminders.get(story.subject, 0))


def _shared(story: Story, entry: Entry, due: datetime | None, words: dict[str, str]) -> dict[str, Any]:
    """What a message says, whoever receives it."""
    if due is not None and story.respond_by is not None:
        words = words | {"remaining": reminders.remaining(story.respond_by, due)}
    over = entry.mark is Mark.MINE and story.overtaken
    return {
        "event_id": story.event_id,
        "subject": story.subject,
        "mark": Mark.OTHERS if over else entry.mark,
        "wanted_while": story.target if entry.only_while_so else None,
        "due_at": due,
        "expires_at": story.respond_by if entry.lasts is None else story.at + entry.lasts,
    } | spoken(entry, words)


def spoken(entry: Entry, words: Mapping[str, str]) -> dict[str, Any]:
    """What an entry says in these words, and what it asks for."""
    return {
        "kind": entry.kind,
        "topic": entry.topic,
        "title": entry.title.format_map(words),
        "body": entry.body.format_map(words),
        "href": entry.href.format_map(words),
        "note": entry.note.format_map(words) if entry.note else None,
        "fields": {key: fit(key, value.format_map(words)) for key, value in entry.fields.items()},
        "template": entry.template,
        "urgent": entry.urgent,
        "reminder": entry.reminder,
        "merge": entry.merge,
        "choice": entry.choice,
        "fallback": entry.fallback,
    }


def _own(
    entry: Entry, listener: Listener, due: datetime | None, plan: _Plan, deadline: datetime | None
) -> dict[str, Any]:
    """What differs by receiver: whether, how and when it is pushed."""
    held = quiet.held_until(plan.hours, due or plan.now, urgent=entry.urgent, deadline=deadline)
    return {
        "recipient": listener.account_id,
        "state": first_state(entry, listener, later=due is not None),
        "held_until": held,
    }


def first_state(entry: Entry, listener: Listener, *, later: bool = False) -> MessageState:
    """How the push begins. Who follows is asked again when the moment of a ``later`` one has come."""
    if entry.template is None:
        return MessageState.INBOX
    if entry.choice in listener.off:
        return MessageState.SWITCHED_OFF
    if later:
        return MessageState.QUEUED
    if listener.following:
        return MessageState.REFUSED if entry.template in listener.refused else MessageState.QUEUED
    elsewhere = entry.to is Audience.GRADUATE or (entry.fallback is Channel.EMAIL and listener.email)
    return MessageState.NOT_FOLLOWING if elsewhere else MessageState.INBOX
