"""What the tests of this folder do most: bind a phone, let the post go round, look at rows and at the sandbox."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, text, update

from app.access import Actor
from app.models import Message, WechatFollower
from app.notify import deliver, inbox, outbox, receipts
from app.notify.sender import Sender
from app.services import Services
from tests import factories
from tests.factories import World, make_graduate
from tests.sandbox.running import APP_ID, SEND, Sandbox, eventually


@dataclass
class Post:
    """Moves what the sweeper and the senders would move."""

    services: Services
    sender: Sender
    sandbox: Sandbox

    def tell(self) -> int:
        return outbox.fan_out(self.services)

    def send(self) -> int:
        return deliver.deliver_due(self.services, self.sender, seconds=20)

    def go_round(self) -> None:
        self.tell()
        self.send()

    def follower(self, world: World, *, following: bool = True, **columns: Any) -> tuple[Actor, str]:
        """A graduate whose phone follows the public account, and the openid."""
        graduate = make_graduate(world, **columns)
        openid = self.sandbox.follower(graduate.name)
        self.bind(graduate, openid, following=following)
        return graduate, openid

    def bind(self, graduate: Actor, openid: str, *, following: bool = True) -> None:
        with self.services.db.transaction() as connection:
            values = {"app_id": APP_ID, "openid": openid, "account_id": graduate.id, "following": following}
            connection.execute(insert(WechatFollower).values(**values, bound_at=text("now()")))

    def catch_up(self) -> int:
        return inbox.catch_up(self.services)

    def rows(self, **wanted: Any) -> list[Any]:
        """Message rows, by any columns, in the order of their events."""
        clauses = " AND ".join(f"m.{name} = :{name}" for name in wanted) or "true"
        query = text(f"SELECT m.* FROM message m WHERE {clauses} ORDER BY m.event_id, m.due_at, m.kind")
        with self.services.db.reading() as connection:
            return list(connection.execute(query, wanted).all())

    def row(self, **wanted: Any) -> Any:
        (found,) = self.rows(**wanted)
        return found

    def receive(self) -> None:
        """Work on what the callback has stored, ignoring how long it was put off."""
        with self.services.db.transaction() as connection:
            connection.execute(text("UPDATE wechat_callback SET due_at = now() WHERE handled_at IS NULL"))
        receipts.work_off(self.services)

    def callbacks(self, count: int = 1) -> list[Any]:
        """The stored pushes, once there are so many."""
        query = text("SELECT * FROM wechat_callback ORDER BY id")

        def stored() -> list[Any]:
            with self.services.db.reading() as connection:
                found = list(connection.execute(query).all())
            return found if len(found) >= count else []

        result: list[Any] = eventually(stored)
        return result

    def change(self, message: uuid.UUID, **values: Any) -> None:
        """Set columns of a message row, as time or a crash would have."""
        with self.services.db.transaction() as connection:
            connection.execute(update(Message).where(Message.id == message).values(**values))

    def let_due(self, message: uuid.UUID) -> None:
        """The moment of a message has come."""
        self.change(message, due_at=text("now()"), next_try_at=text("now()"))

    def again_now(self) -> None:
        """What waits for its next try is tried at once."""
        with self.services.db.transaction() as connection:
            connection.execute(
                text(
                    "UPDATE message SET next_try_at = now()"
                    " WHERE state IN ('queued', 'rate_limited', 'sending') AND due_at <= now()"
                )
            )

    def cards(self, openid: str) -> list[dict[str, Any]]:
        """What the phone was shown: template name and fields."""
        return [
            {
                "template": card["template_id"].removeprefix("tpl-"),
                "url": card.get("url"),
                "client": card["client_msg_id"],
            }
            | {key: item["value"] for key, item in card["data"].items()}
            for card in self.sandbox.messages(openid)
        ]

    def execute(self, statement: str, **parameters: Any) -> Any:
        with self.services.db.transaction() as connection:
            return connection.execute(text(statement), parameters)

    def scalar(self, query: str, **parameters: Any) -> Any:
        with self.services.db.reading() as connection:
            return connection.scalar(text(query), parameters)


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def fault(sandbox: Sandbox, **rule: Any) -> None:
    sandbox.control("POST", "/faults", {"path": SEND} | rule)


def invited(world: World, post: Post) -> tuple[Any, str, Any]:
    """A graduate with a phone, and the message of an invitation that is still to be sent."""
    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    post.tell()
    return graduate, openid, post.row(kind="invitation.received", recipient=graduate.id)
