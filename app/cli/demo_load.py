"""The demo's people and what has happened among them so far; loading it again changes nothing."""

from __future__ import annotations

import tempfile
import uuid
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert
from stdnum.cn import ric, uscc

from app import clock
from app.access import Actor, Role
from app.cli import demo_data as demo
from app.cli import sample
from app.cli.sample_people import STARS
from app.cli.stand_in import StandIn
from app.codes import directory
from app.identity import passwords, pins, wechat
from app.models import Account, BaseState, College, Employer, Graduate, Invitation, ModuleName, School, Verdict
from app.notify import menu
from app.queries import people
from app.schemas.terms import AgreementTerms
from app.services import Services
from app.workflows import (
    agreement,
    archive_directory,
    decision,
    filing,
    invitation,
    modules,
    roster,
    roster_import,
)

_NAMESPACE = uuid.UUID("6f1c7a3e-3c39-4d4b-9a55-2f7d5b0d9a41")


def load(services: Services) -> list[str]:
    """School, roster, log-ins and those who have entered; returns sentences that say what was done."""
    with services.db.transaction() as connection:
        school_id = _school(connection)
        for module in ModuleName:
            modules.open_module(connection, school_id, sample.CLASS_YEAR, module)
        archive_directory.take_over(connection, directory.sample())
        told = _roster(connection, services)
        _reviewers(connection, services, school_id)
        for firm in demo.FIRMS:
            _firm(connection, services, firm)
        for name in demo.ENTERED:
            _enter(connection, services, name)
    return told


def meet(services: Services, stand_in: StandIn) -> list[str]:
    """What needs WeChat and CHSI to be there: their accounts, then the invitations, so that every push arrives."""
    stand_in.register_people([*_chsi_people(), *_misfits()])
    phones = [{"nickname": star.name, "openid": star.openid, "following": True} for star in STARS if star.openid]
    stand_in.register_followers(phones)
    menu.create(services.wechat, services.settings.public_url)
    with services.db.transaction() as connection:
        sent = _offers(connection, services)
    return [f"学信网 {len(STARS) + len(demo.MISFITS)} 个账号、微信 {len(phones)} 部手机已登记，新发邀请 {sent} 份。"]


def credit_code(firm: demo.Firm) -> str:
    """The firm's 统一社会信用代码 with its check digit."""
    return firm.code + uscc.calc_check_digit(firm.code + "0")


def invented(name: str) -> dict[str, str]:
    """The roster row of somebody the demo speaks of."""
    return next(one.row for one in islice(sample.graduates(), len(STARS)) if one.name == name)


def _id_of(kind: str, name: str) -> uuid.UUID:
    """The same id at every load, on every machine."""
    return uuid.uuid5(_NAMESPACE, f"{kind}:{name}")


def _school(connection: Connection) -> int:
    """The school, where 作废 always takes a review, so that the desks see one."""
    settings = {"name": sample.SCHOOL_NAME, "contact": demo.CONTACT, "void_review": "always"}
    connection.execute(
        insert(School)
        .values(code=sample.SCHOOL_CODE, **settings)
        .on_conflict_do_update(index_elements=[School.code], set_=settings)
    )
    return connection.execute(select(School.id).where(School.code == sample.SCHOOL_CODE)).scalar_one()


def _roster(connection: Connection, services: Services) -> list[str]:
    """The sample through the same import a school uses."""
    known = connection.execute(select(func.count()).select_from(Graduate)).scalar_one()
    if known:
        return [f"毕业生 {known} 人已在名单里。"]
    actor = Actor(Role.SCHOOL, name="命令行", request_id="demo")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        sample.write(path)
        report = roster_import.bring_in(
            connection,
            services.sealer,
            actor,
            path,
            school_code=sample.SCHOOL_CODE,
            class_year=sample.CLASS_YEAR,
        )
    return [f"{sample.SCHOOL_NAME} {sample.CLASS_YEAR} 届名单已导入：{report.fresh} 人。"]


def _reviewers(connection: Connection, services: Services, school_id: int) -> None:
    colleges = {
        row.name: row.id
        for row in connection.execute(select(College.name, College.id).where(College.school_id == school_id))
    }
    for one in demo.REVIEWERS:
        role = Role.COLLEGE if one.college else Role.SCHOOL
        values = {"school_id": school_id, "college_id": colleges[one.college] if one.college else None}
        _account(connection, services, one.login, one.name, role, values)


def _firm(connection: Connection, services: Services, firm: demo.Firm) -> None:
    form = demo.terms(firm, credit_code(firm))
    keys = ("credit_code", "nature", "industry", "region", "address", "contact_name", "contact_landline")
    values = {key: form[key] for key in (*keys, "contact_mobile", "contact_email")}
    connection.execute(
        insert(Employer)
        .values(id=_id_of("employer", firm.login), name=firm.name, **values)
        .on_conflict_do_nothing(index_elements=[Employer.credit_code])
    )
    values = {"employer_id": _id_of("employer", firm.login), "title": firm.title}
    _account(connection, services, firm.login, firm.operator, Role.EMPLOYER, values)


_hashes: dict[str, str] = {}


def _account(
    connection: Connection, services: Services, login: str, name: str, role: Role, values: dict[str, Any]
) -> None:
    if demo.PASSWORD not in _hashes:
        _hashes[demo.PASSWORD] = passwords.hashed(demo.PASSWORD)
    connection.execute(
        insert(Account)
        .values(
            id=_id_of("account", login),
            login=login,
            name=name,
            role=role.value,
            password=_hashes[demo.PASSWORD],
            email=services.sealer.seal(f"{login}@example.com", "email"),
            **values,
        )
        .on_conflict_do_nothing()
    )


def _enter(connection: Connection, services: Services, name: str) -> None:
    """Let a graduate of the demo have entered: account, PIN, confirmed data, and the phone bound where there is one."""
    row = _graduate(connection, name)
    if row is None or row.base_state != BaseState.UPLOADED:
        return
    actor = _actor(name, row.id)
    connection.execute(
        insert(Account)
        .values(id=actor.id, role=Role.GRADUATE.value, name=name, graduate_id=row.id)
        .on_conflict_do_nothing()
    )
    pins.set_pin(connection, row.id, services.sealer, demo.PIN)
    roster.confirm_base_data(connection, actor, seen=row.version)
    openid = next(star.openid for star in STARS if star.name == name)
    if openid and actor.id is not None:
        wechat.bind(connection, services.settings.wechat.app_id, openid, actor.id)


def _graduate(connection: Connection, name: str) -> Any:
    number = invented(name)["考生号"]
    columns = (Graduate.id, Graduate.version, Graduate.base_state)
    return connection.execute(select(*columns).where(Graduate.candidate_no == number)).one_or_none()


def _actor(name: str, graduate_id: uuid.UUID) -> Actor:
    return Actor(Role.GRADUATE, _id_of("graduate", name), name, graduate_id=graduate_id, request_id="demo")


def _chsi_people() -> list[dict[str, Any]]:
    found = []
    for star in STARS:
        row = invented(star.name)
        found.append(
            {
                "username": star.login,
                "password": demo.PASSWORD,
                "name": star.name,
                "id_number": row["身份证号"],
                "phone": row["手机号码"],
                "email": row["电子邮箱"],
                "verified_person": True,
            }
        )
    return found


def _misfits() -> list[dict[str, Any]]:
    stranger = demo.STRANGER_NUMBER[:17]
    numbers = {None: stranger + ric.calc_check_digit(stranger + "0")}
    return [
        {
            "username": misfit.login,
            "password": demo.PASSWORD,
            "name": misfit.name,
            "id_number": invented(misfit.like)["身份证号"] if misfit.like else numbers[None],
        }
        for misfit in demo.MISFITS
    ]


def _offers(connection: Connection, services: Services) -> int:
    """Send the demo's invitations and take each as far as it has come; none when some exist already."""
    if connection.execute(select(func.count()).select_from(Invitation)).scalar_one():
        return 0
    for offer in demo.OFFERS:
        firm = next(firm for firm in demo.FIRMS if firm.login == offer.firm)
        row = _graduate(connection, offer.graduate)
        found = people.by_id(connection, row.id)
        form = AgreementTerms().load(demo.terms(firm, credit_code(firm)))
        composed = agreement.compose(form, found, services.sealer)
        sent = invitation.send(
            connection,
            _operator(firm),
            graduate=found,
            terms=form,
            party=composed.party,
            clauses=composed.clauses,
            terms_hash=composed.terms_hash,
            respond_on=clock.today() + timedelta(days=offer.days),
        )
        if offer.reached != "pending":
            _take_further(connection, offer, row.id, sent, composed.terms_hash)
    return len(demo.OFFERS)


def _operator(firm: demo.Firm) -> Actor:
    return Actor(
        Role.EMPLOYER,
        _id_of("account", firm.login),
        firm.operator,
        employer_id=_id_of("employer", firm.login),
        request_id="demo",
    )


def _take_further(
    connection: Connection, offer: demo.Offer, graduate_id: uuid.UUID, sent: uuid.UUID, terms_hash: str
) -> None:
    """Accepted by the graduate, then passed by the college, then by the school, as far as the demo wants it."""
    graduate = _actor(offer.graduate, graduate_id)
    invitation.accept(connection, graduate, sent, seen=1, terms_hash=terms_hash, factor="pin")
    desks = {"accepted": (), "passed": (Role.COLLEGE,), "effective": (Role.COLLEGE, Role.SCHOOL)}[offer.reached]
    for role in desks:
        _, paper = filing.of_invitation(connection, sent)
        if paper is not None:
            reviewer = _reviewer(connection, role, paper)
            decision.decide(connection, reviewer, paper.id, Verdict.APPROVE, seen=paper.version)


def _reviewer(connection: Connection, role: Role, paper: Any) -> Actor:
    row = connection.execute(
        select(Account.id, Account.name, Account.school_id, Account.college_id)
        .where(
            Account.role == role.value,
            Account.school_id == paper.school_id,
            (Account.college_id == paper.college_id) | (Account.college_id.is_(None)),
        )
        .order_by(Account.login)
        .limit(1)
    ).one()
    return Actor(role, row.id, row.name, school_id=row.school_id, college_id=row.college_id, request_id="demo")
