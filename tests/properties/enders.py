"""Filers who also sign online, end what they signed, send links to employers and confirm; the school reports, deletes
and restores; the clock goes on."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import Connection, text

from app import clock
from app.access import Actor
from app.models import Lane, ReportScope, Verdict
from app.services import Services
from app.workflows import confirmation, invitation, return_link, roster, roster_deletion, termination
from app.workflows.advance import advance_many
from app.workflows.deadlines import expire_due
from app.workflows.filing_machine import STAGE_OF
from app.workflows.return_link import MOST
from app.workflows.roster_machine import BASE_DATA
from app.workflows.termination_machine import HELP_AFTER
from tests import factories, filed, moved
from tests.factories import make_staff
from tests.properties.filers import GRADUATES, Filers, numbers, people
from tests.uploads.made import make_upload

ENDING = ("accept", "accept", "refuse", "cancel", "ask_help", "settle", "settle_refused")


class Enders(Filers):
    """As filers; a second person of the school agrees to deletions."""

    services: Services

    def __init__(self) -> None:
        super().__init__()
        self.second = make_staff(self.world, self.world.school_office.role, "丙")
        self.tokens: dict[uuid.UUID, str] = {}
        """claim → the link given out last"""

    def newest(self, table: str, graduate: int, column: str = "created_at") -> Any:
        """The graduate's newest row of a table, if any."""
        query = text(f"SELECT * FROM {table} WHERE graduate_id = :id ORDER BY {column} DESC LIMIT 1")
        with self.services.db.reading() as connection:
            return connection.execute(query, {"id": self.graduates[graduate].graduate_id}).one_or_none()

    def one_more(self, made: uuid.UUID | None, graduate: int) -> None:
        """A filing that came about without its graduate's beginning it."""
        if made is not None and (made, graduate) not in self.filings:
            self.filings.append((made, graduate))

    # Signing online

    @rule(graduate=people)
    def an_invitation_is_sent(self, graduate: int) -> None:
        commissioned = self.base(graduate).training_mode == "2"
        deleted = self.base(graduate).base_state == "deleted"
        whose = self.graduates[graduate]
        self.act("send", not (commissioned or deleted), lambda c: factories.send_on(c, self.world, whose))

    @rule(graduate=people, action=st.sampled_from(["accept", "accept", "accept", "refuse", "take_back"]))
    def it_is_answered(self, graduate: int, action: str) -> None:
        row, whose = self.newest("invitation", graduate, "sent_at"), self.graduates[graduate]
        if row is None:
            return
        free = not self.claims(graduate) and self.base(graduate).base_state == "confirmed"
        if action == "accept":
            allowed = row.state == "pending" and free and self.base(graduate).training_mode != "2"
            answer: Callable[..., None] = partial(invitation.accept, terms_hash=row.terms_hash, factor="pin")
        elif action == "refuse":
            allowed, answer = row.state == "pending" and free, partial(invitation.refuse, reason=None)
        else:
            claims = [claim for claim in self.claims(graduate) if claim.invitation_id == row.id]
            allowed = row.state == "accepted" and bool(claims) and claims[0].state == "in_review"
            answer = invitation.take_back
        again = {"take_back": ("take_back", "lapse")}.get(action, (action,))
        allowed = allowed or any(self.repeated(row.id, name) for name in again)
        if self.act(action, allowed, lambda c: answer(c, whose, row.id, seen=row.version)) and action == "accept":
            self.one_more(factories.filing_of(self.world, whose).id, graduate)

    # All the way: of acts tried blindly most are refused

    @initialize(seed=st.integers(0, 2**32))
    def much_has_happened_before(self, seed: int) -> None:
        for _ in range(3):
            self.several_come_to_their_end(seed=seed)

    @rule(seed=st.integers(0, 2**32))
    def several_come_to_their_end(self, seed: int) -> None:
        chance = self.chance(seed)
        for _ in range(4):
            graduate = chance.randrange(GRADUATES)
            if chance.random() < 0.8:
                self.gets_ready(graduate)
            else:
                self.is_corrected(graduate)
            chance.choice(GOING_ON)(self, graduate, chance)

    def gets_ready(self, graduate: int) -> None:
        if self.base(graduate).base_state in ("uploaded", "changed"):
            self.base_data_are_corrected_and_confirmed(graduate=graduate, mode="1", confirmed=True)

    def is_corrected(self, graduate: int) -> None:
        self.base_data_are_corrected_and_confirmed(graduate=graduate, mode="1", confirmed=False)

    def signs(self, graduate: int) -> None:
        self.an_invitation_is_sent(graduate=graduate)
        self.it_is_answered(graduate=graduate, action="accept")
        for number, (made, whose) in enumerate(self.filings):
            if whose == graduate and filed.row(self.world, made).lane == Lane.DESTINATION:
                self.it_is_decided_to_the_end(number)

    def ends(self, graduate: int, chance: random.Random) -> None:
        """As both agree, or as the school settles it."""
        by_employer, settled = chance.random() < 0.5, chance.random() < 0.5
        if not self.claims(graduate):
            self.signs(graduate)
        self.a_party_asks_to_end(graduate=graduate, by_employer=by_employer)
        if settled:
            self.it_goes_towards_an_end(graduate=graduate, action="ask_help", who="starter")  # too early
            self.days_pass(days=16)
            self.it_goes_towards_an_end(graduate=graduate, action="ask_help", who="starter")
            self.it_goes_towards_an_end(graduate=graduate, action="settle", who="school")
        else:
            self.it_goes_towards_an_end(graduate=graduate, action="accept", who="other")
        row = self.newest("termination", graduate)
        if row is not None and row.filing_id is not None:
            self.it_is_decided_to_the_end([made for made, _ in self.filings].index(row.filing_id))

    def it_is_decided_to_the_end(self, number: int) -> None:
        for person in (1, 0, 1, 0):
            desk = STAGE_OF.get(filed.row(self.world, self.filings[number][0]).state)
            if desk is not None:
                self.a_desk_decides(number=number, desk=desk, person=person, verdict=Verdict.APPROVE)

    # Ending it

    @rule(graduate=people, by_employer=st.booleans())
    def a_party_asks_to_end(self, graduate: int, by_employer: bool) -> None:
        actor = self.world.employer if by_employer else self.graduates[graduate]
        for claim in self.claims(graduate):
            allowed = claim.state == "effective" and claim.invitation_id is not None and self.may_file(graduate, actor)
            ask = partial(termination.request, actor=actor, claim_id=claim.id, reason="study", note=None)
            self.act("ask to end", allowed, ask)

    @rule(graduate=people, action=st.sampled_from(ENDING), who=st.sampled_from(["starter", "other", "other", "school"]))
    def it_goes_towards_an_end(self, graduate: int, action: str, who: str) -> None:
        row, whose = self.newest("termination", graduate), self.graduates[graduate]
        if row is None:
            return
        both = (whose, self.world.employer) if row.started_by == "graduate" else (self.world.employer, whose)
        actor = {"starter": both[0], "other": both[1], "school": self.world.school_office}[who]
        allowed = row.state == "pending" and self.may_answer(row, graduate, actor, who, action)
        allowed = allowed or self.repeated(row.id, action)
        if self.act(action, allowed, partial(answer_termination, actor, row, action)):
            after = self.newest("termination", graduate)
            self.one_more(after.filing_id, graduate)

    def may_answer(self, row: Any, graduate: int, actor: Actor, who: str, action: str) -> bool:
        """docs/rules.md, 解约."""
        waited = row.created_at <= clock.now() - HELP_AFTER
        asked = row.help_asked_at is not None
        return {
            "accept": who == "other" and self.may_file(graduate, actor),
            "refuse": who == "other" and self.may_file(graduate, actor),
            "cancel": who == "starter",
            "ask_help": who == "starter" and waited and not asked,
            "settle": who == "school" and asked,
            "settle_refused": who == "school" and asked,
        }[action]

    # The clock

    @rule(days=st.sampled_from([1, 4, 16]))
    def days_pass(self, days: int) -> None:
        """What waits has waited so much longer; what is past its time ends."""
        past = {"span": timedelta(days=days), "school": self.world.school_id}
        self.set(
            "UPDATE termination SET created_at = created_at - :span WHERE school_id = :school AND state = 'pending'",
            **past,
        )
        self.set(
            "UPDATE invitation SET respond_by = respond_by - :span, sent_at = sent_at - :span"
            " WHERE school_id = :school AND state = 'pending'",
            **past,
        )
        self.set(
            "UPDATE return_link SET expires_at = expires_at - :span WHERE school_id = :school AND used_at IS NULL",
            **past,
        )
        self.done["expired"] += expire_due(self.services.db)

    # The employer's link

    @rule(graduate=people, what=st.sampled_from(["issue", "send", "use", "use", "use", "revoke"]))
    def the_employer_has_a_link(self, graduate: int, what: str) -> None:
        whose = self.graduates[graduate]
        for claim in self.claims(graduate):
            row = self.link_of(claim.id)
            if what in ("issue", "send"):
                self.give_link(whose, claim, row, send=what == "send")
            elif what == "revoke":
                self.act("revoke", row is not None, partial(return_link.revoke, actor=whose, claim_id=claim.id))
            elif row is not None:
                self.use_link(graduate, claim, row)

    def give_link(self, whose: Actor, claim: Any, row: Any, *, send: bool) -> None:
        issued: list[str] = []

        def issue(connection: Connection) -> None:
            given = return_link.issue(connection, whose, claim.id, self.services.sealer, send=send)
            issued.append(given.token)

        allowed = claim.state == "agreement_generated" and (row is None or row.sent_count < MOST)
        if self.act("issue", allowed, issue):
            self.tokens[claim.id] = issued[0]

    def use_link(self, graduate: int, claim: Any, row: Any) -> None:
        good = row.revoked_at is None and row.used_at is None and row.expires_at > clock.now()
        free = self.under_review(graduate, Lane.CLAIM) == 0 and self.base(graduate).base_state != "deleted"
        sent = [make_upload(self.world, self.graduates[graduate], link=row.id)]
        allowed = claim.state == "agreement_generated" and good and free
        use = partial(
            return_link.submit,
            token=self.tokens[claim.id],
            uploads=sent,
            request_id="test",
            sealer=self.services.sealer,
        )
        if self.act("use", allowed, use):
            query = text("SELECT filing_id FROM upload WHERE id = :id")
            with self.services.db.reading() as connection:
                self.one_more(connection.scalar(query, {"id": sent[0]}), graduate)

    def link_of(self, claim: uuid.UUID) -> Any:
        with self.services.db.reading() as connection:
            query = text("SELECT * FROM return_link WHERE claim_id = :id")
            return connection.execute(query, {"id": claim}).one_or_none()

    # Reported and confirmed; deleted and restored

    @rule(graduate=people, what=st.sampled_from(["report", "confirm", "confirm"]))
    def the_destination_is_reported_or_confirmed(self, graduate: int, what: str) -> None:
        whose, row = self.graduates[graduate], self.newest("confirmation", graduate, "reported_on")
        if what == "report":
            moved.report(self.world, ReportScope.ALL)
        elif row is not None:
            allowed = row.state in ("todo", "again", "wrong") and self.may_file(graduate, whose)
            allowed = allowed and not self.in_doubt(graduate) and self.reported_and_settled(graduate)
            seen = partial(confirmation.confirm, actor=whose, seen=row.version)
            self.act("confirm the destination", allowed, seen)

    def reported_and_settled(self, graduate: int) -> bool:
        """Whether a destination in effect was reported as it is, and leaves nothing open that could be registered."""
        claim = next((one for one in self.claims(graduate) if one.state == "effective"), None)
        if claim is None or claim.batch_id is None:
            return False
        query = text("""SELECT m.lane FROM (VALUES ('archive', true), ('hukou', :moved)) m (lane, concerns)
            WHERE m.concerns AND NOT EXISTS (SELECT FROM transfer t
                WHERE t.graduate_id = :id AND t.lane = m.lane AND t.state <> 'lapsed')""")
        who = {"id": self.graduates[graduate].graduate_id, "moved": bool(self.base(graduate).hukou_moved)}
        with self.services.db.reading() as connection:
            missing = set(connection.execute(query, who).scalars())
        return not any(claim.form.get(f"{lane}_transfer") == "9" for lane in missing - self.closed)

    def in_doubt(self, graduate: int) -> bool:
        """Whether something came along with a destination that has ended."""
        query = text("SELECT count(*) FROM transfer WHERE graduate_id = :id AND state = 'doubtful'")
        with self.services.db.reading() as connection:
            return bool(connection.scalar(query, {"id": self.graduates[graduate].graduate_id}))

    @rule(graduate=people, late=st.booleans(), pick=numbers)
    def the_school_deletes_and_uploads_again(self, graduate: int, late: bool, pick: int) -> None:
        if pick % 8:
            return  # now and then only
        whose, office = self.graduates[graduate], self.world.school_office
        assert whose.graduate_id is not None
        delete = partial(roster_deletion.delete_base_data, actor=office, graduate_id=whose.graduate_id, reason="退学")
        claims = self.claims(graduate)
        idle = not any(self.under_review(graduate, lane) for lane in Lane)
        allowed = idle and all(claim.state == "effective" for claim in claims)
        if self.act("delete", allowed, delete) and claims:
            agree = partial(roster_deletion.confirm_deletion, actor=self.second, graduate_id=whose.graduate_id)
            self.act("agree to the deletion", True, agree)
        if self.base(graduate).base_state == "deleted" and not late:
            self.act("restore", True, partial(upload_again, self.world.school_office, whose.graduate_id))
            self.gets_ready(graduate)


def _goes_on(walk: Enders, graduate: int, chance: random.Random) -> None:
    walk.several_go_on_as_they_should(seed=chance.randrange(2**32))
    _link(walk, graduate, chance)


def _link(walk: Enders, graduate: int, chance: random.Random) -> None:
    for each in range(GRADUATES):
        walk.the_employer_has_a_link(graduate=each, what=chance.choice(["issue", "send"]))
        walk.the_employer_has_a_link(graduate=each, what=chance.choice(["use", "use", "revoke"]))


def _confirms(walk: Enders, graduate: int, chance: random.Random) -> None:
    for each in range(GRADUATES):
        for what in ("report", "confirm"):
            walk.the_destination_is_reported_or_confirmed(graduate=each, what=what)


def _answers(walk: Enders, graduate: int, chance: random.Random) -> None:
    walk.a_party_asks_to_end(graduate=graduate, by_employer=chance.random() < 0.5)
    for who in ("starter", "other", "school"):
        walk.it_goes_towards_an_end(graduate=graduate, action=chance.choice(ENDING), who=who)


GOING_ON: tuple[Callable[[Enders, int, random.Random], None], ...] = (
    _goes_on,
    _goes_on,
    _goes_on,
    lambda walk, graduate, chance: walk.signs(graduate),
    lambda walk, graduate, chance: walk.signs(graduate),
    lambda walk, graduate, chance: walk.ends(graduate, chance),
    lambda walk, graduate, chance: walk.ends(graduate, chance),
    lambda walk, graduate, chance: walk.a_destination_is_voided(graduate=graduate),
    lambda walk, graduate, chance: walk.days_pass(days=chance.choice([1, 4, 16])),
    _answers,
    _confirms,
)


def answer_termination(actor: Actor, row: Any, action: str, connection: Connection) -> None:
    if action.startswith("settle"):
        agreed = action == "settle"
        termination.settle(connection, actor, row.id, seen=row.version, agreed=agreed, note="已联系双方")
    else:
        getattr(termination, action)(connection, actor, row.id, seen=row.version)


def upload_again(office: Actor, graduate: uuid.UUID, connection: Connection) -> None:
    """What an import does with a graduate who was deleted."""
    advance_many(connection, BASE_DATA, roster.GRADUATE, "restore", [graduate], office, source="deleted")
    roster_deletion.restore_claims(connection, office, [graduate])
