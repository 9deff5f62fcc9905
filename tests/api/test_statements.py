"""How many statements a request costs: reads at most two, accepting at most six; BEGIN and COMMIT are not counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from app.access import Actor
from app.db import count_statements
from app.identity import binding
from app.models import Verdict
from tests import factories
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import World, decide, filing_of, make_employer, make_graduate, send, sign
from tests.uploads.made import make_upload

READ, ACCEPT = 2, 6


@contextmanager
def counting(caller: Caller) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []
    stop = count_statements(caller.services.db.engine, sent)
    yield sent
    stop()


@dataclass(frozen=True)
class Signed:
    """A graduate with one signed and one open invitation, and the addresses of all that."""

    graduate: Actor
    invitation: str
    held: str
    filing: str
    agreement: str
    binding: str
    upload: str
    ended: str
    termination: str
    return_link: str
    for_graduate: str


@pytest.fixture
def signed(world: World) -> Signed:
    graduate = make_graduate(world)
    other = send(world, graduate, employer=make_employer(world))
    invitation = sign(world, graduate)
    ended = sign(world, other_one := make_graduate(world))
    with world.services.db.transaction() as connection:
        code, _ = binding.keep(connection, graduate.id, binding.new_scene())  # type: ignore[arg-type]
    return Signed(
        graduate,
        f"/invitations/{invitation}",
        f"/invitations/{other}",
        f"/filings/{filing_of(world, graduate).id}",
        f"/agreements/{factories.claim_of(world, graduate).id}/link",
        f"/me/wechat-binding/{code}",
        f"/uploads/{make_upload(world, graduate, submitted=True)}",
        f"/invitations/{ended}",
        f"/terminations/{factories.ask_to_end(world, world.employer, other_one)}",
        f"/my/claims/{factories.claim_of(world, graduate).id}/return-link",
        f"/graduates/{graduate.graduate_id}",
    )


READS = {
    "graduate": [
        "/home", "/me", "{0.invitation}", "{0.held}", "/invitations", "{0.agreement}", "/messages", "/messages/counts",
        "{0.binding}", "/employers?q=杭州江海",
        "/my/transfers/archive", "/my/transfers/hukou", "/me/notices", "{0.upload}", "{0.return_link}",
    ],
    "employer": [
        "/employer/me", "{0.invitation}", "{0.ended}", "{0.termination}", "/invitations", "/invitations/counts",
        "{0.agreement}", "/messages", "/messages/counts", "/me/notices",
    ],
    "college": [
        "/reviews", "/reviews?decided=mine", "/reviews/counts", "{0.filing}", "/colleges", "{0.for_graduate}",
        "/voids", "/school-settings", "{0.filing}/editor?variant=study_domestic",
        "/reviews?overdue=mine&flagged=true", "{0.for_graduate}/filing-kinds", "/my/filings", "{0.filing}/editor",
        "/reason-templates/online_signing?for=return",
        "/reason-templates/online_signing", "{0.agreement}", "/messages", "/unreachable", "/unreachable/counts",
        "{0.termination}", "/me/notices", "/deliveries", "/deliveries?state=problem", "{0.upload}",
    ],
    "school": [
        "/reviews", "/reviews?decided=mine", "/reviews/counts", "{0.filing}", "{0.agreement}", "/messages",
        "/reviews?overdue=below",
        "/unreachable", "/unreachable/counts", "{0.upload}", "/terminations", "{0.termination}",
    ],
}  # fmt: skip
CASES = [(role, path) for role, paths in READS.items() for path in paths]


def of_role(world: World, calling: Calling, signed: Signed, role: str) -> Caller:
    sender = world.employer
    actors = {"graduate": signed.graduate, "college": world.college_office, "school": world.school_office}
    return calling(actors.get(role, sender))


@pytest.mark.parametrize(("role", "path"), CASES)
def test_reading_costs_two_statements_at_most(
    world: World, calling: Calling, signed: Signed, role: str, path: str
) -> None:
    caller = of_role(world, calling, signed, role)
    caller.get(path.format(signed))  # the first use of a connection asks the server about itself
    with counting(caller) as sent:
        answer = caller.get(path.format(signed))
    assert answer.status_code == 200
    assert len(sent) <= READ, "\n\n".join(sent)


def test_an_unchanged_home_costs_one_statement(world: World, calling: Calling, signed: Signed) -> None:
    caller = of_role(world, calling, signed, "graduate")
    etag = caller.get("/home").headers["ETag"]
    with counting(caller) as sent:
        answer = caller.get("/home", headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert len(sent) == 1, "\n\n".join(sent)


def test_accepting_costs_six_statements_at_most(world: World, calling: Calling) -> None:
    graduates = [make_graduate(world) for _ in range(2)]
    for graduate in graduates:
        caller, invitation = calling(graduate), send(world, graduate)
        seen = caller.get(f"/invitations/{invitation}")
        body = {"pin": factories.PIN, "terms_hash": seen.get_json()["terms_hash"]}
        with counting(caller) as sent:
            answer = caller.act(f"/invitations/{invitation}/accept", body, etag=seen.headers["ETag"])
        assert answer.status_code == 200
    assert len(sent) <= ACCEPT, "\n\n".join(sent)


def test_a_list_costs_the_same_however_long_it_is(world: World, calling: Calling) -> None:
    employers = [make_employer(world) for _ in range(12)]
    graduate = make_graduate(world)
    for employer in employers:
        send(world, graduate, employer=employer)
    caller = calling(graduate)
    caller.get("/invitations")
    with counting(caller) as sent:
        answer = caller.get("/invitations")
    assert len(answer.get_json()["items"]) == 12
    assert len(sent) <= READ, "\n\n".join(sent)


def test_a_full_queue_costs_the_same_as_an_empty_one(world: World, calling: Calling) -> None:
    caller = calling(world.college_office)
    caller.get("/reviews")
    for _ in range(5):
        graduate = make_graduate(world)
        factories.accept(world, graduate, send(world, graduate))
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    with counting(caller) as sent:
        assert len(caller.get("/reviews").get_json()["items"]) == 4
    assert len(sent) <= READ, "\n\n".join(sent)
