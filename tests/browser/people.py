"""The people of a story, with log-ins: rows through the factories, accounts at the stand-in over its control API."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from app.access import Actor
from app.identity import passwords
from app.models import Account
from app.services import Services
from app.settings import Settings
from tests.browser.conftest import Running
from tests.factories import World, id_number, make_graduate, make_world

PASSWORD = "qu-xiang-2027"
NAME = "林知夏"


@dataclass
class Story:
    """Who takes part, and how they get in."""

    services: Services
    world: World
    graduate: Actor
    id_number: str
    openid: str
    logins: dict[str, str]


def gather(running: Running) -> Story:
    """A school, its offices, an employer, and one graduate who follows the account and has not entered yet."""
    services = Services.build(Settings.from_environment(running.environment), jobs=True)
    world = make_world(services, employer_name="杭州远岸数据科技有限公司")
    number = id_number(100_900)  # beyond those that the factories count up
    graduate = make_graduate(world, confirmed=False, name=NAME, id_number=number)
    with services.db.transaction() as connection:
        # The account is made at the first log-in, not by the roster.
        connection.execute(delete(Account).where(Account.id == graduate.id))
        logins = {role: _log_in_name(connection, actor) for role, actor in _staff(world).items()}
        for actor in _staff(world).values():
            connection.execute(
                update(Account).where(Account.id == actor.id).values(password=passwords.hashed(PASSWORD))
            )
    person = {"username": "linzhixia", "password": PASSWORD, "name": NAME, "id_number": number, "phone": "13912345678"}
    running.sandbox.control("POST", "/chsi/people", {"people": [person]})
    return Story(services, world, graduate, number, running.sandbox.follower(NAME), logins)


def _staff(world: World) -> dict[str, Actor]:
    return {"employer": world.employer, "college": world.college_office, "school": world.school_office}


def _log_in_name(connection: Connection, actor: Actor) -> str:
    return str(connection.scalar(select(Account.login).where(Account.id == actor.id)))
