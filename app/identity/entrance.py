"""The graduates' ways in, step by step: to WeChat and back, to CHSI and back, and where each ending leads."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import Connection, select

from app.access import Role
from app.db import Database
from app.identity import binding, chsi, journeys, matching, sessions, wechat
from app.identity.journeys import Journey
from app.models import Account, BaseState, Graduate, School
from app.problems import UpstreamAway
from app.sealing import Sealer
from app.settings import Settings

LOGIN = "/s/login"
WELCOME = "/s/welcome"


@dataclass(frozen=True)
class Outcome:
    """Where the browser goes next, and the refresh token it takes along when somebody has come in."""

    location: str
    token: str | None = None


@dataclass(frozen=True)
class Entrance:
    """The door of one browser, known by the secret in its cookie."""

    settings: Settings
    db: Database
    sealer: Sealer
    browser: str

    def to_wechat(self, next_path: str, *, second_try: bool = False) -> Outcome:
        """Send the browser to WeChat, which answers without asking the person."""
        with self.db.transaction() as connection:
            state = journeys.begin(connection, self.browser, "wechat", next_path, second_try=second_try)
        return Outcome(wechat.authorize_url(self.settings, state))

    def from_wechat(self, code: str, state: str, *, signed_in: bool) -> Outcome:
        """A known WeChat user comes in; an unknown one is asked for the CHSI account; a snapshot user is nobody."""
        with self.db.transaction() as connection:
            journey = journeys.finish(connection, self.browser, "wechat", state)
        if journey is None or not code:
            return self._seen_before(state, signed_in=signed_in, problem="wechat_failed", way="wechat")
        try:
            openid = wechat.openid_of(self.settings, code)
        except wechat.CodeSpent:
            return _failed("wechat_failed") if journey.second_try else self.to_wechat(journey.next, second_try=True)
        except wechat.SnapshotUser:
            return _failed("snapshot_user", next_path=journey.next)
        except UpstreamAway:
            return _failed("wechat_failed", next_path=journey.next)
        with self.db.transaction() as connection:
            account_id = wechat.account_of(connection, self.settings.wechat.app_id, openid)
            # Remembered even of somebody known: whoever logs out and in as another person holds this phone.
            journeys.remember_openid(connection, state, openid)
            if journey.next.startswith(binding.PAGE):
                return Outcome(journey.next)  # who it is suffices there: nobody comes in by confirming
            if account_id is not None:
                return _enter(connection, account_id, journey)
        return Outcome(f"{LOGIN}?{urlencode({'next': journey.next})}")

    def to_chsi(self, next_path: str, *, in_wechat: bool, renew: bool = False, second_try: bool = False) -> Outcome:
        """Send the browser to CHSI's log-in, taking along whom WeChat said it is; ``renew`` asks the password again."""
        with self.db.transaction() as connection:
            openid = journeys.openid_of(connection, self.browser)
            # In an ordinary browser somebody else's WeChat visit of a moment ago is no reason to refuse this person.
            if openid is not None and not in_wechat:
                bound = wechat.account_of(connection, self.settings.wechat.app_id, openid)
                openid = None if bound is not None else openid
            state = journeys.begin(connection, self.browser, "chsi", next_path, openid=openid, second_try=second_try)
        return Outcome(chsi.login_url(self.settings, state, renew=renew))

    def from_chsi(self, ticket: str, state: str, *, signed_in: bool, in_wechat: bool) -> Outcome:
        """Match the person with the roster, bind the WeChat user of this journey, come in; or say why not."""
        with self.db.transaction() as connection:
            journey = journeys.finish(connection, self.browser, "chsi", state)
        if journey is None:
            return self._seen_before(state, signed_in=signed_in, problem="chsi_failed", way="chsi", in_wechat=in_wechat)
        try:
            person = chsi.person_of(self.settings, state, ticket)
        except (chsi.TicketRefused, UpstreamAway):
            return _failed("chsi_failed", next_path=journey.next)
        try:
            with self.db.transaction() as connection:
                return self._match_and_enter(connection, person, journey)
        except matching.Mismatch as mismatch:
            return _failed(mismatch.code, mismatch.school, journey.next)

    def _match_and_enter(self, connection: Connection, person: chsi.Person, journey: Journey) -> Outcome:
        graduate = matching.match(connection, self.sealer, person)
        account_id = matching.welcome(connection, self.sealer, graduate, person)
        if journey.openid is not None:
            try:
                wechat.bind(connection, self.settings.wechat.app_id, journey.openid, account_id)
            except wechat.Taken:
                raise matching.Mismatch("wechat_taken", graduate.school) from None
            except wechat.AccountTaken:
                raise matching.Mismatch("account_taken", graduate.school) from None
        return _enter(connection, account_id, journey)

    def _seen_before(
        self, state: str, *, signed_in: bool, problem: str, way: journeys.Way, in_wechat: bool = False
    ) -> Outcome:
        """A reload, or the browser's history: whoever is in goes on; otherwise the journey starts again, once."""
        with self.db.reading() as connection:
            seen = journeys.used_before(connection, self.browser, state)
        if seen is None:
            return _failed(problem)
        if signed_in:
            return Outcome(seen.next)
        if seen.second_try:
            return _failed(problem, next_path=seen.next)
        if way == "wechat":
            return self.to_wechat(seen.next, second_try=True)
        return self.to_chsi(seen.next, in_wechat=in_wechat, second_try=True)


def _enter(connection: Connection, account_id: uuid.UUID, journey: Journey) -> Outcome:
    row = connection.execute(
        select(Graduate.base_state, School.code, Account.disabled_at)
        .join(Account, Account.graduate_id == Graduate.id)
        .join(School, School.id == Graduate.school_id)
        .where(Account.id == account_id)
    ).one()
    if row.base_state == BaseState.DELETED:
        return _failed("roster_deleted", row.code)
    if row.disabled_at is not None:
        return _failed("account_disabled", row.code)
    token = sessions.begin(connection, account_id, Role.GRADUATE)
    if row.base_state == BaseState.UPLOADED:
        onwards = {"next": journey.next} if journey.next != journeys.HOME else {}
        return Outcome(WELCOME + (f"?{urlencode(onwards)}" if onwards else ""), token)
    return Outcome(journey.next, token)


def _failed(problem: str, school: str | None = None, next_path: str = journeys.HOME) -> Outcome:
    told = {"problem": problem}
    if school is not None:
        told["school"] = school
    if next_path != journeys.HOME:
        told["next"] = next_path
    return Outcome(f"{LOGIN}?{urlencode(told)}")
