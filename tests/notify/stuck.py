"""Rows that failed, one of each kind, as the sweeper and the workers leave them; their faults name a person."""

from __future__ import annotations

import uuid

from tests.notify.helpers import Post

ID_NUMBER = "330108200401010014"
_PUT_OFF = "put_off_until = now() + interval '10 minutes'"


def poison(post: Post, invitation: uuid.UUID) -> None:
    """The invitation's deadline, the oldest event, a callback and every document are stuck."""
    post.execute(f"UPDATE invitation SET {_PUT_OFF} WHERE id = :id", id=invitation)
    fault = f"DataError: (psycopg.errors.X) bad value '林知夏' of Key (id_number)=({ID_NUMBER})\nDETAIL: {ID_NUMBER}"
    post.execute(
        f"UPDATE event SET {_PUT_OFF}, fault = :fault, fanned_out_at = NULL WHERE id = (SELECT min(id) FROM event)",
        fault=fault,
    )
    post.execute(
        "INSERT INTO wechat_callback (key, content, due_at, fault)"
        " VALUES ('k', :content, now() + interval '10 minutes', 'KeyError')",
        content='{"Event": "subscribe", "FromUserName": "o-secret", "CreateTime": "1", "MsgType": "event"}',
    )
    post.execute("UPDATE document SET state = 'failed', fault = 'no glyph for U+3659', attempts = 5")
