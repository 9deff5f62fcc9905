"""CHSI accounts of the sandbox. The people in it are invented; their passwords are shown on the page."""

from __future__ import annotations

import hmac
import threading
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.store import Store

FIELDS = ("username", "password", "name", "id_number", "phone", "email", "verified_person")


@dataclass(frozen=True, slots=True)
class Person:
    """A CHSI user. ``verified_person``: True, False, or None when CHSI says nothing of it."""

    username: str
    password: str
    name: str
    id_number: str
    phone: str = ""
    email: str = ""
    verified_person: bool | None = None

    @classmethod
    def read(cls, raw: Any) -> Person:
        """From JSON. Raises ValueError on missing, unknown or mistyped fields."""
        if not isinstance(raw, dict) or set(raw) - set(FIELDS):
            raise ValueError(f"a person is an object of {', '.join(FIELDS)}")
        verified = raw.get("verified_person")
        if verified not in (True, False, None):
            raise ValueError("verified_person is true, false or null")
        texts = {name: raw.get(name) or "" for name in FIELDS[:-1]}
        if any(not isinstance(text, str) for text in texts.values()):
            raise ValueError("all fields but verified_person are texts")
        for name in FIELDS[:4]:
            if not texts[name]:
                raise ValueError(f"{name} is missing")
        return cls(**texts, verified_person=verified)

    def attributes(self) -> dict[str, str]:
        """What CAS 3 releases; what is not known is left out."""
        known = {name: getattr(self, name) for name in FIELDS[2:6] if getattr(self, name)}
        if self.verified_person is not None:
            known["verified_person"] = "true" if self.verified_person else "false"
        return known


class Directory:
    """All accounts; one may log in by user name, phone or e-mail address."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._people: dict[str, Person] = {}
        self._aliases: dict[str, str] = {}
        for _, raw in store.load("person"):
            self._place(Person.read(raw))

    def __len__(self) -> int:
        return len(self._people)

    def register(self, people: list[Person]) -> None:
        """Add people; one with a known user name replaces the old."""
        with self._lock:
            for person in people:
                self._place(person)
                self._store.put("person", person.username, asdict(person))

    def find(self, login: str) -> Person | None:
        """By user name, phone or e-mail address."""
        login = login.strip()
        return self._people.get(self._aliases.get(login, login))

    def check(self, login: str, password: str) -> Person | None:
        """The person, if the password is theirs."""
        person = self.find(login)
        if person and hmac.compare_digest(person.password.encode(), password.encode()):
            return person
        return None

    def search(self, words: str, limit: int) -> list[Person]:
        """The first people whose name or account holds ``words``."""
        found = []
        for person in list(self._people.values()):
            if words in person.name or words in person.username:
                found.append(person)
                if len(found) == limit:
                    break
        return found

    def _place(self, person: Person) -> None:
        old = self._people.get(person.username)
        if old:
            for alias in (old.phone, old.email):
                self._aliases.pop(alias, None)
        self._people[person.username] = person
        for alias in (person.phone, person.email):
            if alias:
                self._aliases[alias] = person.username
