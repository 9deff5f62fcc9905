"""What is logged can be searched by machine, leads to its request, and names nobody."""

from __future__ import annotations

import io
import json
import logging
import uuid
from typing import Any

import pytest
import structlog
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app import create_app, jobs
from app.models import Account
from app.services import Services
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post
from tests.support import logged  # noqa: F401


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Every line, each a JSON object with what all of them carry."""
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    for line in found:
        assert {"event", "level", "logger", "timestamp"} <= line.keys(), line
    return found


def test_every_line_of_sweeper_and_sender_is_an_object_with_an_event(
    world: World, post: Post, services: Services, logged: io.StringIO  # noqa: F811
) -> None:  # fmt: skip
    def fail(services: Services) -> None:
        raise ValueError("号码 330108200401010014，手机 13912345678，邮箱 lin@example.com")

    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    post.go_round()
    logging.getLogger("rq.worker").warning("a library's %s", "line")
    jobs.Clockwork(services, (jobs.Step("shaky", fail),)).tick()
    found = lines(logged)
    assert {"step failed", "a library's line"} <= {line["event"] for line in found}
    (failed,) = [line for line in found if line["event"] == "step failed"]
    assert "ValueError" in failed["exception"] and "号码 …，手机 …，邮箱 …" in failed["exception"]
    for secret in (openid, graduate.name, "330108200401010014", "13912345678"):
        assert secret not in logged.getvalue()


def test_a_line_written_for_a_request_carries_its_id(services: Services, logged: io.StringIO) -> None:  # noqa: F811
    app = create_app(services.settings, services)

    @app.get("/a-line")
    def a_line() -> str:
        structlog.get_logger("app.test").info("a line of ours")
        logging.getLogger("library").warning("a library's line")
        return ""

    app.test_client().get("/a-line", headers={"X-Request-Id": "0123456789abcdef"})
    found = [line for line in lines(logged) if "line" in line["event"]]
    assert [line["request_id"] for line in found] == ["0123456789abcdef"] * 2
    logging.getLogger("library").warning("outside of any request")
    assert "request_id" not in lines(logged)[-1]


def test_a_refused_row_is_logged_without_its_values(
    world: World, services: Services, logged: io.StringIO  # noqa: F811
) -> None:  # fmt: skip
    values = {"id": world.employer.id, "role": "employer", "login": "somebody-secret", "name": "林知夏"}
    with pytest.raises(IntegrityError) as caught, services.db.transaction() as connection:
        connection.execute(insert(Account).values(**values, employer_id=uuid.uuid4(), password="!"))
    assert "DETAIL" in str(caught.value)
    structlog.get_logger("app.test").error("refused", exc_info=caught.value)
    (line,) = [line for line in lines(logged) if line["event"] == "refused"]
    assert "IntegrityError" in line["exception"] and "INSERT INTO account" in line["exception"]
    for secret in ("DETAIL", "somebody-secret", "林知夏", str(world.employer.id)):
        assert secret not in line["exception"]
