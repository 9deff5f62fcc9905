from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from app.models import Account, BaseState, College, Graduate, WechatFollower
from app.services import Services
from tests.factories import World
from tests.identity.browsing import Browser, Roster, count, failed, new_number
from tests.sandbox.running import APP_ID, Sandbox

Making = Callable[..., Browser]


def bound_to(services: Services, openid: str) -> str | None:
    """The name of the graduate a WeChat user is bound to."""
    statement = (
        select(Graduate.name)
        .join(Account, Account.graduate_id == Graduate.id)
        .join(WechatFollower, WechatFollower.account_id == Account.id)
        .where(WechatFollower.openid == openid, WechatFollower.app_id == APP_ID)
    )
    with services.db.reading() as connection:
        return connection.execute(statement).scalar_one_or_none()


# The way in


def test_the_first_entry_leads_through_chsi_and_binds_the_phone(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    _, login = roster.graduate()
    phone = browser(openid)
    at = phone.open("/auth/wechat/start?next=/s/invitations/7")
    assert (at.path, at.query) == ("/s/login", {"next": "/s/invitations/7"})
    assert phone.session() is None
    at = phone.enter(login, "/s/invitations/7")
    assert (at.path, at.query) == ("/s/welcome", {"next": "/s/invitations/7"})
    session = phone.session()
    assert session is not None
    assert (session["account"]["role"], session["account"]["name"]) == ("graduate", "林知夏")
    assert bound_to(services, openid) == "林知夏"


def test_a_bound_phone_comes_in_without_being_asked(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    graduate, login = roster.graduate()
    phone = browser(openid)
    phone.open("/auth/wechat/start?next=/s/")
    phone.enter(login)
    confirm(services, graduate.graduate_id)
    again = browser(openid)
    at = again.open("/auth/wechat/start?next=/s/messages")
    assert at.path == "/s/messages"
    assert again.session() is not None
    assert not any("/cas/" in url for url in again.visited)


def test_an_ordinary_browser_needs_no_wechat_and_binds_none(
    browser: Making, roster: Roster, services: Services
) -> None:
    _, login = roster.graduate()
    computer = browser()
    at = computer.enter(login)
    assert at.path == "/s/welcome"
    assert computer.session() is not None
    assert count(services, WechatFollower) == 0


def test_entering_twice_is_one_account(browser: Making, roster: Roster, services: Services) -> None:
    _, login = roster.graduate()
    before = count(services, Account)
    browser().enter(login)
    browser().enter(login)
    assert count(services, Account) == before + 1


def test_phone_and_mail_become_what_chsi_has(browser: Making, roster: Roster, services: Services, world: World) -> None:
    number = new_number()
    graduate, _ = roster.graduate(id_number=number)
    login = roster.chsi("林知夏", number, phone="19912345678", email="zhixia@example.com")
    browser().enter(login)
    row = graduate_row(services, graduate.graduate_id)
    assert services.sealer.open(row.phone, "phone") == "19912345678"
    assert services.sealer.open(row.email, "email") == "zhixia@example.com"
    browser().enter(login)
    assert graduate_row(services, graduate.graduate_id) == row  # nothing new, nothing written


def test_names_differ_neither_by_width_nor_by_their_dots(browser: Making, roster: Roster) -> None:
    number = new_number()
    roster.graduate("阿卜杜拉·买买提", id_number=number)
    login = roster.chsi("阿卜杜拉•买买提", number.lower())
    assert browser().enter(login).path == "/s/welcome"


# Each failure says what it is and whom to call


def test_nobody_on_any_roster(browser: Making, roster: Roster, services: Services) -> None:
    login = roster.chsi("孙不在", new_number())
    accounts = count(services, Account)
    one = browser()
    failed(one.enter(login), "not_on_roster", None)
    assert one.session() is None
    assert count(services, Account) == accounts


def test_the_number_is_there_under_another_name(browser: Making, roster: Roster) -> None:
    number = new_number()
    roster.graduate("林知夏", id_number=number)
    failed(browser().enter(roster.chsi("林知暇", number)), "name_differs", "19999")


def test_the_school_has_deleted_the_graduate(browser: Making, roster: Roster) -> None:
    _, login = roster.graduate(base_state=BaseState.DELETED)
    failed(browser().enter(login), "roster_deleted", "19999")


def test_two_schools_have_uploaded_the_same_person(
    browser: Making, roster: Roster, world: World, services: Services
) -> None:
    number = new_number()
    _, login = roster.graduate(id_number=number)
    other = roster.school("18888")
    with services.db.transaction() as connection:
        college = connection.execute(
            College.__table__.insert().values(school_id=other, name="学院").returning(College.__table__.c.id)  # type: ignore[attr-defined]
        ).scalar_one()
    roster.graduate(id_number=number, school_id=other, college_id=college)
    at = browser().enter(login)
    failed(at, "duplicate", at.query["school"])
    assert at.query["school"] in ("18888", "19999")


def test_of_two_classes_of_one_school_the_later_counts(browser: Making, roster: Roster, services: Services) -> None:
    number = new_number()
    roster.graduate(id_number=number, class_year=2026, enrolled_on="202209", graduates_on="202606")
    later, login = roster.graduate(id_number=number)
    one = browser()
    assert one.enter(login).path == "/s/welcome"
    with services.db.reading() as connection:
        entered = connection.execute(select(Account.graduate_id).where(Account.role == "graduate")).scalar_one()
    assert entered == later.graduate_id


def test_a_phone_that_belongs_to_another_graduate(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    _, first = roster.graduate("林知夏")
    phone = browser(openid)
    phone.open("/auth/wechat/start")
    phone.enter(first)
    accounts = count(services, Account)
    _, second = roster.graduate("何其晏")
    again = browser(openid)
    again.open("/auth/wechat/start")
    failed(again.enter(second), "wechat_taken", "19999")
    assert bound_to(services, openid) == "林知夏"
    assert count(services, Account) == accounts


def test_a_graduate_who_is_bound_to_another_phone(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    old, new = sandbox.follower("旧手机"), sandbox.follower("新手机")
    _, login = roster.graduate()
    phone = browser(old)
    phone.open("/auth/wechat/start")
    phone.enter(login)
    other = browser(new)
    other.open("/auth/wechat/start")
    failed(other.enter(login), "account_taken", "19999")
    assert other.session() is None
    assert bound_to(services, new) is None


def test_another_public_accounts_openid_is_another_person(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    openid = sandbox.follower("林知夏")
    _, login = roster.graduate()
    phone = browser(openid)
    phone.open("/auth/wechat/start")
    phone.enter(login)
    with services.db.transaction() as connection:
        connection.execute(update(WechatFollower).values(app_id="wxffffffffffffffff"))
    assert browser(openid).open("/auth/wechat/start").path == "/s/login"


def test_a_snapshot_user_is_never_bound(browser: Making, roster: Roster, sandbox: Sandbox, services: Services) -> None:
    openid = sandbox.follower("快照", snapshot=True)
    _, login = roster.graduate()
    phone = browser(openid)
    failed(phone.open("/auth/wechat/start"), "snapshot_user", None)
    assert phone.session() is None
    assert phone.enter(login).path == "/s/welcome"  # by CHSI alone
    assert count(services, WechatFollower) == 0


def test_a_disabled_account_does_not_come_in(browser: Making, roster: Roster, services: Services) -> None:
    _, login = roster.graduate()
    browser().enter(login)
    with services.db.transaction() as connection:
        connection.execute(update(Account).where(Account.role == "graduate").values(disabled_at=func.now()))
    one = browser()
    failed(one.enter(login), "account_disabled", "19999")
    assert one.session() is None


def test_two_first_entries_at_the_same_moment_are_one_account_and_one_binding(
    browser: Making, roster: Roster, sandbox: Sandbox, services: Services
) -> None:
    _, login = roster.graduate()
    phones = [browser(sandbox.follower(f"手机{number}")) for number in range(4)]
    for phone in phones:
        phone.open("/auth/wechat/start")
        phone.open("/auth/chsi/start")
    ends: list[str] = []
    threads = [threading.Thread(target=lambda p=phone: ends.append(p.log_in(login).url)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(urlsplit(url).path for url in ends) == ["/s/login"] * 3 + ["/s/welcome"]
    assert count(services, WechatFollower) == 1


def test_chsi_lets_somebody_back_in_unasked_but_not_the_next_person_after_a_log_out(
    browser: Making, roster: Roster
) -> None:
    _, login = roster.graduate("林知夏")
    _, other = roster.graduate("何其晏")
    shared = browser()
    shared.enter(login)
    assert shared.open("/auth/chsi/start").path == "/s/welcome"  # still the same person at the same desk
    assert shared.api("DELETE", "/session", headers={"X-Room": "s"}).status_code == 204
    at = shared.open("/auth/chsi/start")
    assert (at.path, at.query.get("renew")) == ("/cas/login", "true")
    shared.log_in(other)
    session = shared.session()
    assert session is not None
    assert session["account"]["name"] == "何其晏"
    assert shared.open("/auth/chsi/start").path == "/s/welcome"


def confirm(services: Services, graduate_id: Any) -> None:
    with services.db.transaction() as connection:
        connection.execute(update(Graduate).where(Graduate.id == graduate_id).values(base_state=BaseState.CONFIRMED))


def graduate_row(services: Services, graduate_id: Any) -> Any:
    with services.db.reading() as connection:
        return connection.execute(select(Graduate).where(Graduate.id == graduate_id)).one()
