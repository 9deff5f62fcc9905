"""首页: all a graduate's first page shows, in one statement; and the stamp that tells whether it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, text
from sqlalchemy.dialects.postgresql import JSON

from app.identity.tokens import STILL_GOOD, Ticket
from app.problems import NotSignedIn
from app.queries import Fields, cards

_TABLES = """
    account a JOIN graduate g ON g.id = a.graduate_id JOIN school sc ON sc.id = g.school_id
    CROSS JOIN LATERAL (SELECT count(*), max(m.due_at) AS newest FROM message m
        WHERE m.recipient = a.id AND m.read_at IS NULL AND m.state <> 'cancelled' AND m.due_at <= now()) unread
"""
# What the page depends on: the graduate's own row, the school's settings, the newest event about them, the inbox, and
# deadlines that passed without anybody's act.
_STAMP_PARTS = """concat_ws('-', g.version, sc.version,
    (SELECT coalesce(max(e.id), 0) FROM event e WHERE e.graduate_id = g.id),
    unread.count || '.' || coalesce(extract(epoch FROM unread.newest), 0),
    (SELECT count(*) FROM invitation i
        WHERE i.graduate_id = g.id AND i.state = 'pending' AND i.respond_by <= clock_timestamp()))"""
# Typed columns: what is known of the result beforehand is not asked of it each time.
_STAMP = text(
    f"SELECT {_STAMP_PARTS} AS stamp FROM {_TABLES} WHERE {STILL_GOOD}"  # noqa: S608  (only constants of this package)
).columns(stamp=Text)

CARDS = f"""(SELECT coalesce(json_agg(card), '[]') FROM (
            SELECT {cards.CARD_COLUMNS} FROM {cards.CARD_TABLES}
            WHERE i.graduate_id = g.id AND (
                (i.state = 'pending' AND i.respond_by > clock_timestamp())
                OR (i.state = 'accepted' AND c.state IN ('in_review', 'effective', 'terminating'))
                OR (i.state = 'accepted' AND c.state = 'failed' AND f.stage_since > now() - interval '7 days'))
            ORDER BY i.state = 'pending' DESC, i.respond_by LIMIT 20) card)"""  # noqa: S608  (only constants of this package)
"""What a graduate ``g`` has to answer or to wait for, as JSON."""

# One column: PostgreSQL writes the page as JSON in less time than a driver needs to describe and convert the columns.
_HOME = text(f"""
    SELECT to_json(page) AS page FROM (
    SELECT {_STAMP_PARTS} AS stamp, g.name, g.base_state, g.training_mode, g.hukou_moved, unread.count AS unread,
        {CARDS} AS cards
    FROM {_TABLES} WHERE {STILL_GOOD}) page
""").columns(page=JSON)  # noqa: S608  (only constants of this package)


def stamp(connection: Connection, ticket: Ticket) -> str:
    """Changes whenever the page would; raises :class:`NotSignedIn` as :func:`home` does."""
    found: str | None = connection.scalar(_STAMP, ticket.parameters)
    if found is None:
        raise NotSignedIn
    return found


@dataclass(frozen=True)
class Home:
    """The page and the stamp of the same moment."""

    content: dict[str, Any]
    stamp: str


def home(connection: Connection, ticket: Ticket) -> Home:
    """The first page of the graduate whose ticket it is; raises :class:`NotSignedIn` if it is no longer good.

    The account is checked by the statement that reads the page, so that opening it costs one round trip.
    """
    row = connection.scalar(_HOME, ticket.parameters)
    if row is None:
        raise NotSignedIn
    name = row["name"]
    found = [cards.card(item, "graduate") for item in row["cards"]]
    answerable = [card for card in found if card["turn"]["who"] == "mine" and card["state"] == "pending"]
    running = [card for card in found if card["state"] == "accepted"]
    viewing = [card for card in found if card["state"] == "pending" and card["turn"]["who"] != "mine"]
    content = {
        "name": name,
        "greeting_name": name[-2:] if len(name) > 2 else name,
        "base_state": row["base_state"],
        "standing": {"text": standing(running, answerable)},
        "open_invitations": len(answerable),
        "view_only_invitations": len(viewing),
        "cards": answerable[:1] + running + (answerable[1:] if not running else []),
        "entries": _entries(row, bool(running)),
        "unread": row["unread"],
    }
    return Home(content, row["stamp"])


def standing(running: list[dict[str, Any]], answerable: list[dict[str, Any]]) -> str:
    """One sentence: how things stand with the cards under way and those to answer."""
    for card in running:
        if card["turn"]["who"] == "done":
            return "你已签约成功，去向登记为签就业协议形式就业。"
        if "解约" in card["turn"]["text"]:
            return f"{card['turn']['text']}。学校审核通过前，签约仍然有效。"
        if card["turn"]["who"] == "others":
            return f"{card['turn']['text'].removesuffix('中')}后生效，现在不用你做什么。"
    return "你还没有登记去向。先看最急的一份。" if answerable else "你还没有登记去向。"


def _entries(row: Fields, signed: bool) -> list[dict[str, Any]]:
    """The five entries; what is not open says why."""
    commissioned = row["training_mode"] in ("2", "4")
    destination = "定向、委培毕业生的去向由学校登记" if commissioned else "学校尚未启用，目前请由单位在线邀请签约"
    return [
        _entry("destination", "毕业去向填报", destination),
        _entry("archive", "档案信息登记", "学校尚未启用"),
        _entry("hukou", "户口信息登记", "学校尚未启用" if row["hukou_moved"] else "不开放：你的户口没有迁入学校"),
        _entry("confirmation", "去向登记确认", "学校上报去向后开放" if signed else "登记去向并由学校上报后开放"),
        _entry("verification", "查询核验", "你确认去向后可用"),
    ]


def _entry(key: str, title: str, note: str, *, is_open: bool = False) -> dict[str, Any]:
    return {"key": key, "title": title, "open": is_open, "note": note}
