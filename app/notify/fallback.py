"""Carries to phones and mailboxes what WeChat did not bring, and one-time links to who has no account.

Open what is due, claim, send from a few threads, record.

A call to the SMS provider that got no answer may have been carried out, and the provider does not recognise a repeat.
So nothing is repeated blindly, with one exception: a message that is urgent has a deadline behind it that its receiver
does not know of. A second copy of it costs a few cents and a frown, its absence an employment; it is sent once more,
once. Whatever else is unsure goes on to the next channel. Mail carries its id with it and is simply repeated.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import TracebackType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.models import Channel, FallbackState
from app.notify import fallback_rows as rows
from app.notify import links, quiet
from app.notify.channels.mail import MailChannel
from app.notify.channels.reply import NO_ANSWER, Behaviour, Notice, Reply
from app.notify.channels.sms import SmsChannel
from app.notify.fallback_rows import Claimed, Outcome
from app.notify.means import Means
from app.notify.pauses import Cause, midnight, pause
from app.sealing import Unreadable
from app.settings import QuietHours

THREADS = 4
BATCH = 32
MANY = 500
FRESH = 0.25
"""Seconds for which the answer that a message is still wanted holds; then it is asked again before the call."""
SLICE = 15.0
"""Seconds after which a job ends even when more is due: a worker told to stop is not kept waiting."""
PATIENCE = 15.0
"""Seconds after which what has not been begun is put back. A slow mail server may take 40 more over one message; the
whole stays within the lease and within the time a job may take, so that what was sent is also recorded."""
STOPPED = timedelta(minutes=5)
"""After a refusal of ourselves the channel is tried again this often, until an operator has mended it."""
SPARED = timedelta(hours=1)
LATER = 60.0
ONCE_MORE = 120.0
"""Seconds in which the provider may still have carried out what it did not answer."""
SLOWEST_TRY = 900.0
FAULT = "fault"
"""The code where a fault of ours came before the call."""
_S = FallbackState
log = structlog.get_logger("app.notify.fallback")


class Carrier:
    """The long-lived things of a sending process: the channels that are set up, and threads."""

    def __init__(self, means: Means) -> None:
        settings = means.settings
        self.app_id = settings.wechat.app_id
        self.channels: Mapping[str, SmsChannel | MailChannel] = {
            **({Channel.SMS: SmsChannel(settings.sms)} if settings.sms else {}),
            **({Channel.EMAIL: MailChannel(settings.mail, settings.host)} if settings.mail else {}),
        }
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fallback")

    def __enter__(self) -> Carrier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for calls under way and give the connections back."""
        self.threads.shutdown()
        for channel in self.channels.values():
            channel.close()


@dataclass(frozen=True)
class _Try:
    """A claimed row and what came of it. ``behaviour`` is None where no call was made."""

    row: Claimed
    outcome: Outcome
    behaviour: Behaviour | None = None


def open_due(means: Means) -> int:
    """Ask the next channel for what WeChat did not bring; returns for how many. Any number may do this at once."""
    opened = 0
    while True:
        with means.db.transaction() as connection:
            found = rows.open_due(connection, MANY)
        opened += found
        if found < MANY:
            return opened


def _never() -> bool:
    return False


def send_due(means: Means, carrier: Carrier, *, seconds: float = SLICE, stopping: Callable[[], bool] = _never) -> int:
    """Send what is due for at most ``seconds`` or until ``stopping``; returns how many rows were handled.

    Any number of processes may do this at once. Raises what the database raises when it is away: what was claimed is
    claimed again once its lease has ended.
    """
    until = time.monotonic() + seconds
    handled = 0
    while time.monotonic() < until and not stopping():
        done = _batch(means, carrier)
        handled += done
        if done < BATCH:
            break
    return handled


def _batch(means: Means, carrier: Carrier) -> int:
    lease = uuid.uuid4()
    with means.db.transaction() as connection:
        claimed = rows.claim(connection, lease, BATCH)
        claimed_at = time.monotonic()
        verdicts = rows.ask(connection, lease, [row.id for row in claimed]) if claimed else {}
    work = partial(_attempt, means, carrier, lease, claimed_at)
    tries = list(carrier.threads.map(work, claimed, [verdicts.get(row.id, "lost") for row in claimed]))
    if tries:
        _record(means, carrier, lease, tries)
    return len(tries)


def _attempt(means: Means, carrier: Carrier, lease: uuid.UUID, claimed_at: float, row: Claimed, verdict: str) -> _Try:
    """What came of one row, whatever happens: the others of the batch were sent and must be recorded."""
    try:
        return _try(means, carrier, lease, claimed_at, row, verdict)
    except Exception as error:  # of ours, before the call; its text may hold the address
        log.error("a try failed", message_id=_named(row), channel=row.channel, error=type(error).__name__)
        return _Try(row, _settled(row, _S.UNSURE if row.interrupted else _S.FAILED, FAULT))


def _try(means: Means, carrier: Carrier, lease: uuid.UUID, claimed_at: float, row: Claimed, verdict: str) -> _Try:
    """One row: asked about once more if it has waited, then sent. Runs in a thread, without a transaction."""
    waited = time.monotonic() - claimed_at
    if verdict == "send" and waited > FRESH:
        verdict = _asked_again(means, lease, row)
    if (instead := _instead(row, verdict, waited, means.settings.quiet_hours)) is not None:
        return _Try(row, instead)
    channel = carrier.channels.get(row.channel)
    if channel is None:
        return _Try(row, _settled(row, _S.FAILED, "off"))
    try:
        address = _address(means, row)
    except Unreadable:
        return _Try(row, _settled(row, _S.FAILED, "unreadable"))
    if not address:
        return _Try(row, _settled(row, _S.NO_ADDRESS))
    try:
        notice = _notice(means, row)
    except SQLAlchemyError as error:
        log.warning("making a link failed", message_id=_named(row), error=type(error).__name__)
        return _Try(row, _put_back(row, LATER))
    try:
        reply = channel.send(notice, address)
    except Exception as error:  # the others of the batch were sent and must be recorded; its text may hold the address
        log.error("channel failed", channel=row.channel, error=type(error).__name__)
        reply = Reply(Behaviour.UNANSWERED, NO_ANSWER, type(error).__name__)
    return _Try(row, _aftermath(row, reply), reply.behaviour)


def _asked_again(means: Means, lease: uuid.UUID, row: Claimed) -> str:
    """Whether it is still wanted now; ``later`` where the database does not say."""
    try:
        with means.db.reading() as connection:
            return rows.ask(connection, lease, [row.id]).get(row.id, "lost")
    except SQLAlchemyError as error:
        log.warning("asking failed", message_id=_named(row), error=type(error).__name__)
        return "later"


def _instead(row: Claimed, verdict: str, waited: float, hours: QuietHours | None) -> Outcome | None:
    """What becomes of a row that is not sent now; None where it is."""
    if verdict == "lost":
        return _settled(row, "lost")
    if verdict not in ("send", "later"):
        return _settled(row, _S.EXPIRED, verdict)
    if row.interrupted and row.channel == Channel.SMS and not _once_more(row, row.attempts - 1):
        return _settled(row, _S.UNSURE, NO_ANSWER)
    if verdict == "later":
        return _put_back(row, LATER)
    if waited > PATIENCE:
        return _put_back(row, 0.0)
    if row.channel != Channel.SMS:  # a mailbox wakes nobody
        return None
    now = clock.now()
    morning = quiet.held_until(hours, now, urgent=row.urgent, deadline=row.expires_at)
    return _put_back(row, (morning - now).total_seconds()) if morning else None


def _once_more(row: Claimed, tries: int) -> bool:
    """Whether a call without an answer may be repeated after so many tries."""
    return row.urgent and tries == 1


def _settled(row: Claimed, state: str, code: str | None = None) -> Outcome:
    return Outcome(row.id, row.channel, state, code)


def _put_back(row: Claimed, wait: float) -> Outcome:
    return Outcome(row.id, row.channel, _S.QUEUED, wait=wait)


def _named(row: Claimed) -> str:
    """What is carried, for logs."""
    return str(row.message_id or row.id)


def _address(means: Means, row: Claimed) -> str | None:
    """Where to; raises :class:`~app.sealing.Unreadable`."""
    if row.link is not None:
        return links.address(row.link, row.channel)
    if row.sealed is None:
        return None
    return means.sealer.open(row.sealed, "phone" if row.channel == Channel.SMS else "email")


def _notice(means: Means, row: Claimed) -> Notice:
    if row.link is not None:
        return links.notice(means, row.id, row.link)
    url = f"{means.settings.public_url}{row.href}" if row.href else None
    return Notice(str(row.id), row.template, row.fields or {}, row.title or "", row.body or "", url)


def _aftermath(row: Claimed, reply: Reply) -> Outcome:
    """The state, and the seconds to wait."""
    state, wait = _S.QUEUED, None
    match reply.behaviour:
        case Behaviour.ACCEPTED:
            state = _S.SENT
        case Behaviour.GIVE_UP | Behaviour.MISTAKE:
            state = _S.FAILED
        case Behaviour.UNANSWERED if row.channel == Channel.EMAIL:
            wait = _backoff(row.attempts)
        case Behaviour.UNANSWERED if _once_more(row, row.attempts):
            wait = ONCE_MORE
        case Behaviour.UNANSWERED:
            state = _S.UNSURE
        case Behaviour.BUSY:
            wait = _backoff(row.attempts)
        case Behaviour.SPARE_NUMBER:
            wait = SPARED.total_seconds()
        case Behaviour.DAY_QUOTA:
            wait = (midnight() - clock.now()).total_seconds()
        case Behaviour.STOP_CHANNEL:
            wait = STOPPED.total_seconds()
    return Outcome(row.id, row.channel, state, reply.code, reply.words, reply.provider_id, wait, reply.called)


def _backoff(attempts: int) -> float:
    """30, 60, 120 … seconds, at most a quarter of an hour."""
    return min(30.0 * 2.0 ** min(attempts - 1, 10), SLOWEST_TRY)


def _record(means: Means, carrier: Carrier, lease: uuid.UUID, tries: Sequence[_Try]) -> None:
    """Write what came of the batch, in one transaction; what was lost to another is left to it."""
    with means.db.transaction() as connection:
        outcomes = [one.outcome for one in tries if one.outcome.state != "lost"]
        held = rows.record(connection, carrier.app_id, lease, outcomes)
        for channel, one in _stops(tries).items():
            until = midnight() if one.behaviour is Behaviour.DAY_QUOTA else clock.now() + STOPPED
            code, words = one.outcome.code or NO_ANSWER, one.outcome.words
            number = int(code) if code.isdigit() and len(code) < 9 else 0
            pause(connection, channel, until, Cause(number, f"{code}: {words}" if words else code))
    for one in tries:
        _report(one, held=one.row.id in held)


def _stops(tries: Sequence[_Try]) -> dict[str, _Try]:
    """Channel → the answer that stops it."""
    stopping = (Behaviour.STOP_CHANNEL, Behaviour.DAY_QUOTA)
    return {one.row.channel: one for one in tries if one.behaviour in stopping}


def _report(one: _Try, *, held: bool) -> None:
    ours = one.behaviour is Behaviour.MISTAKE or one.outcome.code == "unreadable"
    (log.error if ours else log.info)(
        "fallback",
        message_id=_named(one.row),
        kind=one.row.kind or "return_link",
        channel=one.row.channel,
        state=one.outcome.state if held else "lost",
        code=one.outcome.code,
        attempts=one.row.attempts,
        request_id=one.row.request_id,
    )
