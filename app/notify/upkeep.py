"""What a sending process asks WeChat for now and then: the day's quota, and what became of messages in review."""

from __future__ import annotations

import time

import structlog

from app.notify import budget, review
from app.notify.means import Means
from app.notify.sender import Sender
from app.notify.wechat import WeChatError

EVERY = 60.0
"""Seconds between two tries of a process; a WeChat that is away is not asked at every job."""
log = structlog.get_logger("app.notify.upkeep")


def keep_up(means: Means, sender: Sender) -> None:
    """Ask, if this process has not asked lately; what cannot be asked now is asked the next time."""
    if time.monotonic() - sender.kept_up_at < EVERY:
        return
    sender.kept_up_at = time.monotonic()
    for step in (_read_quota, _settle_reviews):
        try:
            step(means, sender)
        except WeChatError as error:
            log.warning("not asked", what=step.__name__, errcode=error.errcode, errmsg=error.errmsg)


def _read_quota(means: Means, sender: Sender) -> None:
    """Others may send with this account too, and the platform changes its limit with the number of followers."""
    with means.db.reading() as connection:
        if not budget.is_stale(connection, sender.app_id):
            return
    budget.ask(means.db, sender.app_id, sender.client)


def _settle_reviews(means: Means, sender: Sender) -> None:
    settled = review.settle(means, sender.client)
    if settled:
        log.info("reviews settled", messages=settled)
