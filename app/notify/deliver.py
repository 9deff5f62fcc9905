"""Carries messages to WeChat: claims what is due while calls are under way, and records what came of them in sets."""

from __future__ import annotations

import queue
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import OperationalError

from app import clock
from app.db import is_deadlock
from app.models import MessageState
from app.notify import budget, claims, merging, outcome, quiet, upkeep
from app.notify.claims import Claimed
from app.notify.errcodes import Behaviour
from app.notify.means import Means
from app.notify.outcome import Attempt
from app.notify.sender import FRESH, Order, Sender

SLICE = 15.0
"""Seconds after which a job ends even when more is due: a worker told to stop is not kept waiting."""
BATCH = 256
"""Messages claimed at once."""
MANY = 256
SOON = 0.1
"""Outcomes are written when there are so many, or after so many seconds."""
STALE = 0.8 * FRESH
"""Seconds after which waiting messages are asked about all at once, before each thread would ask for its own."""
FEW = 16
"""Of a small set each message has a line in the log; of a large one only those that went wrong."""
log = structlog.get_logger("app.notify.deliver")


def _never() -> bool:
    return False


def _nothing() -> int:
    return 0


def deliver_due(
    means: Means,
    sender: Sender | None = None,
    *,
    seconds: float = SLICE,
    stopping: Callable[[], bool] = _never,
    supply: Callable[[], int] = _nothing,
) -> int:
    """Send what is due for at most ``seconds`` or until ``stopping``; returns how many messages were handled.

    ``supply`` is asked for more when nothing is due, and says whether it has made some so (more than 0).

    Any number of processes may do this at once. Raises what the database raises when it is away: what was claimed is
    claimed again once its lease has ended.
    """
    if sender is None:
        with Sender(means) as own:
            return deliver_due(means, own, seconds=seconds, stopping=stopping, supply=supply)
    handled = _Delivery(means, sender, time.monotonic() + seconds, stopping, supply).run()
    upkeep.keep_up(means, sender)
    return handled


class _Delivery:
    """One run. This thread speaks with the database; the sender's threads speak with WeChat, and never wait for it
    while there is something to send: the next set is claimed before the last one is through."""

    def __init__(
        self,
        means: Means,
        sender: Sender,
        until: float,
        stopping: Callable[[], bool],
        supply: Callable[[], int],
    ) -> None:
        self._means = means
        self._sender = sender
        self._until = until
        self._stopping = stopping
        self._supply = supply
        self._waiting: deque[Order] = deque()
        self._under_way = 0
        self._done: list[Attempt] = []
        self._done_since = 0.0
        self._not_before = 0.0
        self._nothing_due = False
        self._handled = 0

    def run(self) -> int:
        try:
            while True:
                more = time.monotonic() < self._until and not self._stopping()
                if more and len(self._waiting) < len(self._sender.threads):
                    self._refill()
                if not more:
                    self._put_back()
                self._hand_out()
                if not (self._under_way or self._waiting or self._done) and (not more or self._nothing_due):
                    return self._handled
                self._collect()
                self._record_if_many()
        finally:
            self._wait_for_calls()

    def _refill(self) -> None:
        """Claim a set, as far as the bucket grants it."""
        if time.monotonic() < self._not_before:
            return
        granted, wait = self._sender.bucket.take(BATCH)
        if granted == 0:
            self._not_before = time.monotonic() + min(wait, 1.0)
            if not (self._under_way or self._waiting):
                with self._means.db.reading() as connection:
                    self._nothing_due = not claims.anything_due(connection, self._sender.app_id)
            return
        claimed = self._claim(granted)
        self._sender.bucket.give_back(granted - claimed)
        self._nothing_due = claimed == 0 and self._supply() == 0
        if self._nothing_due and self._under_way:
            self._not_before = time.monotonic() + SOON

    def _claim(self, many: int) -> int:
        """How many were claimed; what may not go at night is done with, the others wait for a thread."""
        lease = uuid.uuid4()
        with self._means.db.transaction() as connection:
            messages = claims.claim(connection, self._sender.app_id, lease, many, claims.MEMORY)
            claimed_at = time.monotonic()
            if not messages:
                return 0
            verdicts = claims.ask(connection, lease, [message.id for message in messages])
            messages = merging.merge(connection, self._sender.app_id, messages, verdicts)
        for message in messages:
            verdict = verdicts.get(message.id, "lost")
            if verdict == "send" and (wait := self._night(message)) is not None:
                self._finish(outcome.not_called(message, MessageState.QUEUED, wait))
            else:
                self._waiting.append(Order(message, verdict, claimed_at, claimed_at))
        return len(messages)

    def _night(self, message: Claimed) -> float | None:
        """Seconds until the morning for what was queued again into the night."""
        now = clock.now()
        held = quiet.held_until(
            self._means.settings.quiet_hours, now, urgent=message.urgent, deadline=message.expires_at
        )
        return None if held is None else (held - now).total_seconds()

    def _hand_out(self) -> None:
        """Keep every thread busy, and a call for each at hand."""
        room = 2 * len(self._sender.threads) - self._under_way
        if not self._waiting or room <= 0:
            return
        orders = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        for order in self._asked_again(orders):
            self._sender.orders.put(order)
            self._under_way += 1

    def _asked_again(self, orders: Sequence[Order]) -> Sequence[Order]:
        """What has waited here is asked about once more, all at once."""
        now = time.monotonic()
        old = [order for order in orders if order.verdict == "send" and now - order.asked_at > STALE]
        if not old:
            return orders
        verdicts: dict[uuid.UUID, str] = {}
        with self._means.db.reading() as connection:
            for lease in {order.message.lease for order in old}:
                ids = [order.message.id for order in old if order.message.lease == lease]
                verdicts |= claims.ask(connection, lease, ids)
        return [
            Order(order.message, verdicts.get(order.message.id, "lost"), now, order.claimed_at)
            if order.verdict == "send" and now - order.asked_at > STALE
            else order
            for order in orders
        ]

    def _collect(self) -> None:
        """Wait a moment for calls to end, then take all that have."""
        if not self._under_way:
            if not (self._waiting or self._done):
                time.sleep(min(max(self._not_before - time.monotonic(), 0.0), SOON))
            return
        try:
            self._ended(self._sender.attempts.get(timeout=SOON))
            while True:
                self._ended(self._sender.attempts.get_nowait())
        except queue.Empty:
            return

    def _ended(self, attempt: Attempt) -> None:
        self._under_way -= 1
        self._finish(attempt)

    def _finish(self, attempt: Attempt) -> None:
        if not self._done:
            self._done_since = time.monotonic()
        self._done.append(attempt)

    def _record_if_many(self) -> None:
        idle = not (self._under_way or self._waiting)
        if self._done and (idle or len(self._done) >= MANY or time.monotonic() - self._done_since > SOON):
            self._record()

    def _record(self) -> None:
        """Write what came of these, in one transaction; what was lost to another is left to it."""
        attempts = self._done
        if any(attempt.behaviour in (Behaviour.BUSY, Behaviour.MINUTE_QUOTA) for attempt in attempts):
            self._sender.bucket.slow_down()
        self._sender.bucket.give_back(sum(attempt.behaviour is None for attempt in attempts))
        try:
            held = self._write(attempts)
        except OperationalError as error:
            if not is_deadlock(error):
                raise
            held = self._write(attempts)
        self._done = []
        self._handled += len(attempts)
        self._nothing_due = False  # people whose message was under way may have another
        _report(attempts, held)

    def _write(self, attempts: Sequence[Attempt]) -> set[uuid.UUID]:
        outcomes = [attempt.outcome for attempt in attempts if attempt.outcome.state != "lost"]
        with self._means.db.transaction() as connection:
            held = claims.record(connection, outcomes)
            outcome.spread(connection, self._sender.app_id, attempts, held)
            budget.spend(connection, self._means.settings.wechat, attempts)
        return held

    def _put_back(self) -> None:
        """What was claimed and not begun goes back at once: others need not wait for its lease to end."""
        while self._waiting:
            self._finish(outcome.not_called(self._waiting.popleft().message, MessageState.QUEUED, 0.0))

    def _wait_for_calls(self) -> None:
        """After an exception, too: the next run must not find the answers of this one."""
        while self._under_way:
            self._sender.attempts.get()
            self._under_way -= 1


def _report(attempts: Sequence[Attempt], held: set[uuid.UUID]) -> None:
    """A line for the set, and one for each message that needs it."""
    states = Counter(attempt.outcome.state if attempt.message.id in held else "lost" for attempt in attempts)
    if len(attempts) > FEW:
        log.info("pushed", messages=len(attempts), **states)
    for attempt in attempts:
        fine = attempt.behaviour in (None, Behaviour.ACCEPTED)
        if len(attempts) > FEW and fine:
            continue
        failed = attempt.behaviour is Behaviour.GIVE_UP
        (log.error if failed else log.info)(
            "push",
            message_id=str(attempt.message.id),
            kind=attempt.message.kind,
            state=attempt.outcome.state if attempt.message.id in held else "lost",
            errcode=attempt.outcome.errcode,
            errmsg=attempt.outcome.errmsg if attempt.outcome.errcode else None,
            rid=attempt.outcome.rid,
            attempts=attempt.message.attempts,
            request_id=attempt.message.request_id,
        )
