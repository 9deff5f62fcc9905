"""From WeChat's answer to what is written about the message, and what it means for the others."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

import orjson
from sqlalchemy import Connection, text

from app import clock
from app.models import MessageState
from app.models.columns import in_states
from app.models.message import NOT_ARRIVED, OPEN
from app.notify.claims import MEMORY, Claimed, Outcome
from app.notify.errcodes import Behaviour, behaviour
from app.notify.pauses import Cause, midnight, pause
from app.notify.wechat import WeChatError

QUICK_TRIES = 5
SLOWEST_TRY = 300.0
A_MINUTE = 61.0
"""WeChat's windows of a minute, and a second for clocks that differ."""
SPARED = timedelta(hours=1)
STOPPED = timedelta(minutes=5)
"""After a credential error the account is tried again this often, until an operator has mended it."""
PROBED_AFTER = timedelta(days=30)
"""A person who refused a template may have switched it on again, of which WeChat tells nobody."""
_S = MessageState


@dataclass(frozen=True)
class Attempt:
    """A claimed message and what came of it. ``behaviour`` is None where no call was made."""

    message: Claimed
    outcome: Outcome
    behaviour: Behaviour | None = None


def accepted(message: Claimed, msgid: int) -> Attempt:
    """WeChat took it; whether it arrives is for the receipt to say."""
    return Attempt(
        message, Outcome(message.id, message.lease, _S.SENT, 0, "ok", msgid=msgid, kept=True), Behaviour.ACCEPTED
    )


def not_called(message: Claimed, state: str, wait: float | None = None) -> Attempt:
    """Settled, or put back, without a call."""
    return Attempt(
        message,
        Outcome(
            message.id, message.lease, state, wait=wait, called=False, kept=False, tried_before=message.tried_before
        ),
    )


def unsure(message: Claimed) -> Attempt:
    """WeChat no longer remembers the id: sending again could arrive twice, so the receipt alone can settle it."""
    return Attempt(message, Outcome(message.id, message.lease, _S.UNSURE, called=False, kept=True))


def refused(message: Claimed, error: WeChatError) -> Attempt:
    """WeChat said no, or said nothing."""
    what = behaviour(error.errcode)
    state, wait, kept = _aftermath(message, what, reached=error.reached)
    words, rid = _without_rid(error.errmsg)
    outcome = Outcome(
        message.id,
        message.lease,
        state,
        error.errcode,
        words,
        rid,
        wait=wait,
        kept=kept,
        tried_before=message.tried_before,
    )
    return Attempt(message, outcome, what)


_RID = re.compile(r"\s*rid: ([0-9A-Za-z-]{1,64})")


def _without_rid(errmsg: str) -> tuple[str, str | None]:
    """WeChat's words and, apart, its name of the call."""
    found = _RID.search(errmsg)
    return (errmsg, None) if found is None else (errmsg[: found.start()].strip(), found[1])


_FINAL = {
    Behaviour.UNREACHABLE: _S.NOT_FOLLOWING,
    Behaviour.BLOCKED: _S.BLOCKED,
    Behaviour.REFUSED: _S.REFUSED,
    Behaviour.GIVE_UP: _S.FAILED,
}
_LATER = {
    Behaviour.SPARE_PERSON: SPARED.total_seconds(),
    Behaviour.MINUTE_QUOTA: A_MINUTE,
    Behaviour.STOP_ACCOUNT: STOPPED.total_seconds(),
    Behaviour.STOP_TEMPLATE: STOPPED.total_seconds(),
}


def _aftermath(message: Claimed, what: Behaviour, *, reached: bool) -> tuple[MessageState, float | None, bool]:
    """The state, the seconds to wait, and whether the moment of the first try stays."""
    if what in _FINAL and message.tried_before is not None:
        return _S.UNSURE, None, True  # the first try may have arrived: its receipt says so, this refusal does not
    if what in _FINAL:
        return _FINAL[what], None, False
    match what:
        case Behaviour.IN_REVIEW:
            return _S.IN_REVIEW, None, True
        case Behaviour.UNANSWERED:
            return _S.QUEUED, _backoff(message.attempts), reached
        case Behaviour.BUSY if message.attempts > QUICK_TRIES:
            return _S.RATE_LIMITED, min(30.0 * 2 ** (message.attempts - QUICK_TRIES), SLOWEST_TRY), False
        case Behaviour.BUSY:
            return _S.QUEUED, _backoff(message.attempts), False
        case Behaviour.DUPLICATE if message.memory_left is not None:
            ours = MEMORY.total_seconds() - message.memory_left < A_MINUTE
            return (_S.SENT, None, True) if ours else (_S.QUEUED, A_MINUTE, True)
        case Behaviour.DUPLICATE:
            return _S.QUEUED, A_MINUTE, False
        case Behaviour.DAY_QUOTA:
            return _S.RATE_LIMITED, (midnight() - clock.now()).total_seconds(), False
    return _S.RATE_LIMITED, _LATER[what], False


def _backoff(attempts: int) -> float:
    """1, 2, 4, 8 … seconds, at most a minute, and up to half as much again so that not all come back at once."""
    return min(2.0 ** max(attempts - 1, 0), 60.0) * (1 + random.random() / 2)  # noqa: S311  (no secret)


# What an answer to one message means for others

# In the order of their ids, as everyone locks many messages.
_SPARE = text(f"""
    WITH waiting AS (SELECT id FROM message
        WHERE recipient = ANY(:people) AND {in_states(*OPEN)} AND state <> 'sending'
        ORDER BY id FOR NO KEY UPDATE)
    UPDATE message m SET next_try_at = greatest(m.next_try_at, now() + :pause) FROM waiting WHERE m.id = waiting.id
""")  # noqa: S608  (only constants)
# A subscription heard of just now is newer news than what the call was told.
_LOST_FOLLOWERS = text("""
    UPDATE wechat_follower SET following = false
    WHERE app_id = :app AND openid = ANY(:openids) AND coalesce(heard_at < now() - interval '10 seconds', true)
""")
_REFUSALS = text("""
    INSERT INTO refusal (account_id, template, refused_at, probe_at)
    SELECT DISTINCT account_id, template, now(), now() + :pause
    FROM jsonb_to_recordset(CAST(:refused AS jsonb)) AS r (account_id uuid, template text)
    ON CONFLICT (account_id, template) DO UPDATE SET refused_at = now(), probe_at = excluded.probe_at
""")
# What one push stood for was brought no further than that push.
_NOT_BROUGHT = text(f"""
    WITH followers AS (
        SELECT m.id, l.state, l.errcode, l.errmsg, l.rid FROM message m JOIN message l ON l.id = m.merged_into
        WHERE m.merged_into = ANY(:leaders) AND m.state = 'merged' AND l.{in_states(*NOT_ARRIVED)}
        ORDER BY m.id FOR NO KEY UPDATE OF m)
    UPDATE message m SET state = f.state, errcode = f.errcode, errmsg = f.errmsg, rid = f.rid
    FROM followers f WHERE m.id = f.id
""")  # noqa: S608  (only constants)
# A receipt may say later that it did arrive.
_BROUGHT = text(f"""
    WITH followers AS (SELECT id FROM message WHERE merged_into = ANY(:leaders) AND {in_states(*NOT_ARRIVED)}
        ORDER BY id FOR NO KEY UPDATE)
    UPDATE message m SET state = 'merged' FROM followers f WHERE m.id = f.id
""")  # noqa: S608  (only constants)
# What was merged into one that is no longer wanted goes by itself again.
_RELEASE = text("""
    WITH followers AS (SELECT id FROM message WHERE merged_into = ANY(:leaders) AND state = 'merged'
        ORDER BY id FOR NO KEY UPDATE)
    UPDATE message m SET state = 'queued', merged_into = NULL, next_try_at = now() FROM followers f WHERE m.id = f.id
""")
_NOT_WANTED = (_S.EXPIRED, _S.CANCELLED, _S.INBOX, _S.SWITCHED_OFF)


def spread(connection: Connection, app_id: str, attempts: Sequence[Attempt], held: Set[uuid.UUID]) -> None:
    """What the answers of a batch mean beyond their own messages: pauses, lost followers, spared people, refusals; and
    for what was merged into those that were still ours (``held``)."""
    gone = [attempt.message.openid for attempt in _which(attempts, Behaviour.UNREACHABLE)]
    if gone:
        connection.execute(_LOST_FOLLOWERS, {"app": app_id, "openids": gone})
    spared = [attempt.message.recipient for attempt in _which(attempts, Behaviour.SPARE_PERSON)]
    if spared:
        connection.execute(_SPARE, {"people": spared, "pause": SPARED})
    refused = [
        {"account_id": attempt.message.recipient, "template": attempt.message.template}
        for attempt in _which(attempts, Behaviour.REFUSED)
    ]
    if refused:
        connection.execute(_REFUSALS, {"refused": orjson.dumps(refused).decode(), "pause": PROBED_AFTER})
    leaders = [a for a in attempts if a.message.merged and a.message.id in held]
    if dropped := [a.message.id for a in leaders if a.outcome.state in _NOT_WANTED]:
        connection.execute(_RELEASE, {"leaders": dropped})
    not_brought(connection, [a.message.id for a in leaders if a.outcome.state in NOT_ARRIVED])
    for template, attempt in _stops(attempts).items():
        until = midnight() if attempt.behaviour is Behaviour.DAY_QUOTA else clock.now() + STOPPED
        cause = Cause(attempt.outcome.errcode or 0, attempt.outcome.errmsg or "", attempt.outcome.rid)
        pause(connection, app_id, until, cause, template)


def not_brought(connection: Connection, leaders: Sequence[uuid.UUID]) -> None:
    """Messages that were merged into these, which did not arrive, did not arrive either."""
    if leaders:
        connection.execute(_NOT_BROUGHT, {"leaders": list(leaders)})


def brought(connection: Connection, leaders: Sequence[uuid.UUID]) -> None:
    """Messages that were merged into these, which arrived after all, arrived with them."""
    if leaders:
        connection.execute(_BROUGHT, {"leaders": list(leaders)})


def _which(attempts: Sequence[Attempt], behaviour: Behaviour) -> list[Attempt]:
    return [attempt for attempt in attempts if attempt.behaviour is behaviour]


def _stops(attempts: Sequence[Attempt]) -> dict[str, Attempt]:
    """Template (empty: the account) → the answer that stops it."""
    found: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.behaviour in (Behaviour.STOP_ACCOUNT, Behaviour.DAY_QUOTA):
            found[""] = attempt
        elif attempt.behaviour is Behaviour.STOP_TEMPLATE:
            found[attempt.message.template] = attempt
    return found
