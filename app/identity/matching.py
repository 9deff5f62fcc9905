"""Which graduate of a roster a CHSI person is; each way of not finding out has its own code (guide, chapter 2)."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from app.access import Role
from app.identity.chsi import Person
from app.models import Account, BaseState, Graduate, School
from app.sealing import Sealer, Unreadable


class Mismatch(Exception):
    """No graduate can be told from this CHSI account; ``code`` says why, ``school`` whom to call where known.

    not_on_roster: no school has uploaded this ID number (or uploaded it wrong); name_differs: the number is there
    under another name; duplicate: two schools have uploaded it; roster_deleted: the school has deleted it.
    """

    def __init__(self, code: str, school: str | None = None) -> None:
        self.code, self.school = code, school
        super().__init__(code)


_BY_NUMBER: Executable = (
    select(
        Graduate.id,
        Graduate.name,
        Graduate.base_state,
        Graduate.class_year,
        Graduate.school_id,
        Graduate.phone,
        Graduate.email,
        School.code.label("school"),
    )
    .join(School, School.id == Graduate.school_id)
    .where(Graduate.id_number_index == bindparam("index"))
    .order_by(Graduate.class_year.desc())
)


def match(connection: Connection, sealer: Sealer, person: Person) -> Row[Any]:
    """The graduate's row (id, base_state, phone, email, school); raises Mismatch.

    Of several classes of one school the latest counts: a 结业生 may be uploaded again with a later class.
    """
    index = sealer.index(person.id_number, "id_number")
    rows = connection.execute(_BY_NUMBER, {"index": index}).all()
    if not rows:
        raise Mismatch("not_on_roster")
    living = [row for row in rows if row.base_state != BaseState.DELETED]
    if not living:
        raise Mismatch("roster_deleted", rows[0].school)
    named = [row for row in living if same_name(row.name, person.name)]
    if not named:
        raise Mismatch("name_differs", living[0].school)
    if len({row.school_id for row in named}) > 1:
        raise Mismatch("duplicate", named[0].school)
    return named[0]


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are the same name: width, spaces and the kinds of middle dot are not part of it."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", name)
    return "".join("·" if letter in "·•・‧∙．." else letter for letter in text if not letter.isspace()).casefold()


def welcome(connection: Connection, sealer: Sealer, graduate: Row[Any], person: Person) -> uuid.UUID:
    """The graduate's account, made at the first log-in; phone and e-mail become what CHSI has (they are kept there)."""
    account = (
        insert(Account)
        .values(role=Role.GRADUATE.value, graduate_id=graduate.id, name=graduate.name)
        .on_conflict_do_update(index_elements=[Account.graduate_id], set_={"name": graduate.name})
        .returning(Account.id)
    )
    account_id = connection.execute(account).scalar_one()
    changed = {
        purpose: sealer.seal(told, purpose)
        for purpose, told in (("phone", person.phone), ("email", person.email))
        if told is not None and told != _opened(sealer, getattr(graduate, purpose), purpose)
    }
    if changed:
        connection.execute(
            update(Graduate).where(Graduate.id == graduate.id).values(**changed, version=Graduate.version + 1)
        )
    return account_id


def _opened(sealer: Sealer, sealed: bytes | None, purpose: str) -> str | None:
    try:
        return sealer.open(sealed, purpose) if sealed is not None else None
    except Unreadable:
        return None  # sealed with a key since withdrawn: written anew
