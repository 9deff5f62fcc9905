"""订阅消息: what people consented to when a page asked them, and one-off messages sent against that.

Kept ready and switched off (``WECHAT_SUBSCRIPTIONS`` is empty): consents are recorded whenever WeChat tells of them, so
that the day template messages are withdrawn finds them here (docs/public-account.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from app.notify.wechat import Client
from app.settings import WeChat

LISTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
"""Event → the element that holds its list."""
MOST = 1_000
"""Messages kept allowed for one person and template; nobody is sent as many."""


class NotConfigured(LookupError):
    """The account has no subscription template of this name: the adapter is off for it."""


@dataclass(frozen=True, order=True)
class News:
    """One line of an event: a person's answer for a template, or a message that was sent on it."""

    openid: str
    template_id: str
    told_at: datetime
    callback: int
    event: str
    status: str
    """accept or reject; of a sent message, WeChat's error code"""


# An answer older than the one known says nothing any more.
_ANSWERED = text("""
    INSERT INTO subscription_consent AS c (app_id, openid, template_id, status, messages, told_at)
    VALUES (:app, :openid, :template_id, :status, :added, :told_at)
    ON CONFLICT (app_id, openid, template_id) DO UPDATE SET status = excluded.status, told_at = excluded.told_at,
        messages = CASE WHEN :clears THEN 0 ELSE least(c.messages + excluded.messages, :most) END
    WHERE c.told_at <= excluded.told_at
""")
_USED = text("""
    UPDATE subscription_consent SET messages = messages - 1
    WHERE app_id = :app AND openid = :openid AND template_id = :template_id AND messages > 0
""")
_LEFT = text("""
    SELECT messages FROM subscription_consent WHERE app_id = :app AND openid = :openid AND template_id = :template_id
""")


def note(connection: Connection, app_id: str, rows: Iterable[Row[Any]]) -> None:
    """Record what stored pushes tell of consents; each push once."""
    # In one order everywhere, so that two workers never wait for each other.
    for news in sorted(item for row in rows for item in _read(row)):
        parameters: dict[str, Any] = {"app": app_id, "openid": news.openid, "template_id": news.template_id}
        if news.event == "subscribe_msg_sent_event":
            if news.status == "0":
                connection.execute(_USED, parameters)
            continue
        popup = news.event == "subscribe_msg_popup_event"
        parameters |= {"status": news.status, "told_at": news.told_at, "most": MOST}
        parameters |= {"added": int(popup and news.status == "accept")}
        connection.execute(_ANSWERED, parameters | {"clears": not popup and news.status == "reject"})


def left(connection: Connection, account: WeChat, openid: str, name: str) -> int:
    """How many messages of our template ``name`` the person still allows; raises :class:`NotConfigured`."""
    parameters = {"app": account.app_id, "openid": openid, "template_id": _id_of(account, name)}
    return int(connection.scalar(_LEFT, parameters) or 0)


def send(
    client: Client, account: WeChat, *, openid: str, name: str, url: str | None, fields: Mapping[str, str]
) -> None:
    """Send one message of our template ``name``; WeChat tells by an event that it used a consent up.

    Raises :class:`NotConfigured`, and WeChatError with 43101 where no consent is left.
    """
    message: dict[str, Any] = {
        "touser": openid,
        "template_id": _id_of(account, name),
        "data": {key: {"value": value} for key, value in fields.items()},
    }
    client.call("message/subscribe/bizsend", message | ({"page": url} if url else {}))


def _id_of(account: WeChat, name: str) -> str:
    try:
        return account.subscriptions[name]
    except KeyError:
        raise NotConfigured(name) from None


def _read(row: Row[Any]) -> Sequence[News]:
    """The lines of a push; whatever is not shaped like WeChat's is left out."""
    content = row.content
    event = str(content.get("Event"))
    holder = content.get(LISTS.get(event, "")) or {}
    lines = holder.get("List") if isinstance(holder, dict) else None
    told_at = datetime.fromtimestamp(int(content["CreateTime"]), UTC)
    found = []
    for line in lines if isinstance(lines, list) else [lines]:
        if not isinstance(line, dict) or not isinstance(line.get("TemplateId"), str):
            continue
        sent = event == "subscribe_msg_sent_event"
        status = str(line.get("ErrorCode" if sent else "SubscribeStatusString"))
        if sent or status in ("accept", "reject"):
            found.append(News(content["FromUserName"], line["TemplateId"], told_at, row.id, event, status))
    return found
