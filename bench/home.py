"""P2: a graduate's first page as JSON, signed in; second row the answer 304 to a page that has not changed.

Three servers over the same database take turns under the same load. Ours: the product as the stack starts it. Peer:
ORM objects, marshmallow and flask-smorest under gunicorn. Ceiling: Flask under our server with one prepared statement.
Ours and the peer must answer the same JSON; every answer of the load is held against the one expected.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from app import create_app
from app.db import count_statements
from bench.client import Load, Request, WrongAnswer, ask, request
from bench.client import run as put_on
from bench.crowd import Person, gather
from bench.serving import GUNICORN, Ground, as_the_stack_starts, ground, in_turn, row, server

ROUNDS = 9
SECONDS = 1.5
GRADUATES = 4_000
"""and a quarter as many who have accepted"""
READ_BY = 10
"""every how manieth opens the page"""
INVITATIONS = 3
PATH = "/api/v1/home"


def run() -> list[dict[str, Any]]:
    with ground() as place, ExitStack() as running:
        crowd = gather(place.services, INVITATIONS)
        readers = [*crowd.grow(GRADUATES)[::READ_BY], *crowd.grow(GRADUATES // 4, bound=True)[::READ_BY]]
        crowd.settle()
        statements = {kind: _statements(place, readers[0], kind) for kind in ("whole", "unchanged")}
        ours = running.enter_context(server(as_the_stack_starts(), place))
        peer = running.enter_context(server(GUNICORN.format(application="bench.peers.home_orm:application"), place))
        bare = running.enter_context(server(as_the_stack_starts("bench.peers.home_bare:application"), place))
        whole, unchanged = _requests_to_ours(ours, readers)
        loads = {
            "ours": Load(ours, whole, SECONDS),
            "unchanged": Load(ours, unchanged, SECONDS),
            "peer": Load(peer, _requests_to_peer(peer, readers, whole), SECONDS),
            "ceiling": Load(bare, _requests_to_ceiling(bare, readers), SECONDS),
        }
        clients: list[float] = []
        figures = in_turn({name: _side(load, clients) for name, load in loads.items()}, ROUNDS, "pages a second")
    notes = {
        "connections": 16,
        "client_cpu_us": round(sum(clients) / len(clients), 1),
        "peer_is": "ORM objects, marshmallow, flask-smorest; gunicorn gthread, 2 workers of 4 threads",
        "ceiling_is": "Flask under the same server, one prepared statement whose JSON is passed on, no account checked",
    }
    not_modified = {"ours": figures.pop("unchanged"), "ceiling": figures["ceiling"]}
    return [
        row(
            "P2 student home",
            "pages a second",
            figures,
            goal={"peer": 3, "ceiling": 0.6},
            statements=statements["whole"],
            **notes,
        ),
        row(
            "P2 student home, 304",
            "answers a second",
            not_modified,
            goal={"ceiling": 0.8},
            statements=statements["unchanged"],
            **notes,
        ),
    ]


def _side(load: Load, clients: list[float]) -> Callable[[], float]:
    def measured() -> float:
        outcome = put_on(load)
        clients.append(outcome.cpu)
        return outcome.rate

    return measured


def _statements(place: Ground, reader: Person, kind: str) -> int:
    """How many statements one request of ours sends, BEGIN and COMMIT not counted."""
    client = create_app(place.settings, place.services).test_client()
    headers = {"Authorization": f"Bearer {reader.token}"}
    etag = client.get(PATH, headers=headers).headers["ETag"]
    if kind == "unchanged":
        headers["If-None-Match"] = etag
    sent: list[str] = []
    stop = count_statements(place.services.db.engine, sent)
    answer = client.get(PATH, headers=headers)
    stop()
    if answer.status_code != (304 if kind == "unchanged" else 200):
        raise WrongAnswer(f"{kind}: {answer.status}")
    return len(sent)


def _requests_to_ours(port: int, readers: list[Person]) -> tuple[list[Request], list[Request]]:
    """Whole pages, and the same with the ETag of the page; what must come back is asked once and looked at."""
    whole, unchanged = [], []
    for reader in readers:
        raw = request("GET", PATH, _signed(reader))
        status, headers, body = ask(port, raw)
        _look_at(json.loads(body), status, reader)
        whole.append(Request(raw, 200, body))
        conditional = request("GET", PATH, _signed(reader) | {"If-None-Match": headers["etag"]})
        unchanged.append(Request(conditional, 304, b""))
    return whole, unchanged


def _requests_to_peer(port: int, readers: list[Person], ours: list[Request]) -> list[Request]:
    found = []
    for reader, same in zip(readers, ours, strict=True):
        raw = request("GET", PATH, _signed(reader))
        status, _, body = ask(port, raw)
        assert same.body is not None
        if status != 200 or _plain(json.loads(body)) != _plain(json.loads(same.body)):
            raise WrongAnswer(f"the peer's page differs: {body.decode()[:2000]}\nours: {same.body.decode()[:2000]}")
        found.append(Request(raw, 200, body))
    return found


def _requests_to_ceiling(port: int, readers: list[Person]) -> list[Request]:
    found = []
    for reader in readers:
        raw = request("GET", f"/home?graduate={reader.graduate}&account={reader.account}", {})
        status, _, body = ask(port, raw)
        rows = json.loads(body)
        if status != 200 or {card["id"] for card in rows["cards"]} != {str(one) for one in reader.invitations}:
            raise WrongAnswer(f"the ceiling: {status} {body.decode()[:2000]}")
        found.append(Request(raw, 200, body))
    return found


def _signed(reader: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {reader.token}", "Accept": "application/json"}


def _look_at(page: dict[str, Any], status: int, reader: Person) -> None:
    shown, whose = ([reader.accepted], "others") if reader.accepted else (reader.invitations, "mine")
    right = (
        status == 200
        and {card["id"] for card in page["cards"]} == {str(one) for one in shown}
        and page["unread"] >= INVITATIONS
        and all(card["turn"]["who"] == whose for card in page["cards"])
    )
    if not right:
        raise WrongAnswer(f"our own page: {status} {page}")


def _plain(value: Any) -> Any:
    """JSON without its formatting: times compared as moments, to the second."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    try:
        return datetime.fromisoformat(value).replace(microsecond=0) if isinstance(value, str) else value
    except ValueError:
        return value
