"""Tokens of one-time links (协助回传链接): made again from link and round whenever one is needed, kept nowhere.

So a message can be sent again with the same link, although only the token's hash is in the database.
"""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy import Connection, text

from app.sealing import Sealer

PAGE = "/v/return#"
"""Where a token leads; behind ``#`` it stands in no log on the way."""
_READY = text("UPDATE return_link SET token_hash = :hash WHERE id = :id AND round = :round AND token_hash IS NULL")


def hashed(token: str) -> bytes:
    """By what a token is recognised."""
    return hashlib.sha256(token.encode()).digest()


def made_ready(connection: Connection, sealer: Sealer, link: uuid.UUID, round_: int) -> str:
    """The token of this round of the link, which is good from now on if the round still is."""
    token = sealer.secret(f"{link}:{round_}", "return_link")
    connection.execute(_READY, {"id": link, "round": round_, "hash": hashed(token)})
    return token
