"""Makes what tests need: people by plain inserts, everything with a state through the workflow that makes it."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select
from stdnum.cn import ric

from app import clock
from app.access import CLOCK, Actor, Role
from app.db import table
from app.models import (
    Account,
    BaseState,
    Claim,
    College,
    Employer,
    Filing,
    Graduate,
    Invitation,
    School,
    Verdict,
)
from app.queries import people
from app.sealing import Sealer
from app.services import Services
from app.workflows import agreement, decision, invitation, termination
from app.workflows.advance import advance_many
from app.workflows.machines import INVITATION

PIN = "135792"
_serial = itertools.count(1)
# Real shape and check digit, invented owner.
CREDIT_CODES = (
    "91330100MA2AXYK63J",
    "91330108MA28C0RH0P",
    "913301007494922450",
    "91310115MA1K35J59C",
)


def id_number(serial: int, region: str = "330108") -> str:
    """A resident ID number with a valid check digit; of its own for each serial below 111,888. The factories count up
    from 1, whoever chooses one stays above 100,000."""
    body = f"{region}2004{serial // 28 % 12 + 1:02d}{serial % 28 + 1:02d}{serial % 999:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def credit_code(serial: int) -> str:
    """A unified social credit code with valid check digits."""
    from stdnum.cn import uscc

    body = f"91330108{serial:09d}"
    return body + str(uscc.calc_check_digit(body + "0"))


@dataclass
class World:
    """A school with two colleges, its offices, an employer: enough people for the story."""

    services: Services
    school_id: int
    colleges: tuple[int, int]
    employer: Actor
    college_office: Actor
    school_office: Actor
    class_year: int = 2027

    @property
    def sealer(self) -> Sealer:
        return self.services.sealer


def make_world(
    services: Services,
    *,
    code: str = "19999",
    stages: Mapping[str, Any] | None = None,
    employer_name: str | None = None,
) -> World:
    """The school and its people."""
    with services.db.transaction() as connection:
        contact = {
            "office": "就业指导中心",
            "phone": "0571-88880000",
            "email": "jiuye@example.edu.cn",
            "hours": "工作日",
        }
        values: dict[str, Any] = {"code": code, "name": "江州大学", "contact": contact}
        if stages:
            values["stages"] = dict(stages)
        school_id = connection.scalar(insert(School).values(**values).returning(School.id))
        colleges = tuple(
            connection.scalar(insert(College).values(school_id=school_id, name=name).returning(College.id))
            for name in ("计算机与人工智能学院", "建筑与土木学院")
        )
    world = World(services, school_id, colleges, *[Actor(Role.CLOCK)] * 3)  # type: ignore[arg-type]
    world.employer = make_employer(world, employer_name)
    world.college_office = make_staff(world, Role.COLLEGE, "陈老师", college_id=colleges[0])
    world.school_office = make_staff(world, Role.SCHOOL, "方老师")
    return world


def make_employer(world: World, name: str | None = None) -> Actor:
    """An employer with one operator."""
    serial = next(_serial)
    employer_id, account_id = uuid.uuid4(), uuid.uuid4()
    with world.services.db.transaction() as connection:
        connection.execute(
            insert(Employer).values(
                id=employer_id,
                name=name or f"杭州远岸数据科技有限公司{serial}",
                credit_code=credit_code(serial),
                nature="39",
                industry="34",
                region="330108",
                address="江陵路 1760 号",
                contact_name="周敏",
                contact_mobile="13800006027",
            )
        )
        connection.execute(
            insert(Account).values(
                id=account_id,
                role="employer",
                login=f"employer{serial}",
                password="!",
                name="周敏",
                title="招聘主管",
                employer_id=employer_id,
            )
        )
    return Actor(Role.EMPLOYER, account_id, "周敏", employer_id=employer_id, request_id="test")


def make_staff(world: World, role: Role, name: str, *, college_id: int | None = None) -> Actor:
    """A member of an office."""
    account_id = uuid.uuid4()
    with world.services.db.transaction() as connection:
        connection.execute(
            insert(Account).values(
                id=account_id,
                role=role.value,
                login=f"{role.value}{next(_serial)}",
                password="!",
                name=name,
                school_id=world.school_id,
                college_id=college_id,
            )
        )
    return Actor(role, account_id, name, school_id=world.school_id, college_id=college_id, request_id="test")


def make_graduate(world: World, *, confirmed: bool = True, college: int = 0, **columns: Any) -> Actor:
    """A graduate with an account; confirmed and with PIN 135792 unless told otherwise."""
    values = graduate_values(world, confirmed=confirmed, college=college, **columns)
    account_id = uuid.uuid4()
    with world.services.db.transaction() as connection:
        connection.execute(insert(Graduate).values(**values))
        connection.execute(
            insert(Account).values(id=account_id, role="graduate", name=values["name"], graduate_id=values["id"])
        )
    return graduate_actor(values, account_id)


def graduate_actor(values: Mapping[str, Any], account_id: uuid.UUID) -> Actor:
    """The person of a row made of :func:`graduate_values`."""
    return Actor(Role.GRADUATE, account_id, str(values["name"]), graduate_id=values["id"], request_id="test")


def graduate_values(world: World, *, confirmed: bool = True, college: int = 0, **columns: Any) -> dict[str, Any]:
    """The row of a graduate nobody else is like."""
    serial = next(_serial)
    graduate_id = uuid.uuid4()
    number = columns.pop("id_number", None) or id_number(serial)
    return {
        "id": graduate_id,
        "school_id": world.school_id,
        "class_year": world.class_year,
        "college_id": world.colleges[college],
        "candidate_no": f"23330{serial:09d}",
        "student_no": f"2023{serial:06d}",
        "name": "林知夏",
        "id_number": world.sealer.seal(number, "id_number"),
        "id_number_index": world.sealer.index(number, "id_number"),
        "phone": world.sealer.seal("13912345678", "phone"),
        "gender": "2",
        "ethnicity": "01",
        "political_status": "03",
        "degree": "31",
        "major": "软件工程",
        "study_years": 4,
        "enrolled_on": "202309",
        "graduates_on": "202706",
        "training_mode": "1",
        "origin": "330602",
        "archive_moved": True,
        "hukou_moved": False,
        "base_state": BaseState.CONFIRMED if confirmed else BaseState.UPLOADED,
        "pin": world.sealer.pin(graduate_id, PIN) if confirmed else None,
    } | columns


def terms_of(connection: Connection, employer: Actor, **changes: Any) -> dict[str, Any]:
    """A filled form of that employer."""
    row = people.employer(connection, employer)
    return {
        "employer_name": row.name,
        "credit_code": row.credit_code,
        "nature": "39",
        "industry": "34",
        "region": "330108",
        "address": "江陵路 1760 号",
        "position_category": "13",
        "position": "后端开发工程师",
        "contact_name": "周敏",
        "contact_landline": None,
        "contact_mobile": "13800006027",
        "contact_email": None,
        "probation_months": 3,
        "probation_pay_cents": 1_040_000,
        "regular_pay_cents": 1_300_000,
        "penalty_cents": 500_000,
        "report_place": None,
        "report_on": "2027-07-06",
        "work_place": None,
        "archive_transfer": "4",
        "archive_receiver": None,
        "hukou_transfer": "9",
        "hukou_address": None,
        "supplement": None,
    } | changes


def send(world: World, graduate: Actor, *, employer: Actor | None = None, days: int = 5, **changes: Any) -> Any:
    """An open invitation, through the workflow."""
    with world.services.db.transaction() as connection:
        return send_on(connection, world, graduate, employer=employer, days=days, **changes)


def send_on(
    connection: Connection,
    world: World,
    graduate: Actor,
    *,
    employer: Actor | None = None,
    days: int = 5,
    replaces: uuid.UUID | None = None,
    **changes: Any,
) -> uuid.UUID:
    """An invitation sent within a transaction."""
    employer = employer or world.employer
    row = people.by_id(connection, graduate.graduate_id)  # type: ignore[arg-type]
    terms = terms_of(connection, employer, **changes)
    composed = agreement.compose(terms, row, world.sealer)
    return invitation.send(
        connection,
        employer,
        graduate=row,
        terms=terms,
        party=composed.party,
        clauses=composed.clauses,
        terms_hash=composed.terms_hash,
        respond_on=clock.today() + timedelta(days=days),
        replaces=replaces,
    )


def row(world: World, invitation_id: uuid.UUID) -> Row[Any]:
    """The invitation as it stands."""
    with world.services.db.reading() as connection:
        return connection.execute(select(Invitation).where(Invitation.id == invitation_id)).one()


def accept(world: World, graduate: Actor, invitation_id: uuid.UUID, *, seen: int | None = None) -> None:
    """接受, as the graduate."""
    now = row(world, invitation_id)
    with world.services.db.transaction() as connection:
        invitation.accept(
            connection, graduate, invitation_id, seen=seen or now.version, terms_hash=now.terms_hash, factor="pin"
        )


def filing_of(world: World, graduate: Actor) -> Row[Any]:
    """The newest filing of a graduate."""
    with world.services.db.reading() as connection:
        return connection.execute(
            select(Filing)
            .where(Filing.graduate_id == graduate.graduate_id)
            .order_by(Filing.submitted_at.desc(), Filing.id)
            .limit(1)
        ).one()


def decide(world: World, office: Actor, graduate: Actor, verdict: Verdict, reason: str | None = None) -> None:
    """An office's decision on the graduate's newest filing."""
    paper = filing_of(world, graduate)
    with world.services.db.transaction() as connection:
        decision.decide(connection, office, paper.id, verdict, seen=paper.version, reason=reason)


def move_deadline(world: World, invitation_id: uuid.UUID, seconds: float) -> None:
    """Let the deadline lie ``seconds`` from now (negative: passed)."""
    at = clock.now() + timedelta(seconds=seconds)
    with world.services.db.transaction() as connection:
        connection.execute(
            table(Invitation)
            .update()
            .where(Invitation.id == invitation_id)
            .values(respond_by=at, sent_at=at - timedelta(days=5))
        )


def days_from_now(days: int) -> date:
    """A day in Beijing."""
    return clock.today() + timedelta(days=days)


def let_deadline_pass(world: World, invitation_id: uuid.UUID) -> None:
    """The deadline is this very moment: what was done before it was in time, whatever comes now is late."""
    with world.services.db.transaction() as connection:
        connection.execute(
            table(Invitation)
            .update()
            .where(Invitation.id == invitation_id)
            .values(respond_by=func.clock_timestamp(), sent_at=func.clock_timestamp() - timedelta(days=5))
        )


def refuse(world: World, graduate: Actor, invitation_id: uuid.UUID, reason: str | None = None) -> None:
    """拒绝, as the graduate."""
    with world.services.db.transaction() as connection:
        invitation.refuse(connection, graduate, invitation_id, seen=row(world, invitation_id).version, reason=reason)


def withdraw(world: World, employer: Actor, invitation_id: uuid.UUID, reason: str | None = None) -> None:
    """撤回, as the employer."""
    with world.services.db.transaction() as connection:
        invitation.withdraw(connection, employer, invitation_id, seen=row(world, invitation_id).version, reason=reason)


def take_back(world: World, graduate: Actor, invitation_id: uuid.UUID) -> None:
    """撤回应约, as the graduate."""
    with world.services.db.transaction() as connection:
        invitation.take_back(connection, graduate, invitation_id, seen=row(world, invitation_id).version)


def extend(world: World, employer: Actor, invitation_id: uuid.UUID, days: int) -> None:
    """A later last day, as the employer."""
    with world.services.db.transaction() as connection:
        invitation.extend(
            connection,
            employer,
            invitation_id,
            seen=row(world, invitation_id).version,
            respond_on=days_from_now(days),
        )


def expire(world: World, invitation_id: uuid.UUID) -> bool:
    """What the clock does with an invitation; whether it was due."""
    with world.services.db.transaction() as connection:
        moved = advance_many(
            connection, INVITATION, table(Invitation), "expire", [invitation_id], CLOCK, source="pending"
        )
        return bool(moved)


def claim_of(world: World, graduate: Actor) -> Row[Any]:
    """The newest claim of a graduate."""
    with world.services.db.reading() as connection:
        return connection.execute(
            select(Claim).where(Claim.graduate_id == graduate.graduate_id).order_by(Claim.opened_at.desc()).limit(1)
        ).one()


def ask_to_end(world: World, actor: Actor, graduate: Actor) -> uuid.UUID:
    """申请解约 of the graduate's effective signing, by either party."""
    claim = claim_of(world, graduate)
    with world.services.db.transaction() as connection:
        return termination.request(connection, actor, claim.id, reason="study", note="已被录取")


def sign(world: World, graduate: Actor) -> uuid.UUID:
    """The whole story to an effective agreement; returns the invitation."""
    sent: uuid.UUID = send(world, graduate)
    accept(world, graduate, sent)
    decide(world, world.college_office, graduate, Verdict.APPROVE)
    decide(world, world.school_office, graduate, Verdict.APPROVE)
    return sent
