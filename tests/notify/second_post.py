"""Moves what goes by SMS and e-mail, and looks at its rows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.access import Actor
from app.models import Channel
from app.notify import fallback
from app.notify.fallback import Carrier
from app.services import Services
from tests import factories
from tests.factories import World
from tests.notify.gateways import MailServer, SmsGateway
from tests.notify.helpers import Post

EMAIL = "lin.zhixia@example.edu.cn"
PHONE = "13912345678"


@dataclass
class SecondPost:
    """The other channels beside a :class:`Post`."""

    services: Services
    post: Post
    carrier: Carrier
    sms: SmsGateway
    mail: MailServer

    def missed(self, world: World, *, state: str = "not_following", email: bool = True, **columns: Any) -> Any:
        """The message of an invitation that WeChat did not bring, with SMS still open to be tried."""
        graduate = self.graduate(world, email=email, **columns)
        return self.missed_by(world, graduate, state=state)

    def graduate(self, world: World, *, email: bool = True, **columns: Any) -> Actor:
        if email:
            columns["email"] = world.sealer.seal(EMAIL, "email")
        return factories.make_graduate(world, **columns)

    def missed_by(self, world: World, graduate: Actor, *, state: str = "not_following") -> Any:
        factories.send(world, graduate)
        self.post.tell()
        return self.miss(self.post.row(kind="invitation.received", recipient=graduate.id), state=state)

    def miss(self, message: Any, channel: Channel = Channel.SMS, **values: Any) -> Any:
        self.post.change(message.id, **{"fallback": channel.value, "state": "not_following"} | values)
        return self.post.row(id=message.id)

    def go_round(self) -> None:
        fallback.open_due(self.services)
        self.send()

    def send(self) -> int:
        return fallback.send_due(self.services, self.carrier, seconds=20)

    def rows(self, message: Any) -> dict[str, Any]:
        """Channel → row of one message."""
        query = text("SELECT * FROM fallback WHERE message_id = :id ORDER BY created_at")
        with self.services.db.reading() as connection:
            return {row.channel: row for row in connection.execute(query, {"id": message.id})}

    def states(self, message: Any) -> dict[str, str]:
        return {channel: row.state for channel, row in self.rows(message).items()}

    def again_now(self) -> None:
        """What waits for its next try, and leases that are still held, end."""
        self.post.execute("UPDATE fallback SET next_try_at = now() WHERE state IN ('queued', 'sending')")
        self.post.execute("UPDATE sending_pause SET until = now()")

    def counted(self) -> dict[tuple[str, str], int]:
        """(channel, code) → calls of today."""
        with self.services.db.reading() as connection:
            found = connection.execute(text("SELECT channel, code, calls FROM sending_count"))
            return {(row.channel, row.code): row.calls for row in found if row.channel != "wechat"}

    def set(self, row: uuid.UUID, values: str) -> None:
        """Columns of a row, as a crash or time would have set them."""
        self.post.execute(f"UPDATE fallback SET {values} WHERE id = :id", id=row)
