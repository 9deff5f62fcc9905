"""P6: a page of the review queue, the first ones and those ten thousand pages on; any page should cost as the first.

Three servers over the same database take turns under the same load, as in :mod:`bench.home`. The peer pages by number,
as flask-smorest's guide shows; ours and the ceiling go on from the last row seen. All three must list the same filings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from sqlalchemy import Row, text

from app import create_app
from app.access import Actor
from app.db import count_statements
from app.queries import cursors
from bench.client import Load, Request, WrongAnswer, ask, request
from bench.client import run as put_on
from bench.crowd import issue_token
from bench.serving import GUNICORN, Ground, as_the_stack_starts, ground, in_turn, row, server
from tests import filed, filled
from tests.factories import World, make_graduate, make_world

ROUNDS = 9
SECONDS = 1.5
PAGE = 20
"""filings on a page"""
DEEP = 10_000
PAGES = 20
"""so many pages from the first on, and from the ten-thousandth on"""
PATH = "/api/v1/reviews"

# Everything a queue shows of a filing, copied from one that was handed in through the product. The order in which they
# came is not the order of their ids.
_COPIES = (
    """CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS SELECT n, gen_random_uuid() AS graduate,
        gen_random_uuid() AS claim, gen_random_uuid() AS filing FROM generate_series(1, :many) n""",
    """INSERT INTO graduate SELECT (jsonb_populate_record(g, jsonb_build_object('id', fresh.graduate,
        'candidate_no', 'B' || n, 'student_no', '2026' || n, 'id_number_index', '\\x' || md5(n::text)))).*
        FROM graduate g, fresh WHERE g.id = :graduate""",
    """INSERT INTO claim SELECT (jsonb_populate_record(c, jsonb_build_object('id', fresh.claim,
        'graduate_id', fresh.graduate))).* FROM claim c, fresh WHERE c.graduate_id = :graduate""",
    """INSERT INTO filing SELECT (jsonb_populate_record(f, jsonb_build_object('id', fresh.filing,
        'graduate_id', fresh.graduate, 'claim_id', fresh.claim,
        'stage_since', f.stage_since - make_interval(secs => n)))).*
        FROM filing f, fresh WHERE f.graduate_id = :graduate""",
    """INSERT INTO upload SELECT (jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid(),
        'graduate_id', fresh.graduate, 'filing_id', fresh.filing, 'digest', '\\x' || md5(n::text)))).*
        FROM upload u, fresh WHERE u.graduate_id = :graduate""",
)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Both rows: the first pages, and those ten thousand pages on."""
    deep = 20 if quick else DEEP
    with ground() as place, ExitStack() as running:
        world = _fill(place, (deep + PAGES) * PAGE)
        reviewer = world.college_office
        first, far = (_cursors(place, reviewer, page) for page in (1, deep))
        ours = running.enter_context(server(as_the_stack_starts(), place))
        peer = running.enter_context(server(GUNICORN.format(application="bench.peers.queue_orm:application"), place))
        bare = running.enter_context(server(as_the_stack_starts("bench.peers.queue_bare:application"), place))
        signed = {"Authorization": f"Bearer {_token(place, reviewer)}", "Accept": "application/json"}
        loads: dict[str, Load] = {}
        for name, start, at in (("first", 1, first), ("deep", deep, far)):
            mine = [_ours(ours, signed, cursor) for cursor in at]
            shown = [json.loads(one.body or b"")["items"] for one in mine]
            theirs = [_peer(peer, signed, start + n, expected) for n, expected in enumerate(shown)]
            floor = [_bare(bare, reviewer, cursor, expected) for cursor, expected in zip(at, shown, strict=True)]
            sides = {"ours": (ours, mine), "peer": (peer, theirs), "ceiling": (bare, floor)}
            loads |= {f"{side} {name}": Load(port, asked, SECONDS) for side, (port, asked) in sides.items()}
        late: dict[str, list[float]] = {name: [] for name in loads}
        figures = in_turn({name: _side(load, late[name]) for name, load in loads.items()}, ROUNDS, "pages a second")
        statements = _statements(place, signed, far[0])
    return _rows(figures, late, statements, (deep + PAGES) * PAGE)


def _rows(
    figures: dict[str, list[float]], late: dict[str, list[float]], statements: int, many: int
) -> list[dict[str, Any]]:
    notes = {
        "statements": statements,
        "waiting": many,
        "p95_ms": {name: round(sorted(times)[len(times) // 2], 2) for name, times in late.items()},
        "peer_is": "ORM objects, marshmallow, flask-smorest's pages by number; gunicorn, 2 workers of 4 threads",
    }
    first = {side: figures[f"{side} first"] for side in ("ours", "peer", "ceiling")}
    bare = "Flask under the same server, one prepared statement whose JSON is passed on, no account checked"
    deep = {"ours": figures["ours deep"], "peer": figures["peer deep"], "ceiling": figures["ours first"]}
    return [
        row("P6 review queue, first pages", "pages a second", first, **notes, ceiling_is=bare),
        row(
            "P6 review queue, ten thousand pages on",
            "pages a second",
            deep,
            goal={"ceiling": 0.77},  # 1 / 1.3
            **notes,
            ceiling_is="our own first pages in the same run",
            bare=row("", "", {"ceiling": figures["ceiling deep"]})["ceiling"],
        ),
    ]


def _side(load: Load, late: list[float]) -> Any:
    def measured() -> float:
        outcome = put_on(load)
        late.append(outcome.p95_ms)
        return outcome.rate

    return measured


def _fill(place: Ground, many: int) -> World:
    """A college where so many destinations wait, each with a photo as its proof."""
    world = make_world(place.services)
    filed.open_modules(world)
    model = make_graduate(world)
    made = filed.draft(world, model, "other_destination", variant="study_domestic")
    filled.fill_in(world, model, made)
    filed.submit(world, model, made)
    with place.services.db.transaction() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in _COPIES:
            values = {"many": many, "graduate": model.graduate_id}
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
    with place.services.db.reading() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return world


def _cursors(place: Ground, reviewer: Actor, page: int) -> list[Row[Any] | None]:
    """For each of the pages from ``page`` on: the last row before it; None before the first."""
    before = text(
        "SELECT stage_since, id FROM filing WHERE college_id = :college AND state = 'college_review' "
        "ORDER BY stage_since, id LIMIT 1 OFFSET :skipped"
    )
    found: list[Row[Any] | None] = []
    with place.services.db.reading() as connection:
        for number in range(page, page + PAGES):
            values = {"college": reviewer.college_id, "skipped": (number - 1) * PAGE - 1}
            found.append(connection.execute(before, values).one() if number > 1 else None)
    return found


def _token(place: Ground, reviewer: Actor) -> str:
    return issue_token(place.services, reviewer.id, reviewer.role)


def _path(cursor: Row[Any] | None) -> str:
    if cursor is None:
        return f"{PATH}?limit={PAGE}"
    following = cursors.page([cursor._mapping] * 2, cursors.Page(1), lambda _: {}, ("stage_since", "id"))["next"]
    return f"{PATH}?limit={PAGE}&after={following}"


def _ours(port: int, signed: dict[str, str], cursor: Row[Any] | None) -> Request:
    raw = request("GET", _path(cursor), signed)
    status, _, body = ask(port, raw)
    items = json.loads(body).get("items", ())
    if status != 200 or len({item["filing_id"] for item in items}) != PAGE:
        raise WrongAnswer(f"our own page: {status} {body.decode()[:2000]}")
    return Request(raw, 200, body)


def _peer(port: int, signed: dict[str, str], number: int, expected: Sequence[dict[str, Any]]) -> Request:
    raw = request("GET", f"{PATH}?page={number}&page_size={PAGE}", signed)
    status, _, body = ask(port, raw)
    if status != 200 or _plain(json.loads(body)) != _plain(expected):
        raise WrongAnswer(f"the peer's page {number} differs: {body.decode()[:1500]}\nours: {expected[:2]}")
    return Request(raw, 200, body)


def _plain(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the moment's formatting, which is each side's own."""
    return [item | {"since": item["since"][:19]} for item in items]


def _bare(port: int, reviewer: Actor, cursor: Row[Any] | None, expected: Sequence[dict[str, Any]]) -> Request:
    after = f"&at={cursor.stage_since.isoformat().replace('+', '%2B')}&id={cursor.id}" if cursor is not None else ""
    raw = request("GET", f"/queue?college={reviewer.college_id}&limit={PAGE}{after}", {})
    status, _, body = ask(port, raw)
    if status != 200 or [item["id"] for item in json.loads(body)] != [item["filing_id"] for item in expected]:
        raise WrongAnswer(f"the ceiling: {status} {body.decode()[:1500]}")
    return Request(raw, 200, body)


def _statements(place: Ground, signed: dict[str, str], cursor: Row[Any] | None) -> int:
    """How many statements one page of ours sends, BEGIN and COMMIT not counted."""
    client = create_app(place.settings, place.services).test_client()
    sent: list[str] = []
    stop = count_statements(place.services.db.engine, sent)
    status = client.get(_path(cursor), headers=signed).status_code
    stop()
    if status != 200:
        raise WrongAnswer(f"counting statements: {status}")
    return len(sent)
