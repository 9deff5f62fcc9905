"""What waits at a desk (待审核), summed up: a reviewer who is told of every single filing stops reading."""

from __future__ import annotations

from datetime import timedelta

from app.models import Channel, Topic
from app.notify.entry import Audience, Entry, Mark

DIGEST = Entry(
    event="",  # no event causes it: app.notify.digest writes it when its hour has come
    kind="desk.digest",
    to=Audience.DESK,
    topic=Topic.DESK,
    mark=Mark.MINE,
    title="{desk}审核台有 {waiting} 件等你们审核",
    body="{fresh}最久的一件等了{oldest}。{overdue}{below}",
    href="/console/",
    template="desk_digest",
    fields={"thing1": "{desk}审核台", "number2": "{waiting}", "thing3": "最久的一件等了{oldest}"},
    lasts=timedelta(hours=20),
    choice="digest",
    fallback=Channel.EMAIL,
)
