"""CAS tickets: the log-in session (TGT), the form's one-use ticket (LT), and the service ticket (ST).

A service ticket is good once, for sixty seconds, for the service it was made for; any attempt to
use it uses it up (CAS protocol 3.0, 3.1.1).
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass

from sandbox.clock import Clock

SESSION_LIFE = 8 * 3600
FORM_LIFE = 3600


@dataclass(slots=True)
class Session:
    """Someone who logged in with their password at ``since``."""

    username: str
    since: float


@dataclass(slots=True)
class ServiceTicket:
    """For whom, for which service; ``fresh`` when the password was typed for it."""

    username: str
    service: str
    made: float
    since: float
    fresh: bool


class TicketRefused(Exception):
    """CAS's failure code and a sentence for the service's log."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence
        super().__init__(f"{code}: {sentence}")


class Tickets:
    """All tickets, in memory; a restart logs everyone out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._forms: dict[str, float] = {}
        self._services: dict[str, ServiceTicket] = {}

    def new_form(self) -> str:
        """The ticket of a log-in form."""
        with self._lock:
            now = self._clock.now()
            self._forms = {lt: at for lt, at in self._forms.items() if at > now - FORM_LIFE}
            ticket = "LT-" + secrets.token_urlsafe(24)
            self._forms[ticket] = now
            return ticket

    def take_form(self, ticket: str) -> bool:
        """Whether the form came from here and was not sent before."""
        with self._lock:
            made = self._forms.pop(ticket, None)
            return made is not None and made > self._clock.now() - FORM_LIFE

    def log_in(self, username: str) -> str:
        """The value of the session cookie."""
        ticket = "TGT-" + secrets.token_urlsafe(48)
        self._sessions[ticket] = Session(username, self._clock.now())
        return ticket

    def session(self, ticket: str) -> Session | None:
        """The running session of this cookie value."""
        session = self._sessions.get(ticket)
        if session and session.since > self._clock.now() - SESSION_LIFE:
            return session
        return None

    def log_out(self, ticket: str) -> None:
        """End a session; one that is unknown is ended already."""
        self._sessions.pop(ticket, None)

    def grant(self, session: Session, service: str, *, fresh: bool) -> str:
        """A service ticket; ``fresh`` when the password was typed just now."""
        ticket = "ST-" + secrets.token_urlsafe(32)
        now = self._clock.now()
        with self._lock:
            self._services = {t: s for t, s in self._services.items() if s.made > now - 3600}
            self._services[ticket] = ServiceTicket(session.username, service, now, session.since, fresh)
        return ticket

    def use(self, ticket: str, service: str, *, renew: bool, life: float) -> ServiceTicket:
        """Uses the ticket up. Raises TicketRefused with the protocol's code."""
        if not ticket or not service:
            raise TicketRefused("INVALID_REQUEST", "both service and ticket are required")
        with self._lock:
            found = self._services.pop(ticket, None)
        if not ticket.startswith("ST-"):
            raise TicketRefused("INVALID_TICKET_SPEC", "this is not a service ticket")
        if found is None:
            raise TicketRefused("INVALID_TICKET", "the ticket is unknown or was used before")
        if found.made <= self._clock.now() - life:
            raise TicketRefused("INVALID_TICKET", "the ticket has expired")
        if found.service != service:
            raise TicketRefused("INVALID_SERVICE", "the ticket was made for another service")
        if renew and not found.fresh:
            raise TicketRefused("INVALID_TICKET_SPEC", "the ticket came from a running session")
        return found
