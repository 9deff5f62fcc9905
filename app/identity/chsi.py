"""Log-in by a CHSI account (学信网账号): CAS 3 through python-cas, with the attributes a match needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import ParseError

import requests
import structlog
from cas import CASClientV3, CASError

from app.identity.upstream import PatientSession
from app.problems import UpstreamAway
from app.settings import Settings

log = structlog.get_logger("app.identity")

LONGEST_TICKET = 256


class TicketRefused(Exception):
    """The ticket was used before, is too old, or was made for another service."""


@dataclass(frozen=True)
class Person:
    """Whom CHSI says has logged in. ``verified`` is 实人验证: None where CHSI says nothing of it."""

    name: str
    id_number: str
    phone: str | None
    email: str | None
    verified: bool | None


def service_url(settings: Settings, state: str) -> str:
    """Where CHSI sends the browser back to; the ticket is good for exactly this address."""
    return f"{settings.public_url}/auth/chsi/callback?{urlencode({'state': state})}"


def login_url(settings: Settings, state: str, *, renew: bool = False) -> str:
    """CHSI's log-in page for this journey; ``renew`` asks for the password even where CHSI still knows somebody."""
    client = _client(settings, state)
    client.renew = renew
    return str(client.get_login_url())


def person_of(settings: Settings, state: str, ticket: str) -> Person:
    """Whom a ticket stands for; it is used up by asking. Raises TicketRefused, :class:`UpstreamAway`."""
    if not ticket or len(ticket) > LONGEST_TICKET:
        raise TicketRefused
    try:
        user, attributes, _ = _client(settings, state).verify_ticket(ticket)
    except (requests.RequestException, ParseError, CASError, IndexError) as error:
        log.warning("chsi_away", reason=type(error).__name__)
        raise UpstreamAway from None
    if user is None:
        raise TicketRefused
    return _person(attributes or {})


def _person(attributes: dict[str, Any]) -> Person:
    def text(name: str) -> str | None:
        value = attributes.get(name)
        return value.strip() or None if isinstance(value, str) else None

    name, id_number = text("name"), text("id_number")
    if name is None or id_number is None:
        log.warning("chsi_released_too_little")
        raise TicketRefused
    verified = {"true": True, "false": False}.get((text("verified_person") or "").lower())
    return Person(name, id_number.upper(), text("phone"), text("email"), verified)


def _client(settings: Settings, state: str) -> Any:
    # The trailing slash matters: python-cas joins paths as a browser would.
    return CASClientV3(
        service_url=service_url(settings, state), server_url=settings.chsi_cas_url + "/", session=_session()
    )


@cache
def _session() -> requests.Session:
    return PatientSession()
