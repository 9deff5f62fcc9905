"""首页: all a graduate's first page shows, in one statement; and the stamp that tells whether it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, text
from sqlalchemy.dialects.postgresql import JSON

from app.identity.tokens import STILL_GOOD, Ticket
from app.models.claim import HOLDING
from app.models.columns import in_states
from app.problems import NotSignedIn
from app.queries import Fields, cards, filing_pages
from app.queries.entries import entries
from app.workflows import filing_rows

_TABLES = """
    account a JOIN graduate g ON g.id = a.graduate_id JOIN school sc ON sc.id = g.school_id
    CROSS JOIN LATERAL (SELECT count(*), max(m.due_at) AS newest FROM message m
        WHERE m.recipient = a.id AND m.read_at IS NULL AND m.state <> 'cancelled' AND m.due_at <= now()) unread
"""
# What the page depends on: the graduate's own row, the school's settings, the newest event about them, the inbox,
# drafts that save themselves without an event, and what passes without anybody's act: deadlines and modules.
_STAMP_PARTS = """concat_ws('-', g.version, sc.version,
    (SELECT coalesce(max(e.id), 0) FROM event e WHERE e.graduate_id = g.id),
    unread.count || '.' || coalesce(extract(epoch FROM unread.newest), 0),
    (SELECT sum(f.version) FROM filing f WHERE f.graduate_id = g.id),
    (SELECT string_agg(m.name || (m.opens_at <= clock_timestamp()) || coalesce(m.closes_at <= clock_timestamp(), false),
            '.' ORDER BY m.name) FROM module m WHERE m.school_id = g.school_id AND m.class_year = g.class_year),
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
FILINGS = f"""(SELECT coalesce(json_agg(one), '[]') FROM (
            SELECT {filing_pages.CARD} FROM {filing_pages.CARD_TABLES}
            WHERE f.graduate_id = g.id AND c.invitation_id IS NULL AND ({filing_pages.UNDER_WAY}
                OR (f.state IN ('approved', 'rejected') AND f.stage_since > now() - interval '7 days')
                OR (f.state = 'approved' AND c.state = 'agreement_generated'))
            ORDER BY f.state IN ('draft', 'returned') DESC, f.stage_since DESC LIMIT 10) one)"""  # noqa: S608
"""The graduate's own filings under way, lately decided or to be stamped; what came of an invitation is a card there."""
HELD = f"""(SELECT to_json(h) FROM (SELECT c.state, c.title, c.invitation_id FROM claim c
            WHERE c.graduate_id = g.id AND c.{in_states(*HOLDING)}) h)"""  # noqa: S608
"""The destination that stands, of a graduate ``g``."""
REGISTERED = "(SELECT coalesce(json_object_agg(t.lane, t.state), '{}') FROM transfer t WHERE t.graduate_id = g.id)"

# One column: PostgreSQL writes the page as JSON in less time than a driver needs to describe and convert the columns.
_HOME = text(f"""
    SELECT to_json(page) AS page FROM (
    SELECT {_STAMP_PARTS} AS stamp, g.name, g.base_state, g.training_mode, g.hukou_moved, unread.count AS unread,
        {CARDS} AS cards, {FILINGS} AS filings, {HELD} AS held, {REGISTERED} AS registered,
        {filing_rows.MODULES} AS modules
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
    # What is under review about a destination speaks for the filing that brought the destination about.
    filed = _worth_a_card([filing_pages.card(item) for item in row["filings"] if not item["following"]])
    waiting = [filing_pages.card(item)["turn"]["text"] for item in row["filings"] if item["following"]]
    content = {
        "name": name,
        "greeting_name": name[-2:] if len(name) > 2 else name,
        "base_state": row["base_state"],
        "standing": {"text": standing(row["held"], running, answerable, filed, waiting)},
        "open_invitations": len(answerable),
        "view_only_invitations": len(viewing),
        "cards": answerable[:1] + running + filed + (answerable[1:] if not running else []),
        "entries": entries(row),
        "unread": row["unread"],
    }
    return Home(content, row["stamp"])


LATELY = 2
"""So many of what was lately decided are shown; all is under 毕业去向."""


def _worth_a_card(filed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is under way or the graduate's to do, then the latest results, few enough to find the menu below them."""
    over = [card for card in filed if card["state"] in ("approved", "rejected") and card["turn"]["who"] != "mine"]
    return [card for card in filed if card not in over] + over[:LATELY]


def standing(
    held: Fields | None,
    running: list[dict[str, Any]],
    answerable: list[dict[str, Any]],
    filed: list[dict[str, Any]],
    waiting: Sequence[str] = (),
) -> str:
    """One sentence: how things stand with the destination, the cards under way and those to answer. ``waiting`` says
    what is under review about a destination of one's own."""
    if held is not None and waiting:
        return f"「{held['title']}」{waiting[0]}，现在不用你做什么。"
    if held is not None and held["invitation_id"] is None:
        return _OWN[held["state"]].format(title=held["title"])
    for card in running:
        if card["turn"]["who"] == "done":
            return "你已签约成功，去向登记为签就业协议形式就业。"
        if "解约" in card["turn"]["text"]:
            return f"{card['turn']['text']}。学校审核通过前，签约仍然有效。"
        if card["turn"]["who"] == "others":
            return f"{card['turn']['text'].removesuffix('中')}后生效，现在不用你做什么。"
    if any(card["turn"]["who"] == "mine" for card in filed):
        return "你还没有登记去向。有填到一半或退回的材料，请接着填写。"
    return "你还没有登记去向。先看最急的一份。" if answerable else "你还没有登记去向。"


_OWN = {
    "in_review": "「{title}」正在审核，通过后生效，现在不用你做什么。",
    "agreement_generated": "与「{title}」的就业协议书已生成，盖章后请回传。",
    "effective": "你的去向已登记：{title}。",
    "terminating": "「{title}」正在解约，结束后可以另外登记去向。",
    "suspended": "「{title}」已挂起，请联系学校就业部门。",
}
"""What is said of a destination that no invitation brought about, by its state."""
