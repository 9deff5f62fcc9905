"""When we or our engines fail: a problem with a number, no word of how we are made, and nothing half done."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.test import TestResponse

from app import create_app
from app.access import Actor
from app.db import Database
from app.models import Verdict
from app.services import Services
from app.settings import Settings
from stack import ports
from tests import factories
from tests.api.caller import API, Caller, problem
from tests.api.conftest import Calling
from tests.api.contract import Contract
from tests.factories import PIN, World, filing_of, make_graduate, row, send
from tests.support import assert_invariants

OURS = re.compile(
    r"SELECT|INSERT|UPDATE |psycopg|sqlalchemy|Traceback|\.py\b|site-packages|127\.0\.0\.1", re.IGNORECASE
)


# The database is away -------------------------------------------------------------------------------------------------


@pytest.fixture
def cut_off(settings: Settings) -> Iterator[Flask]:
    """The application with a database address at which nobody listens."""
    away = replace(settings, database_url=f"postgresql+psycopg://nobody@127.0.0.1:{ports.free()}/nothing")
    services = Services.build(away)
    yield create_app(away, services)
    services.close()


def test_without_the_database_every_request_is_told_to_come_back(
    world: World, cut_off: Flask, contract: Contract
) -> None:
    student = Caller(cut_off, contract, make_graduate(world))
    for answer in (
        student.get("/home"),
        student.get("/invitations"),
        student.act(f"/invitations/{uuid.uuid4()}/refuse", {}, etag='"1"'),
        student.post("/session", {"login": "a", "password": "b"}),
        student.get("/public/schools"),
    ):
        found = problem(answer, 503, "database_away")
        assert int(answer.headers["Retry-After"]) >= 1
        assert not OURS.search(answer.get_data(as_text=True))
        assert "没有提交" in found["detail"]


def test_readiness_says_no_while_the_process_lives(cut_off: Flask) -> None:
    client = cut_off.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_pool_without_a_free_connection_is_a_503_too(world: World, settings: Settings, contract: Contract) -> None:
    services = Services.build(replace(settings, pool_size=1))
    student = Caller(create_app(settings, services), contract, make_graduate(world))
    try:
        held = [services.db.engine.connect() for _ in range(3)]  # one, and two beyond it
        problem(student.get("/home"), 503, "database_away")
        for connection in held:
            connection.close()
        assert student.get("/home").status_code == 200
    finally:
        services.close()


def test_without_redis_reading_and_signing_go_on(world: World, settings: Settings, contract: Contract) -> None:
    away = replace(settings, redis_url=f"redis://127.0.0.1:{ports.free()}/0")
    services = Services.build(away)
    try:
        graduate = make_graduate(world)
        sent = send(world, graduate)
        student = Caller(create_app(away, services), contract, graduate)
        assert student.get("/home").status_code == 200
        assert student.accept(sent).status_code == 200
    finally:
        services.close()


# A fault at every statement -------------------------------------------------------------------------------------------


class Cut(Exception):
    """A fault of our own making in the middle of a request."""


TABLES = ("invitation", "claim", "filing", "review", "event", "document", "idempotent_answer")


def stored(services: Services) -> dict[str, list[str]]:
    """All rows of the tables that acts write."""
    with services.db.reading() as connection:
        return {name: sorted(connection.execute(text(f"SELECT t::text FROM {name} t")).scalars()) for name in TABLES}


def fail_at(database: Database, number: int, error: Exception) -> Any:
    """Let the ``number``-th statement from now on end in ``error``; returns what stops it and says if it happened."""
    count, happened = 0, False

    def cut(*_: Any) -> None:
        nonlocal count, happened
        count += 1
        if count == number:
            happened = True
            raise error

    event.listen(database.engine, "before_cursor_execute", cut)

    def stop() -> bool:
        event.remove(database.engine, "before_cursor_execute", cut)
        return happened

    return stop


def _lost() -> Exception:
    return OperationalError("SELECT secret", {}, Exception("server closed"))


def _dead() -> Exception:
    return DBAPIError("SELECT secret", {}, Exception("x"), connection_invalidated=True)


FAULTS: dict[str, tuple[Callable[[], Exception], int, str]] = {
    "an exception": (lambda: Cut("x"), 500, "unexpected"),
    "a connection lost": (_lost, 503, "database_away"),
    "a connection found dead": (_dead, 503, "database_away"),
}


def acts(world: World, calling: Calling) -> dict[str, Any]:
    """Every act of the story, each ready to be carried out: ``name → () → answer``."""
    ready: dict[str, Any] = {}

    def on(caller: Caller, path: str, name: str, body: dict[str, Any] | None = None, etag: str = '"1"') -> Any:
        return lambda: caller.act(f"{path}/{name}", body or {}, etag=etag)

    def invited() -> tuple[Actor, str, str]:
        graduate = make_graduate(world)
        sent = send(world, graduate)
        return graduate, f"/invitations/{sent}", row(world, sent).terms_hash

    graduate, path, shown = invited()
    ready["accept"] = on(calling(graduate), path, "accept", {"pin": PIN, "terms_hash": shown})
    graduate, path, _ = invited()
    ready["refuse"] = on(calling(graduate), path, "refuse")
    graduate, path, _ = invited()
    ready["withdraw"] = on(calling(world.employer), path, "withdraw")
    graduate, path, _ = invited()
    ready["extend"] = on(
        calling(world.employer), path, "extend", {"respond_on": factories.days_from_now(9).isoformat()}
    )
    graduate, path, _ = invited()
    with world.services.db.reading() as connection:
        terms = factories.terms_of(connection, world.employer)
    whole = {"terms": terms, "respond_on": factories.days_from_now(9).isoformat()}
    ready["replace"] = on(calling(world.employer), path, "replace", whole)
    employer = calling(world.employer)
    new = whole | {"graduate_ref": employer.reference(make_graduate(world))}
    ready["send"] = lambda: employer.act("/invitations", new)
    for name, verdicts in (("take-back", 0), ("approve", 0), ("approve at the end", 1), ("reject", 0)):
        graduate, path, _ = invited()
        factories.accept(world, graduate, uuid.UUID(path.rpartition("/")[2]))
        if verdicts:
            factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
        if name == "take-back":
            ready[name] = on(calling(graduate), path, name, {"pin": PIN}, '"2"')
        else:
            office = calling(world.school_office if verdicts else world.college_office)
            paper = filing_of(world, graduate)
            body = {"reason": "不符"} if name == "reject" else {}
            ready[name] = on(office, f"/filings/{paper.id}", name.split()[0], body, f'"{paper.version}"')
    return ready


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_statement_of_any_act_leaves_everything_as_it_was(
    world: World, calling: Calling, logged: io.StringIO, fault: str
) -> None:
    make, status, code = FAULTS[fault]
    points = 0
    for name, act in acts(world, calling).items():
        before = stored(world.services)
        for number in range(1, 40):
            stop = fail_at(world.services.db, number, make())
            try:
                answer: TestResponse = act()
            finally:
                happened = stop()
            if not happened:
                assert answer.status_code in (200, 201), (name, answer.get_json())
                break
            points += 1
            found = problem(answer, status, code)
            assert not OURS.search(answer.get_data(as_text=True)), (name, number)
            assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", found["instance"])
            assert stored(world.services) == before, (name, number)
    assert points > 40, "the test finds the statements by itself; fewer than these it cannot be"
    assert_invariants(world.services)


# What is told and what is logged --------------------------------------------------------------------------------------


def test_an_unforeseen_fault_tells_a_number_by_which_the_log_is_found(
    world: World, calling: Calling, logged: io.StringIO
) -> None:
    student = calling(make_graduate(world))
    stop = fail_at(world.services.db, 1, Cut("secret detail"))
    answer = student.get("/home")
    stop()
    found = problem(answer, 500, "unexpected")
    assert "secret detail" not in answer.get_data(as_text=True)
    assert found["instance"] in logged.getvalue() and "secret detail" in logged.getvalue()


def test_nothing_personal_is_logged_while_the_story_is_played_and_goes_wrong(
    world: World, calling: Calling, logged: io.StringIO, settings: Settings
) -> None:
    name, phone = "欧阳知夏", "13912345678"
    number = factories.id_number(100_077)
    sealer = world.sealer
    graduate = make_graduate(world, name=name, id_number=number, phone=sealer.seal(phone, "phone"))
    employer, student = calling(world.employer), calling(graduate)
    college, school = calling(world.college_office), calling(world.school_office)
    employer.post("/graduate-lookups", {"name": name, "id_number": number})
    employer.post("/graduate-lookups", {"name": name, "id_number": number[:-1] + "0"})
    sent = send(world, graduate)
    student.accept(sent, pin="000000")
    student.accept(sent)
    paper = f"/filings/{filing_of(world, graduate).id}"
    college.get("/reviews", query_string={"q": name})
    college.on(paper, "approve")
    college.on(paper, "reject", {"reason": f"{name} {number} 不符"})
    school.on(paper, "approve")
    student.post("/session", {"login": phone, "password": number})
    for number_of_statement in range(1, 6):
        stop = fail_at(
            world.services.db, number_of_statement, OperationalError("SELECT", {"x": number}, Exception(phone))
        )
        employer.post("/graduate-lookups", {"name": name, "id_number": number})
        stop()
        stop = fail_at(world.services.db, number_of_statement, Cut("x"))
        employer.post("/graduate-lookups", {"name": name, "id_number": number})
        student.get("/me")
        stop()
    told = logged.getvalue()
    assert told.count("\n") > 10, "something was logged at all"
    for secret in (number, number[:-1], phone, name, PIN, student.headers["Authorization"].split(".")[1]):
        assert secret not in told


def test_answers_carry_the_headers_that_browsers_need(world: World, calling: Calling) -> None:
    for answer in (calling(None).get("/home"), calling(make_graduate(world)).get("/home")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "Server" not in answer.headers


def test_personal_data_never_stand_in_an_address_of_ours(app: Flask) -> None:
    names = {argument for rule in app.url_map.iter_rules() if rule.rule.startswith(API) for argument in rule.arguments}
    assert names <= {
        "invitation_id", "filing_id", "upload_id", "claim_id", "message_id", "termination_id",
        "graduate_id", "binding_id", "reference", "kind", "choice", "lane",
    }  # fmt: skip


def test_what_a_reviewer_sees_is_masked(world: World, calling: Calling) -> None:
    number, phone = factories.id_number(100_078), "13812349876"
    graduate = make_graduate(world, id_number=number, phone=world.sealer.seal(phone, "phone"))
    factories.accept(world, graduate, send(world, graduate))
    shown = calling(world.college_office).get(f"/filings/{filing_of(world, graduate).id}")
    assert number not in shown.get_data(as_text=True) and phone not in shown.get_data(as_text=True)
    assert shown.get_json()["graduate"]["phone_masked"] == "138****9876"
    assert shown.get_json()["graduate"]["id_number_masked"].endswith(number[-4:])


def test_nothing_is_kept_of_a_refused_act_but_what_counts(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    sent = send(world, graduate)
    before = stored(world.services)
    calling(graduate).accept(sent, pin="000000")
    assert stored(world.services) == before
    with world.services.db.reading() as connection:
        failures: Connection = connection
        assert failures.scalar(text("SELECT max(pin_failures) FROM graduate")) == 1
