"""The same races as requests: what clients are answered, and that a repeat is the same request."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Response
from sqlalchemy import Connection, text
from werkzeug.test import TestResponse

from app import clock, create_app
from app.access import Role
from app.http import act, answer, needs
from app.models import Verdict
from app.services import Services
from app.settings import Settings
from tests.api.caller import Caller
from tests.api.contract import Contract
from tests.factories import (
    PIN,
    accept,
    claim_of,
    decide,
    filing_of,
    make_employer,
    make_graduate,
    make_staff,
    make_world,
    row,
    send,
    terms_of,
)
from tests.races.conftest import Calling
from tests.races.rivals import at_once, counted, rounds
from tests.support import assert_invariants, events

REPEATS = 50


def patient(request: Callable[[], TestResponse]) -> Callable[[], TestResponse]:
    """A client that comes back when told so, with the same key, as ours do."""

    def ask() -> TestResponse:
        for _ in range(20):
            answer = request()
            if answer.status_code != 503:
                return answer
            time.sleep(0.2)
        return answer

    return ask


def told(answers: list[TestResponse]) -> dict[str, int]:
    return counted([str(answer.get_json().get("code", answer.status_code)) for answer in answers])


def test_fifty_times_the_same_acceptance_with_one_key_is_one(crowded: Services, calling: Calling) -> None:
    world = make_world(crowded)
    for _ in range(rounds(2)):
        graduate = make_graduate(world)
        sent = send(world, graduate)
        student, key = calling(graduate), str(uuid.uuid4())
        body = {"pin": PIN, "terms_hash": row(world, sent).terms_hash}
        once = partial(student.act, f"/invitations/{sent}/accept", body, etag='"1"', key=key)
        answers = at_once([patient(once)] * REPEATS)
        assert told(answers) == {"200": REPEATS}
        assert len({(answer.data, answer.headers["ETag"]) for answer in answers}) == 1
        assert [step[0] for step in events(crowded, sent)] == ["send", "accept"]
    assert_invariants(crowded)


def test_fifty_times_the_same_invitation_with_one_key_is_one(crowded: Services, calling: Calling) -> None:
    world = make_world(crowded)
    employer = calling(world.employer)
    with crowded.db.reading() as connection:
        terms = terms_of(connection, world.employer)
    for _ in range(rounds(2)):
        graduate, key = make_graduate(world), str(uuid.uuid4())
        body = {
            "graduate_ref": employer.reference(graduate),
            "terms": terms,
            "respond_on": (clock.today() + timedelta(days=3)).isoformat(),
        }
        answers = at_once([patient(partial(employer.act, "/invitations", body, key=key))] * REPEATS)
        assert told(answers) == {"201": REPEATS}
        assert len({answer.data for answer in answers}) == 1
    assert_invariants(crowded)


def test_whatever_an_act_does_is_done_once_for_one_key(
    crowded: Services, settings: Settings, logged: io.StringIO
) -> None:
    """The mechanism itself, on an act that would count every time: nothing else than the key stops the second."""
    world = make_world(crowded)
    app = create_app(settings, crowded)

    @needs(Role.EMPLOYER)
    @act
    def count(connection: Connection) -> Response:
        connection.execute(text("UPDATE school SET version = version + 1"))
        return answer({"counted": True})

    app.add_url_rule("/api/v1/count", view_func=count, methods=["POST"])
    employer = Caller(app, Contract(app), world.employer)
    for number in range(1, rounds(3) + 1):
        keys = [str(uuid.uuid4())] * 20 + [str(uuid.uuid4())]
        answers = at_once([patient(partial(employer.act, "/count", key=key)) for key in keys])
        assert told(answers) == {"200": len(keys)}
        with crowded.db.reading() as connection:
            assert connection.scalar(text("SELECT version FROM school")) == 1 + 2 * number


def test_an_invitation_sent_by_two_taps_at_once_is_sent_once(crowded: Services, calling: Calling) -> None:
    world = make_world(crowded)
    employer = calling(world.employer)
    with crowded.db.reading() as connection:
        terms = terms_of(connection, world.employer)
    for _ in range(rounds(4)):
        body: dict[str, Any] = {
            "graduate_ref": employer.reference(make_graduate(world)),
            "terms": terms,
            "respond_on": (clock.today() + timedelta(days=3)).isoformat(),
        }
        answers = at_once([patient(partial(employer.act, "/invitations", body))] * 6)
        assert told(answers) == {"201": 1, "already_invited": 5}
    assert_invariants(crowded)


def test_each_loser_of_the_lane_learns_who_holds_it(crowded: Services, calling: Calling) -> None:
    world = make_world(crowded)
    employers = [make_employer(world, f"杭州第{number}公司") for number in range(12)]
    for _ in range(rounds(2)):
        graduate = make_graduate(world)
        student = calling(graduate)
        sent = [send(world, graduate, employer=employer) for employer in employers]
        bodies = [{"pin": PIN, "terms_hash": row(world, one).terms_hash} for one in sent]
        answers = at_once(
            [
                patient(partial(student.act, f"/invitations/{one}/accept", body, etag='"1"'))
                for one, body in zip(sent, bodies, strict=True)
            ]
        )
        assert told(answers) == {"200": 1, "lane_held": len(sent) - 1}
        holder = claim_of(world, graduate)
        for one in answers:
            if one.status_code == 409:
                found = one.get_json()
                assert found["holder"]["title"] == holder.title
                assert f"你已有「{holder.title}」" in found["detail"]
    assert_invariants(crowded)


def test_two_offices_and_the_graduate_each_get_a_sentence_of_their_own(crowded: Services, calling: Calling) -> None:
    world = make_world(crowded)
    colleague = make_staff(world, Role.COLLEGE, "李老师", college_id=world.colleges[0])
    first, second = calling(world.college_office), calling(colleague)
    for _ in range(rounds(8)):
        graduate = make_graduate(world)
        sent = send(world, graduate)
        accept(world, graduate, sent)
        paper = filing_of(world, graduate)
        on = f"/filings/{paper.id}"
        answers = at_once(
            [
                patient(partial(first.act, f"{on}/approve", {}, etag=f'"{paper.version}"')),
                patient(partial(first.act, f"{on}/approve", {}, etag=f'"{paper.version}"')),
                patient(partial(second.act, f"{on}/reject", {"reason": "不符"}, etag=f'"{paper.version}"')),
                patient(partial(calling(graduate).act, f"/invitations/{sent}/take-back", {"pin": PIN}, etag='"2"')),
            ]
        )
        outcome = filing_of(world, graduate).state
        codes = [answer.status_code for answer in answers]
        wanted = {
            "school_review": [200, 200, 409, 409],  # both taps of one person are one decision
            "rejected": [409, 409, 200, 409],
            "withdrawn": [409, 409, 409, 200],
        }
        assert codes == wanted[outcome], (outcome, [answer.get_json() for answer in answers])
        sentences = {
            "school_review": {"这份材料刚刚已由其他老师处理。", "已有一级审核通过，不能再撤回。请等审核结束。"},
            "rejected": {"这份材料刚刚已由其他老师处理。", "这份签约已经结束，不能再撤回应约。"},
            "withdrawn": {"毕业生已撤回，这份材料不用再审。"},
        }
        refused = {answer.get_json()["detail"] for answer in answers if answer.status_code == 409}
        # On a slow machine the graduate may have looked between two decisions.
        assert refused <= sentences[outcome] | {"已有一级审核通过，不能再撤回。请等审核结束。"}, outcome
    assert_invariants(crowded)


def test_both_taps_of_the_last_desk_are_one_agreement(crowded: Services, calling: Calling) -> None:
    world = make_world(crowded)
    office = calling(world.school_office)
    for _ in range(rounds(4)):
        graduate = make_graduate(world)
        accept(world, graduate, send(world, graduate))
        decide(world, world.college_office, graduate, Verdict.APPROVE)
        paper = filing_of(world, graduate)
        tap = partial(office.act, f"/filings/{paper.id}/approve", {}, etag=f'"{paper.version}"')
        answers = at_once([patient(tap)] * 5)
        assert told(answers) == {"200": 5}
        assert len({answer.get_json()["agreement"]["number"] for answer in answers}) == 1
    assert_invariants(crowded)
