"""What a sending process has for as long as it lives: the client with its connections, the bucket, the threads."""

from __future__ import annotations

import math
import queue
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import quote

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.models import MessageState
from app.notify import claims, outcome
from app.notify.bucket import Bucket
from app.notify.claims import LEASE, Claimed
from app.notify.means import Means
from app.notify.outcome import Attempt
from app.notify.wechat import TIME_LIMIT, Client, WeChatError

FRESH = 0.25
"""Seconds for which the answer that a message is still wanted holds; then it is asked again before the call."""
LONGEST_CALL = 4 * sum(TIME_LIMIT)
"""Seconds a call may take with a new token and its one repetition."""
BRINGING_UP_TO_DATE = 2.0
ASKING_FAILED = 2.0
log = structlog.get_logger("app.notify.sender")


def entrance(public_url: str, href: str | None) -> str | None:
    """Where a card leads: through WeChat's silent log-in, so that it opens as the person who tapped it."""
    return f"{public_url}/auth/wechat/start?next={quote(href, safe='/')}" if href else None


def page_of(message: Claimed) -> str | None:
    """The exact page; the message centre for a push that stands for several messages."""
    if message.merged and message.href:
        return f"/{message.href.split('/')[1]}/messages"
    return message.href


@dataclass(frozen=True)
class Order:
    """A message to be tried, with the verdict on whether it is wanted and when that was asked."""

    message: Claimed
    verdict: str
    asked_at: float
    claimed_at: float


class Sender:
    """The long-lived things of a sending process: client with its connections, bucket, threads."""

    def __init__(self, means: Means) -> None:
        account = means.settings.wechat
        self.means = means
        self.app_id = account.app_id
        self.client = Client(account, means.redis)
        self.bucket = Bucket(means.redis, account.app_id, account.send_rate)
        self.orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self.attempts: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
        self.kept_up_at = -math.inf
        self.threads = [
            threading.Thread(target=self._work, name=f"send-{number}", daemon=True)
            for number in range(account.connections)
        ]
        for thread in self.threads:
            thread.start()

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for calls under way and give the connections back."""
        for _ in self.threads:
            self.orders.put(None)
        for thread in self.threads:
            thread.join()
        self.client.close()

    def _work(self) -> None:
        while (order := self.orders.get()) is not None:
            try:
                attempt = self._try(order)
            except Exception as error:  # whatever it is, the message is not lost: it may have been sent
                log.error("a call failed", message_id=str(order.message.id), exc_info=error)
                attempt = outcome.refused(order.message, WeChatError(None, type(error).__name__))
            self.attempts.put(attempt)

    def _try(self, order: Order) -> Attempt:
        """One message: asked about once more if it has waited, then sent. Without a transaction."""
        message, verdict = order.message, order.verdict
        if verdict == "send" and time.monotonic() - order.asked_at > FRESH:
            try:
                with self.means.db.reading() as connection:
                    verdict = claims.ask(connection, message.lease, [message.id]).get(message.id, "lost")
            except SQLAlchemyError:
                return outcome.not_called(message, MessageState.QUEUED, ASKING_FAILED)
        if (settled := _settled(message, verdict, time.monotonic() - order.claimed_at)) is not None:
            return settled
        try:
            msgid = self.client.send_template(
                openid=message.openid or "",
                template=message.template,
                url=entrance(self.means.settings.public_url, page_of(message)),
                fields=message.fields,
                client_msg_id=message.client_msg_id.hex,
            )
        except WeChatError as error:
            return outcome.refused(message, error)
        return outcome.accepted(message, msgid)


def _settled(message: Claimed, verdict: str, waited: float) -> Attempt | None:
    """What becomes of a message that is not to be sent now; None for one that is."""
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
    return None
