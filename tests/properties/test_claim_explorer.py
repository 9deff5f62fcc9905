"""What is done about a destination (去向), in every state it can be in: what is declared happens, nothing else does.

A claim has no pages of its own: filings, terminations, 作废 and links to employers move it. No kind is named: whatever
brings a destination about, and whatever is about one, is tried against every state of the machine over HTTP.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.access import Actor, Role
from app.documents import numbers
from app.models import ClaimState, Lane, Verdict
from app.services import Services
from app.workflows import filing_rows
from app.workflows.claim_machine import CLAIM
from app.workflows.filing_machine import Way
from app.workflows.kind import Kind
from app.workflows.kinds import KINDS
from tests import factories, filed, filled, moved
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import PIN, World, make_graduate, make_staff, make_world
from tests.support import assert_invariants
from tests.uploads.made import make_upload

BRINGING = [kind for kind in KINDS.values() if kind.lane is Lane.DESTINATION]
ABOUT = [kind for kind in KINDS.values() if kind.about]


def paths() -> dict[str, tuple[str, ...]]:
    """State of a claim → the shortest way there from review, as actions of the machine."""
    found: dict[str, tuple[str, ...]] = {CLAIM.start: ()}
    frontier = [CLAIM.start]
    while frontier:
        here = frontier.pop(0)
        for step in CLAIM.steps:
            if step.source == here and step.target not in found:
                found[step.target] = (*found[here], step.action)
                frontier.append(step.target)
    return found


@dataclass(frozen=True)
class Case:
    """A destination in some state, and everyone around it."""

    world: World
    claim: Any
    graduate: Actor
    actors: dict[str, Actor]

    def everything(self) -> list[Any]:
        """The claim, what ends it, and whatever was handed in: drafts change nothing."""
        query = text("""
            SELECT 'c', id::text, state, version FROM claim WHERE graduate_id = :g
            UNION ALL SELECT 't', id::text, state, version FROM termination WHERE graduate_id = :g
            UNION ALL SELECT 'l', id::text, '', sent_count FROM return_link WHERE graduate_id = :g
            UNION ALL SELECT 'f', id::text, state, version FROM filing
                WHERE graduate_id = :g AND state NOT IN ('draft', 'voided') ORDER BY 1, 2
        """)
        with self.world.services.db.reading() as connection:
            return list(connection.execute(query, {"g": self.graduate.graduate_id}).all())


def begun(world: World, kind: Kind) -> Actor:
    """A graduate whose destination of this kind is under review."""
    graduate = make_graduate(world)
    if kind.way is Way.CONSENT:
        factories.accept(world, graduate, factories.send(world, graduate))
        return graduate
    variant = next(name for name in filled.variants(kind) if name != "commissioned")
    made = filed.draft(world, graduate, kind.name, variant=variant)
    filled.fill_in(world, graduate, made)
    filed.submit(world, graduate, made)
    return graduate


def make_case(world: World, kind: Kind, state: str, offices: dict[str, Actor]) -> Case:
    """The claim is brought on by its machine alone, so that every kind meets every state."""
    graduate = begun(world, kind)
    moved.claim_moves(world, world.school_office, graduate, *paths()[state])
    number = numbers.new_agreement_number(year=2026, kind=numbers.ONLINE, school_code="18888")
    with world.services.db.transaction() as connection:
        printed = text("UPDATE claim SET agreement_number = :number WHERE graduate_id = :id")
        connection.execute(printed, {"number": number, "id": graduate.graduate_id})
    claim = factories.claim_of(world, graduate)
    assert claim.state == state
    return Case(world, claim, graduate, {**offices, "graduate": graduate, "employer": world.employer})


@dataclass(frozen=True)
class Try:
    """Something done about a claim by somebody, and whether it is declared; ``moves`` what cannot be tried twice."""

    who: str
    what: str
    declared: bool
    act: Callable[[Case, Caller], TestResponse]
    moves: bool = True


def tries(case: Case) -> Iterator[Try]:
    """作废, 解约, a link to the employer, and every kind that is about a claim, by everybody."""
    kind, state = KINDS[case.claim.kind], ClaimState(case.claim.state)
    standing = state in (ClaimState.EFFECTIVE,)
    for who in case.actors:
        mine = who == "graduate"
        yield Try(who, "void", mine and standing and kind.voidable, void)
        yield Try(who, "terminate", standing and kind.way is Way.CONSENT and who in ("graduate", "employer"), terminate)
        linked = any(Role.LINK in one.by and state in one.about for one in ABOUT)
        yield Try(who, "link", mine and linked, link)
        for about in ABOUT:
            yield Try(who, about.name, may_begin(case, who, about), beginning(about, mine), moves=False)


def may_begin(case: Case, who: str, kind: Kind) -> bool:
    """By its declaration: for whom it is, about which claims, and its guards."""
    actor = case.actors[who]
    if actor.role not in kind.by or (kind.pin and actor.role is not Role.GRADUATE) or who.startswith("another"):
        return False
    if case.claim.state not in kind.about or (kind.of_kinds and case.claim.kind not in kind.of_kinds):
        return False
    with case.world.services.db.reading() as connection:
        row = filing_rows.person(connection, actor, case.claim.graduate_id)
    return kind.obstacle(filing_rows.situation_of(row, actor, case.claim)) is None


def void(case: Case, caller: Caller) -> TestResponse:
    body = {"pin": PIN, "reason": "另有去处"}
    return caller.act(f"/my/claims/{case.claim.id}/void", body, etag=f'"{case.claim.version}"')


def terminate(case: Case, caller: Caller) -> TestResponse:
    return caller.act("/terminations", {"claim_id": str(case.claim.id), "reason": "study", "note": None, "pin": PIN})


def link(case: Case, caller: Caller) -> TestResponse:
    return caller.post(f"/my/claims/{case.claim.id}/return-link")


def beginning(kind: Kind, mine: bool) -> Callable[[Case, Caller], TestResponse]:
    def begin(case: Case, caller: Caller) -> TestResponse:
        path = "/my/filings" if mine else f"/graduates/{case.graduate.graduate_id}/filings"
        body = {"kind": kind.name, "variant": case.claim.variant, "claim_id": str(case.claim.id)}
        answer = caller.act(path, body)
        if answer.status_code == 201:
            caller.on(f"/my/filings/{answer.get_json()['id']}", "discard")  # a draft is its maker's: the next begins
        return answer

    return begin


@pytest.mark.parametrize("kind", BRINGING, ids=lambda kind: kind.name)
def test_what_is_declared_about_a_destination_is_possible_and_nothing_else_is(
    services: Services, calling: Calling, kind: Kind
) -> None:
    world = make_world(services, code="18888")
    filed.open_modules(world)
    offices = {
        "counsellor": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        "college": world.college_office,
        "school": world.school_office,
        "another graduate": make_graduate(world),
        "another college": make_staff(world, Role.COLLEGE, "邻院", college_id=world.colleges[1]),
    }
    callers: dict[Any, Caller] = {}

    def caller(actor: Actor) -> Caller:
        return callers.setdefault(actor.id, calling(actor))

    for state in CLAIM.states:
        case = make_case(world, kind, state, offices)
        before, moving = case.everything(), []
        for one in tries(case):
            if one.declared and one.moves:
                moving.append(one)
                continue
            answer = one.act(case, caller(case.actors[one.who]))
            possible = (201,) if one.declared else range(400, 500)
            assert answer.status_code in possible, (state, one.who, one.what, answer.get_json())
            assert case.everything() == before, (state, one.who, one.what)
        for one in moving:
            fresh = make_case(world, kind, state, offices)
            unmoved = fresh.everything()
            answer = one.act(fresh, caller(fresh.actors[one.who]))
            assert answer.status_code in (201, 204), (state, one.who, one.what, answer.get_json())
            assert fresh.everything() != unmoved, (state, one.who, one.what)


# Every step of the machine, as pages bring it about


class Story:
    """One graduate over HTTP, with whichever office has the turn."""

    def __init__(self, world: World, calling: Calling) -> None:
        self.world, self.graduate = world, make_graduate(world)
        self.mine = calling(self.graduate)
        self.employer = calling(world.employer)
        self.desks = {"college": calling(world.college_office), "school": calling(world.school_office)}

    def begin(self, kind: Kind) -> str:
        """A draft, filled in from its description."""
        variant = next(iter(filled.variants(kind))) if kind.lane is Lane.DESTINATION else None
        answer = self.mine.act("/my/filings", {"kind": kind.name, "variant": variant})
        assert answer.status_code == 201, (kind.name, answer.get_json())
        page = answer.get_json()
        path = f"/my/filings/{page['id']}"
        editor = lambda: self.mine.get(path).get_json()["editor"]  # noqa: E731
        for form, files in filled.rounds(editor, lambda: make_upload(self.world, self.graduate)):
            body = {"variant": page["variant"], "form": form, "files": files}
            assert self.mine.on(path, "save", body).status_code == 200
        return path

    def on(self, path: str, action: str, **body: Any) -> None:
        answer = self.mine.on(path, action, {**body, **({"pin": PIN} if action == "submit" else {})})
        assert answer.status_code == 200, (path, action, answer.get_json())

    def decided(self, path: str, verdict: Verdict) -> None:
        """By every desk that has it, until it is out of their hands."""
        filing = uuid.UUID(path.rpartition("/")[2])
        while (state := filed.row(self.world, filing).state).endswith("_review"):
            desk = self.desks[state.removesuffix("_review")]
            body = {"note": "已核实。"} if verdict is Verdict.APPROVE else {"reason": "不符"}
            answer = desk.on(f"/filings/{filing}", verdict.value, body)
            assert answer.status_code == 200, (path, verdict, answer.get_json())

    def claim(self) -> Any:
        return factories.claim_of(self.world, self.graduate)

    def brought_about(self, kind: Kind) -> None:
        """A destination of the kind, approved."""
        if kind.way is Way.CONSENT:
            sent = factories.send(self.world, self.graduate)
            assert self.mine.accept(sent).status_code == 200
            path = f"/my/filings/{factories.filing_of(self.world, self.graduate).id}"
        else:
            path = self.begin(kind)
            self.on(path, "submit")
        self.decided(path, Verdict.APPROVE)

    def tried_out(self, kind: Kind) -> None:
        """Handed in, taken back, handed in, returned where that can be, handed in, rejected."""
        path = self.begin(kind)
        self.on(path, "submit")
        self.on(path, "withdraw")
        self.on(path, "submit")
        if kind.return_reasons and kind.way is Way.FORM:
            self.decided(path, Verdict.RETURN)
            self.on(path, "submit")
        self.decided(path, Verdict.REJECT)

    def asked_to_end(self) -> str:
        body = {"claim_id": str(self.claim().id), "reason": "study", "note": None, "pin": PIN}
        made = self.mine.act("/terminations", body).get_json()
        return f"/terminations/{made['id']}"


def offered(story: Story) -> list[Kind]:
    """The kinds about a claim that may be begun now."""
    items = {item["kind"]: item["possible"] for item in story.mine.get("/my/filing-kinds").get_json()["items"]}
    return [kind for kind in ABOUT if items.get(kind.name)]


@pytest.fixture
def open_world(services: Services) -> World:
    world = make_world(services, code="18888")
    filed.open_modules(world)
    return world


def test_every_step_of_a_destination_is_taken_as_its_pages_take_it(open_world: World, calling: Calling) -> None:
    for kind in BRINGING:
        for void_review in ("never", "always") if kind.voidable else ("never",):
            with open_world.services.db.transaction() as connection:
                connection.execute(text("UPDATE school SET void_review = :v"), {"v": void_review})
            story = Story(open_world, calling)
            if kind.by and void_review == "never":
                story.tried_out(kind)
            story.brought_about(kind)
            for about in offered(story):
                one = Story(open_world, calling)
                one.brought_about(kind)
                one.tried_out(about)
                if about not in offered(one):
                    one.brought_about(kind)  # rejecting it ended the destination
                path = one.begin(about)
                one.on(path, "submit")
                one.decided(path, Verdict.APPROVE)
            if kind.voidable and void_review == "never":
                body = {"pin": PIN, "reason": "另有去处"}
                claim = story.claim()
                answer = story.mine.act(f"/my/claims/{claim.id}/void", body, etag=f'"{claim.version}"')
                assert answer.status_code == 204, answer.get_json()
            if kind.way is Way.CONSENT:
                assert story.employer.on(story.asked_to_end(), "refuse").status_code == 200
                path = story.asked_to_end()
                assert story.employer.on(path, "accept").status_code == 200
                ending = story.mine.get(path).get_json()["filing_id"]
                story.decided(f"/my/filings/{ending}", Verdict.APPROVE)
    with open_world.services.db.reading() as connection:
        rows = connection.execute(text("SELECT DISTINCT action, source FROM event WHERE machine = 'claim'")).all()
    by_pages = {(step.action, step.source) for step in CLAIM.steps if step.by != (Role.SCHOOL,)}
    assert {tuple(row) for row in rows} == by_pages, "the rest is brought about by base data: test_what_follows_…"
    assert_invariants(open_world.services)
