"""Carries messages to WeChat: claim a batch, commit, send from several threads, record; until nothing is due."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from types import TracebackType
from urllib.parse import quote

import structlog

from app.models import MessageState
from app.notify import claims, outcome
from app.notify.bucket import Bucket
from app.notify.claims import LEASE, Claimed
from app.notify.errcodes import Behaviour
from app.notify.means import Means
from app.notify.outcome import Attempt
from app.notify.wechat import TIME_LIMIT, Client, WeChatError

THREADS = 16
BATCH = 64
MEMORY = timedelta(minutes=9)
"""For so long the same id is sent again; WeChat remembers it for ten minutes."""
FRESH = 0.25
"""Seconds for which the answer that a message is still wanted holds; then it is asked again before the call."""
SLICE = 15.0
"""Seconds after which a job ends even when more is due: a worker told to stop is not kept waiting."""
LONGEST_CALL = 4 * sum(TIME_LIMIT)
"""Seconds a call may take with a new token and its one repetition."""
BRINGING_UP_TO_DATE = 2.0
log = structlog.get_logger("app.notify.deliver")


def entrance(public_url: str, href: str | None) -> str | None:
    """Where a card leads: through WeChat's silent log-in, so that it opens as the person who tapped it."""
    return f"{public_url}/auth/wechat/start?next={quote(href, safe='/')}" if href else None


class Sender:
    """The long-lived things of a sending process: client with its connections, bucket, threads."""

    def __init__(self, means: Means) -> None:
        account = means.settings.wechat
        self.app_id = account.app_id
        self.client = Client(account, means.redis)
        self.bucket = Bucket(means.redis, account.app_id, account.send_rate)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="send")

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for calls under way and give the connections back."""
        self.threads.shutdown()
        self.client.close()


def _never() -> bool:
    return False


def deliver_due(
    means: Means, sender: Sender | None = None, *, seconds: float = SLICE, stopping: Callable[[], bool] = _never
) -> int:
    """Send what is due for at most ``seconds`` or until ``stopping``; returns how many messages were handled.

    Any number of processes may do this at once. Raises what the database raises when it is away: what was claimed is
    claimed again once its lease has ended.
    """
    if sender is None:
        with Sender(means) as own:
            return deliver_due(means, own, seconds=seconds, stopping=stopping)
    until = time.monotonic() + seconds
    handled = 0
    while time.monotonic() < until and not stopping():
        granted, wait = sender.bucket.take(BATCH)
        if granted == 0:
            if not _anything_due(means, sender.app_id):
                break
            time.sleep(min(wait, 1.0))
            continue
        attempts = _batch(means, sender, granted)
        called = sum(attempt.behaviour is not None for attempt in attempts)
        sender.bucket.give_back(granted - called)
        handled += len(attempts)
        if not attempts:
            break
    return handled


def _anything_due(means: Means, app_id: str) -> bool:
    with means.db.reading() as connection:
        return claims.anything_due(connection, app_id)


def _batch(means: Means, sender: Sender, many: int) -> list[Attempt]:
    lease = uuid.uuid4()
    with means.db.transaction() as connection:
        messages = claims.claim(connection, sender.app_id, lease, many, MEMORY)
        claimed_at = time.monotonic()
        verdicts = claims.ask(connection, lease, [message.id for message in messages]) if messages else {}
    work = partial(_try, means, sender.client, lease, claimed_at)
    attempts = list(sender.threads.map(work, messages, [verdicts.get(message.id, "lost") for message in messages]))
    if attempts:
        _record(means, sender, lease, attempts)
    return attempts


def _try(means: Means, client: Client, lease: uuid.UUID, claimed_at: float, message: Claimed, verdict: str) -> Attempt:
    """One message: asked about once more if it has waited, then sent. Runs in a thread, without a transaction."""
    waited = time.monotonic() - claimed_at
    if verdict == "send" and waited > FRESH:
        with means.db.reading() as connection:
            verdict = claims.ask(connection, lease, [message.id]).get(message.id, "lost")
    if verdict == "later":
        return outcome.not_called(message, MessageState.QUEUED, BRINGING_UP_TO_DATE)
    if verdict != "send":
        # What may have arrived before it was overtaken is not said to be unsent.
        maybe_there = message.tried_before is not None and verdict != "lost"
        return outcome.unsure(message) if maybe_there else outcome.not_called(message, verdict)
    if message.openid is None:
        return outcome.not_called(message, MessageState.NOT_FOLLOWING)
    if waited > LEASE.total_seconds() - LONGEST_CALL:
        return outcome.not_called(message, MessageState.QUEUED, 0.0)
    if message.memory_left is not None and message.memory_left < waited:
        return outcome.unsure(message)
    return _call(means, client, message, message.openid)


def _call(means: Means, client: Client, message: Claimed, openid: str) -> Attempt:
    try:
        msgid = client.send_template(
            openid=openid,
            template=message.template,
            url=entrance(means.settings.public_url, message.href),
            fields=message.fields,
            client_msg_id=message.client_msg_id.hex,
        )
    except WeChatError as error:
        return outcome.refused(message, error)
    return outcome.accepted(message, msgid)


def _record(means: Means, sender: Sender, lease: uuid.UUID, attempts: Sequence[Attempt]) -> None:
    """Write what came of the batch, in one transaction; what was lost to another is left to it."""
    if any(attempt.behaviour in (Behaviour.BUSY, Behaviour.MINUTE_QUOTA) for attempt in attempts):
        sender.bucket.slow_down()
    outcomes = [attempt.outcome for attempt in attempts if attempt.outcome.state != "lost"]
    with means.db.transaction() as connection:
        held = claims.record(connection, lease, outcomes)
        outcome.spread(connection, sender.app_id, attempts)
    for attempt in attempts:
        _report(attempt, held=attempt.message.id in held)


def _report(attempt: Attempt, *, held: bool) -> None:
    failed = attempt.behaviour is Behaviour.GIVE_UP
    (log.error if failed else log.info)(
        "push",
        message_id=str(attempt.message.id),
        kind=attempt.message.kind,
        state=attempt.outcome.state if held else "lost",
        errcode=attempt.outcome.errcode,
        errmsg=attempt.outcome.errmsg if attempt.outcome.errcode else None,
        attempts=attempt.message.attempts,
        request_id=attempt.message.request_id,
    )
